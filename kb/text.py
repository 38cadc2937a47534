"""Text analysis for Chinese and English: words, sentences, language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from kb.lists import ITEM_MARK
from kb.markup import flat as flat
from kb.markup import plain as plain
from kb.markup import without_sequences as without_sequences
from kb.tables import CELL_MARK, is_row_at

if TYPE_CHECKING:
    from opencc import OpenCC

OPEN_ENDS = ("?", "？", ":", "：")
"""A question seldom answers one, and an announcement says nothing yet."""

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_TOKEN = re.compile(rf"[{HAN}]+|\d+(?:[.,]\d+)+|[^\W_{HAN}]+(?:'[^\W_{HAN}]+)*")
_GROUPED_NUMBER = re.compile(r"\d[.,]\d")
_TO_SPACE = {code: " " for code in range(128) if not chr(code).isalnum() and chr(code) != "'"}
_TYPOGRAPHY = (("’", "'"), ("‘", "'"), ("“", '"'), ("”", '"'), ("—", "-"), ("–", "-"))
_HAN_RUN = re.compile(f"[{HAN}]+")
_KANA_RUN = re.compile("[\u3040-\u30ff]+")
_HANGUL_RUN = re.compile("[\uac00-\ud7af]+")
_LETTER_RUN = re.compile(r"[^\W\d_]+")

# Question words, pronouns, auxiliaries and particles: they carry no topic, so they neither search
# nor count as covered.
STOPWORDS = frozenset(
    """a about also am an and any are as at be been being but by can could did do does doing done for from get gets
    getting give go goes going got had has have having he her here his how i if in into is it its just know like made
    make me more most much my need no not of on one or our ought please really s she should so some such t tell than
    that the their them then there these they thing this those to too up us use very want was way we were what when
    where which while who whom whose why will with would you your don didn doesn isn aren wasn won can't don't doesn't
    isn't i'm it's what's there's we're we've we'll you're you've they're let's hello hi thanks thank
    的 了 在 是 我 你 他 她 它 们 我们 你们 他们 这 那 这个 那个 这些 那些 有 没有 和 与 及 或 或者 就 都 而 也 很 还 又
    被 把 给 让 对 对于 为 为了 从 到 于 以 之 其 吗 呢 吧 啊 呀 嘛 么 什么 怎么 怎样 怎么样 如何 为什么 为何 哪 哪个
    哪些 哪里 谁 几 多少 是否 能 能否 能不能 可以 可不可以 会 会不会 应该 应 该 需要 要 想 想要 请 请问 一个 一 个 一下
    一些 有没有 是不是 时候 什么样 才 才能 做 办 怎么办 里 上 中 下 关于 进行 以及 因为 所以 如果 但是 但 不 并 并且
    还是 多 不会 不能 哪儿 由 后 前 时 不是 之后 之前 多久 多大 多长 哪种 有什么 具体 一般 通常 到底 究竟 大概
    怎样才能 要不要 不要 该不该 不该 这是 那是 您 您好 你好 谢谢 告诉 告诉我""".split()
)


class _Stems(dict[str, str]):
    """Snowball English stems, each computed once."""

    def __init__(self) -> None:
        from Stemmer import Stemmer

        self._stemmer = Stemmer("english")

    def __missing__(self, word: str) -> str:
        if len(self) > 500_000:  # a hostile source of endless new words must not fill memory
            self.clear()
        stem: str = self._stemmer.stemWord(word.replace(",", ""))  # 1,000 is 1000
        self[word] = stem
        return stem


@lru_cache(maxsize=1)
def _stems() -> _Stems:
    return _Stems()


# Soft hyphens, marks of a writing direction and characters of no width stand within words, and make
# no other word.
_WITHIN = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")


def normalise(text: str) -> str:
    """NFKC and case folding, with plain quotes and dashes: what is compared, never what is shown."""
    return _folded(compatible(text))


def _folded(text: str) -> str:
    return text.lower() if text.isascii() else text.casefold()


def compatible(text: str) -> str:
    """`normalise` without the case folding."""
    text = without_sequences(text)
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKC", _WITHIN.sub("", text))
    for fancy, simple in _TYPOGRAPHY:
        text = text.replace(fancy, simple)
    return text


@lru_cache(maxsize=2)
def _converter(name: str) -> OpenCC:
    from opencc import OpenCC

    return OpenCC(name)


def simplified(text: str) -> str:
    """`text` with Traditional Chinese as Simplified: words of Taiwan (軟體) become those of the
    mainland (软件).

    A text counts as Traditional when a twentieth of its Han characters is. In others only
    characters are converted, since words differ too: 程序 is a program in one and a process in the
    other.
    """
    if text.isascii() or not _HAN_RUN.search(text):
        return text
    text = text.encode("utf-8", "replace").decode(
        "utf-8"
    )  # half a surrogate pair is no text to OpenCC
    characters: str = _converter("t2s").convert(text)
    if characters == text:
        return text
    changed = sum(1 for before, after in zip(text, characters, strict=False) if before != after)
    if len(characters) != len(text) or changed * 20 >= sum(map(len, _HAN_RUN.findall(text))):
        characters = _converter("tw2sp").convert(text)
    return characters


def words(text: str) -> list[str]:
    """The words of `text` in order: jieba search-mode words for Chinese, Snowball stems for the
    rest.

    Chinese is cut as Simplified, so that both scripts meet.
    """
    return words_of(simplified(compatible(text)))


def words_of(text: str) -> list[str]:
    """The words of a text (NFKC, Simplified Chinese), as `words` gives them."""
    text = _folded(text)
    stem = _stems().__getitem__
    if text.isascii() and not _GROUPED_NUMBER.search(
        text
    ):  # the same words as below, five times as fast
        tokens = text.translate(_TO_SPACE).split()
        if "'" in text:
            tokens = [bare for token in tokens if (bare := token.strip("'"))]
        return [stem(token) for token in tokens]
    stems: list[str] = []
    for token in _TOKEN.findall(text):
        if _HAN_RUN.match(token):
            stems += _cut(token)
        else:
            stems.append(stem(token))
    return stems


def has_words(text: str) -> bool:
    """Whether there is any word in `text`."""
    return _TOKEN.search(text) is not None


def _cut(run: str) -> list[str]:
    if len(run) == 1:
        return [run]
    from rjieba import cut_for_search

    return list(cut_for_search(run))


@lru_cache(maxsize=1)
def _stop_stems() -> frozenset[str]:
    return STOPWORDS | {_stems()[word] for word in STOPWORDS}


def without_halves(text: str) -> str:
    """Text in which characters that came as two halves, as JSON escapes allow, are whole; U+FFFD
    for a lone half.
    """
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def terms(text: str) -> list[str]:
    """The distinct words of `text` that carry its topic, in order; none when it has no topic."""
    return [word for word in dict.fromkeys(words(text)) if word not in _stop_stems()]


def language(text: str) -> str:
    """`zh`, `ja`, `ko`, `en` (any Latin script) or `und`, judged by script on the first 4,000
    characters.
    """
    sample = text[:4000]
    letters, han, kana, hangul = (
        sum(map(len, runs.findall(sample)))
        for runs in (_LETTER_RUN, _HAN_RUN, _KANA_RUN, _HANGUL_RUN)
    )
    if not letters:
        return "und"
    if kana > 0.1 * (han + kana):
        return "ja"
    if hangul > han:
        return "ko"
    # A Han character says about as much as two and a half Latin letters, so a fifth of Han is a
    # Chinese text.
    return "zh" if han >= 0.2 * letters else "en"


# --- sentences ------------------------------------------------------------------------------------

_ABBREVIATIONS = frozenset(
    "mr mrs ms dr prof sr jr st vs etc e.g i.e eg ie cf al no nos vol fig inc ltd co corp approx resp u.s u.k".split()
)
_BREAK = re.compile(
    r"[。！？…]+[”’」』）)\]\"'*_`]*"  # full stops that need no space after them
    rf"|[.!?]+[”’\"')\]*_`]*(?=\s|\Z|[{HAN}])"  # Latin ones that do
    r"|\n[ \t]*(?=\n)"  # a blank line
    # a list item, heading, quotation or table row begins
    rf"|\n(?=[ \t]*(?:{ITEM_MARK}|[#>|])[ \t]*\S)"
    # a field with its label, a line with a sign or a title in brackets before it
    r"|\n(?=[ \t]*[*_]{0,2}(?:[A-Z][^\s:：,.;!?]*(?:[ ][^\s:：,.;!?]+){0,3}[ ]?:[*_]{0,2}[ \t]"
    rf"|[{HAN}]{{1,8}}：)[ \t]*\S)"
    r"|\n(?=[ \t]*[•·【\u2190-\u2bff\U0001f000-\U0001faff])|(?<=】)[ \t]*\n"
    # a question, an answer, or the time of a message
    r"|\n(?=[ \t]*(?:(?:Q|A|问|答)[:：]|\[?\d{1,2}:\d{2}))"
)
_LONGEST_SENTENCE = 600
_FEWEST_WORDS = 3
_ENTRY = re.compile(
    r"\|"  # a row of a table; an item of a list, all of it, that is no mere link; a field
    rf"|{ITEM_MARK}\s{{1,4}}(?![\s\[])[^\n.。!?！？…]{{1,80}}[.。]?[*_`]{{0,3}}[ \t]{{0,4}}(?:\n|\Z)"
    r"|[^\n:：.。!?！？…]{1,40}(?::[ \t]|：)[ \t]*\w"
    rf"|[^\n]{{1,300}}?{CELL_MARK}"
)
_JOINERS = "\u200d\ufe0f"


def sentences(text: str) -> list[tuple[int, int]]:
    """The sentences of `text` as (start, end) offsets without surrounding space, in order.

    Rules for Chinese and Latin punctuation; a line break alone ends nothing unless a list item,
    table row or heading follows. A row of a table is one, whatever stands in its cells. Runs of
    over 600 characters without a full stop (speech without punctuation) are cut at softer places.
    """
    spans: list[tuple[int, int]] = []
    start = 0
    rows = CELL_MARK in text
    for match in _BREAK.finditer(text):
        if match[0][0] == "." and _is_abbreviation(text, match.start()):
            continue
        if rows and match[0][0] != "\n" and is_row_at(text, match.start()):
            continue
        _append(spans, text, start, match.end())
        start = match.end()
    _append(spans, text, start, len(text))
    return spans


def is_fragment(text: str, start: int, stems: Collection[str]) -> bool:
    """Whether the sentence at `start`, with these `stems`, is too short to state anything, and no
    row of a table, item of a list or field as `| Parking | yes |`, `Password: swordfish` are.
    """
    return not stems or (len(stems) < _FEWEST_WORDS and not _ENTRY.match(text, start))


def _is_abbreviation(text: str, dot: int) -> bool:
    begin = dot
    while begin > 0 and dot - begin < 8 and (text[begin - 1].isalpha() or text[begin - 1] == "."):
        begin -= 1
    word = text[begin:dot].lower()
    if len(word) == 1 and word.isascii() and text[begin].isupper() and word != "i":
        return True  # an initial
    if not word and dot > 0 and text[dot - 1].isdigit():
        line = text.rfind("\n", 0, dot) + 1
        return text[line:dot].strip().isdigit()  # "1." opens a list item
    if not word and text[text.rfind("\n", 0, dot) + 1 : dot].strip() in ("", "#"):
        return True  # so do "." and "#." where they stand alone
    after = text[dot + 1 : dot + 3].strip()[:1]
    if word in ("no", "nos"):
        return after.isdigit()  # "no. 7", but not "they said no."
    if "." in word and after.islower():
        return True  # "6 p.m. on Fridays"
    return word in _ABBREVIATIONS


def _append(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while end - start > _LONGEST_SENTENCE:
        cut = soft_cut(text, start, start + _LONGEST_SENTENCE)
        spans.append((start, len(text[start:cut].rstrip()) + start))
        start = cut
        while start < end and text[start].isspace():
            start += 1
    if start < end:
        spans.append((start, end))


def soft_cut(text: str, start: int, limit: int) -> int:
    """The best offset in (start, limit] to cut `text` where no sentence ends: a line, a clause, a
    space, else `limit`; never before the combining marks or joiners of a character.
    """
    window = text[start:limit]
    floor = len(window) // 2
    for marks in ("\n", "·", "，；：、,;:", " \t\u3000"):
        cut = max(window.rfind(mark) for mark in marks)
        if cut >= floor:
            return start + cut + 1
    cut = limit
    while cut > start + 1 and cut < len(text) and _joined(text[cut - 1], text[cut]):
        cut -= 1
    return cut


def _joined(before: str, after: str) -> bool:
    """Whether two characters make one for the reader."""
    return bool(unicodedata.combining(after)) or after in _JOINERS or before == "\u200d"


def shingles(tokens: Iterable[str]) -> frozenset[tuple[str, str]]:
    """Adjacent pairs of words: what two near-duplicates share."""
    return frozenset(pairwise(tokens))
