"""FAQ entries: how their columns and keys are called in Chinese and English, and the text that they
make.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ingest.metadata import plain_values
from ingest.parsed import Composer, Parsed, Unreadable
from kb.text import HAN
from kb.types import Anchor

# What names and titles of FAQs have in them.
CALLED_FAQ = re.compile(r"faq|q&a|qanda|常见问题|常見問題|问答|問答|答疑", re.I)


def _listed(words: str) -> tuple[str, ...]:
    return tuple(words.split())


# The earlier of two names is the likelier one; those after the bar only count where none before it
# is there.
_QUESTION = _listed(
    """question questions q 问题 問題 问 問 提问 提問 query ask faq faqs questiontext faqquestion userquestion userquery
    常见问题 常見問題 用户问题 客户问题 标准问题 标准问 标准问法 问法 題目 题目 質問 | prompt title 标题 標題"""
)
_ANSWER = _listed(
    """answer answers a 答案 回答 答 答复 答復 回复 回覆 解答 response responses reply replies answertext faqanswer
    standardanswer bestanswer 标准答案 标准回答 标准回复 参考答案 solution 解决方案 解决办法 解决方法
    | content 内容 內容"""
)
_ID = _listed(
    "id faqid questionid qid no number num nr key # q# no# question# 编号 編號 序号 序號 问题编号 问题序号 问题id"
)
_LANGUAGE = _listed("lang language locale languagecode 语言 語言 语种 語種")
_TAGS = _listed("tags tag 标签 標籤 keywords keyword 关键词 关键字 關鍵詞")
_ALSO = _listed(
    """aliases alias alsoasked similarquestions similarquestion alternativequestions alternativequestion alternatives
    variants paraphrases 相似问题 相似问 相似问法 相似提问 类似问题 近似问题 扩展问题 扩展问 扩展问法 同义问题 同义问
    同义问法 其他问法 别名"""
)
_LANGUAGES = {
    word: code
    for code, words in {
        "en": "en eng english us gb 英 英文 英语 英語 英文版",
        "zh": "zh cn chs cht chi zho chinese mandarin hans hant tw hk simplified traditional 中 中文 汉语 漢語 中文版 "
        "简体 簡體 繁体 繁體 简体中文 繁体中文 繁體中文 普通话",
        "ja": "ja jp jpn japanese 日文 日语 日語 日本語",
        "ko": "ko kr kor korean 韩文 韩语 韓文",
        "fr": "fr fra french 法文 法语",
        "de": "de deu ger german deutsch 德文 德语",
        "es": "es spa spanish 西班牙语 西班牙文",
        "pt": "pt por portuguese 葡萄牙语",
        "ru": "ru rus russian 俄文 俄语",
    }.items()
    for word in words.split()
}
_HAN_LANGUAGE = "|".join(
    sorted((w for w in _LANGUAGES if len(w) > 1 and not w.isascii()), key=len, reverse=True)
)
_WITH_LANGUAGE = re.compile(f"({_HAN_LANGUAGE})(.*)|(.*?)({_HAN_LANGUAGE})")
_WORD = re.compile(rf"[^\W\d_{HAN}]+|[{HAN}]+|\d+|#")
_HUMP = re.compile("(?<=[a-z])(?=[A-Z])")
_SEVERAL = re.compile(r"[;；|\n]")
_SEVERAL_TAGS = re.compile(r"[,，;；、|\n]")
_LONGEST = 500
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Entry:
    """A question with its answer, where they stand, and what else is known of them. `above`: the
    headings over it.
    """

    question: str
    answer: str
    anchor: Anchor
    meta: Mapping[str, Any] = field(default_factory=dict)
    above: tuple[str, ...] = ()


def as_faq(
    entries: Iterable[Entry], title: str = "", lang: str = "", meta: Mapping[str, Any] | None = None
) -> Parsed:
    """A FAQ with a block for each entry. Raises Unreadable when there is none."""
    composer = Composer()
    number = 0
    for number, entry in enumerate(entries, start=1):
        add_entry(composer, entry, number)
    if not number:
        raise Unreadable("no question with an answer in it")
    return composer.parsed("faq", title, lang, meta)


def add_entry(composer: Composer, entry: Entry, group: int) -> None:
    """Add an entry as a block of its own: the question, which is its heading too, and the answer
    below it.
    """
    text = f"{entry.question}\n{entry.answer}"
    composer.add(text, entry.anchor, group, (*entry.above, entry.question), meta=entry.meta)


@dataclass(frozen=True, slots=True)
class Fields:
    """Which of the columns of a table, or keys of a record, hold what. `pairs` are (question,
    answer, language).
    """

    names: tuple[str, ...]
    pairs: tuple[tuple[int, int, str], ...]
    key: int | None
    lang: int | None
    also: tuple[int, ...]
    tags: tuple[int, ...]

    def entries(
        self, values: Sequence[Any], anchor: Anchor, number: int, above: tuple[str, ...] = ()
    ) -> Iterator[Entry]:
        """The entries in one row: one for each language that has both. Called by its id, or else by
        `number`.
        """
        key = "".join(texts(_at(values, self.key))[:1])
        own = self._meta(values)
        for question, answer, language in self.pairs:
            asked, answered = texts(_at(values, question)), texts(_at(values, answer))
            if not asked or not answered:
                continue
            further = [*asked[1:], *own.get("also_asked", ())]
            meta = {
                **own,
                **({"also_asked": further} if further else {}),
                **({"lang": language} if language else {}),
            }
            place = Anchor(
                "faq", anchor.start, anchor.end, None, key or str(number), anchor.unit, anchor.part
            )
            yield Entry(asked[0], "\n".join(answered), place, meta, above)

    def _meta(self, values: Sequence[Any]) -> dict[str, Any]:
        used = {self.key, *self.also, *(column for pair in self.pairs for column in pair[:2])}
        found: dict[str, Any] = {}
        for column, (name, value) in enumerate(zip(self.names, values, strict=False)):
            if column in used or not name:
                continue
            plain = plain_value(value)
            if isinstance(plain, str) and column in self.tags:
                plain = [tag.strip() for tag in _SEVERAL_TAGS.split(plain) if tag.strip()]
            if plain and column == self.lang:
                found["lang"] = _LANGUAGES.get(str(plain).lower(), plain)
            elif plain:
                found[name] = plain
        asked = [
            each.strip()
            for column in self.also
            for text in texts(_at(values, column))
            for each in _split(text)
        ]
        if any(asked):
            found["also_asked"] = [each for each in asked if each]
        return found


def fields(names: Sequence[str]) -> Fields | None:
    """The columns or keys of those names; None without a question and an answer among them."""
    roles = [_role(name) for name in names]
    bases = [base for base, _ in roles]
    pairs = _pairs(roles)
    if not pairs:
        return None
    also = tuple(column for column, base in enumerate(bases) if base.rstrip("0123456789") in _ALSO)
    tags = tuple(column for column, base in enumerate(bases) if base in _TAGS)
    lowered = tuple(" ".join(name.replace("\ufeff", "").lower().split()) for name in names)
    return Fields(lowered, pairs, _best(bases, _ID), _best(bases, _LANGUAGE), also, tags)


def texts(value: Any) -> list[str]:
    """A value as the texts in it: a string or number, or a list of such; none for anything else."""
    if isinstance(value, str):
        return [text] if (text := value.strip()) else []
    items = value if isinstance(value, list) else [value]
    plain = [
        str(item).strip()
        for item in items
        if isinstance(item, str | int | float) and not isinstance(item, bool)
    ]
    return [text for text in plain if text] if len(plain) == len(items) else []


def plain_value(value: Any) -> Any:
    """A value as metadata; empty for what is nested or too long to filter on."""
    kept = value.strip() if isinstance(value, str) else plain_values({"": value}).get("", "")
    return "" if isinstance(kept, str) and len(kept) > _LONGEST else kept


def _split(text: str) -> list[str]:
    return _SEVERAL.split(text)


def _at(values: Sequence[Any], column: int | None) -> Any:
    return values[column] if column is not None and column < len(values) else None


def _role(name: str) -> tuple[str, str]:
    """A name without case, spaces, punctuation and the language that it names, and that language."""
    words: list[str] = []
    language = ""
    if len(name) > _LONGEST_NAME:
        return "", ""
    for word in _WORD.findall(_HUMP.sub(" ", unicodedata.normalize("NFKC", name)).casefold()):
        if word in _LANGUAGES:
            language = language or _LANGUAGES[word]
            continue
        match = None if word.isascii() else _WITH_LANGUAGE.fullmatch(word)
        if match:
            language = language or _LANGUAGES[match[1] or match[4]]
            word = match[2] or match[3] or ""
        words.append(word)
    return "".join(words), language


def _pairs(roles: Sequence[tuple[str, str]]) -> tuple[tuple[int, int, str], ...]:
    """(question, answer, language) of each language; names in Chinese and in English without one
    are two languages.
    """
    bases = [base for base, _ in roles]
    found: list[tuple[int, int, str]] = []
    kinds = [language or ("" if base.isascii() else "chinese names") for base, language in roles]
    for kind in dict.fromkeys(kinds):
        own = [base if its == kind else "" for base, its in zip(bases, kinds, strict=True)]
        question, answer = _best(own, _QUESTION), _best(own, _ANSWER)
        if question is not None and answer is not None:
            found.append((question, answer, roles[question][1]))
    question, answer = _best(bases, _QUESTION), _best(bases, _ANSWER)
    across = [(question, answer, "")] if question is not None and answer is not None else []
    return tuple(sorted(_sure(found, bases) or _sure(across, bases) or (found or across)[:1]))


def _sure(
    pairs: Sequence[tuple[int, int, str]], bases: Sequence[str]
) -> list[tuple[int, int, str]]:
    """The pairs both names of which stand before the bar."""
    certain = (_QUESTION[: _QUESTION.index("|")], _ANSWER[: _ANSWER.index("|")])
    return [pair for pair in pairs if bases[pair[0]] in certain[0] and bases[pair[1]] in certain[1]]


def _best(bases: Sequence[str], names: Sequence[str]) -> int | None:
    return next((bases.index(name) for name in names if name in bases), None)
