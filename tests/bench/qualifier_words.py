"""Qualifiers that real sentences put before nouns, and real sentences that have one beside a
figure, in two halves.
"""

from __future__ import annotations

import lzma
import re
import zlib
from collections import Counter
from functools import lru_cache
from itertools import pairwise

from kb.text import STOPWORDS, sentences
from tests.bench.data import CMRC, DRCD, SQUAD, need, squad_like

_PAIRS = "pairs/jiyu_zh_en.tsv.xz"
_DETERMINERS = "the|a|an|each|every|this|our|their|its"
# Nouns by the half they belong to: 0 for writing rules, 1 for reporting.
NOUNS = {
    "en": (
        "plan room team course ticket product".split(),
        "city class role office tier service".split(),
    ),
    "zh": ("套餐 房间 团队 课程 门票 产品".split(), "城市 班级 岗位 办公室 会员 服务".split()),
}
_NO_QUALIFIER = frozenset(
    "same whole other next last past following previous entire only own certain such first second third 整个 所有 部分 相关"
    " first fourth good best better great more most many 没有 提供 提高 采取 这门 成为 作为".split()
)


def _halved(word: str) -> int:
    return zlib.crc32(word.encode()) % 2


@lru_cache(maxsize=1)
def _mined() -> dict[str, dict[str, Counter[str]]]:
    """For each language and noun of it the words that real sentences qualify it by, with how often."""
    from rjieba import tag

    found: dict[str, dict[str, Counter[str]]] = {
        lang: {noun: Counter() for group in groups for noun in group}
        for lang, groups in NOUNS.items()
    }
    english = re.compile(rf"\b(?:{_DETERMINERS}) ([a-z]{{4,12}}) ({'|'.join(found['en'])})\b")
    chinese = re.compile("|".join(found["zh"]))
    (path,) = need(_PAIRS)
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            zh, _, en = line.rstrip("\n").partition("\t")
            for match in english.finditer(en):
                found["en"][match[2]][match[1]] += 1
            if chinese.search(zh):
                tagged = tag(zh)
                for (word, kind), (noun, _) in pairwise(tagged):
                    if (
                        noun in found["zh"]
                        and kind in ("a", "b", "n", "vn", "an")
                        and len(word) == 2
                    ):
                        found["zh"][noun][word] += 1
    return found


@lru_cache(maxsize=16)
def qualifiers(lang: str, half: int) -> list[str]:
    """The qualifiers of one half, of all nouns: an office may be double."""
    counts: Counter[str] = sum((words for words in _mined()[lang].values()), Counter())
    least = 2 if lang == "en" else 3
    return [
        word
        for word, seen in sorted(counts.items())
        if seen >= least and word not in _NO_QUALIFIER and _halved(word) == half
    ]


_PHRASE = re.compile(rf"\b(?:{_DETERMINERS}) (?P<q>[a-z]{{4,}}) (?P<n>[a-z]{{4,}})\b")
FIGURE = re.compile(
    r"(?<![\d.,$£€¥A-Za-z/:-])\d+(?:,\d{3})*(?:\.\d+)?(?![\d/:A-Za-z-]|[.,]\d|年代|世[纪紀])"
)


def _spans(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@lru_cache(maxsize=4)
def qualified_sentences(lang: str, half: int) -> list[tuple[str, str, str, str]]:
    """(title, paragraph, sentence, qualifier) of sentences of which one clause has a figure and a
    qualified noun.
    """
    found = []
    for path in need(SQUAD) if lang == "en" else need(CMRC, DRCD):
        for number, (title, paragraphs) in enumerate(squad_like(path).articles):
            if number % 2 != half:
                continue
            for paragraph in paragraphs:
                for sentence in _spans(paragraph):
                    if (
                        len(FIGURE.findall(sentence)) == 1
                        and len(sentence) < 300
                        and paragraph.count(sentence) == 1
                    ):
                        found += [
                            (title, paragraph, sentence, word)
                            for word in _phrases(sentence, lang)[:1]
                        ]
    return found


def _phrases(sentence: str, lang: str) -> list[str]:
    """The words before a noun in the clause that has the figure."""
    clause = next(
        (clause for clause in re.split(r"[,;:，；：（）()、]", sentence) if FIGURE.search(clause)),
        "",
    )
    if lang == "en":
        pairs = [(match["q"], match["n"]) for match in _PHRASE.finditer(clause)]
        found = [word for word, noun in pairs if not {word, noun} & (STOPWORDS | _NO_QUALIFIER)]
    else:
        from rjieba import tag

        tagged = tag(clause)
        found = [
            word
            for (word, kind), (noun, sort) in pairwise(tagged)
            if kind in ("a", "b", "n") and sort == "n" and len(word) == len(noun) == 2
        ]
    return [word for word in found if sentence.count(word) == 1]
