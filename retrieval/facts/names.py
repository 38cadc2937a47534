"""Names in a text: capitalised words in a row, and what Chinese word analysis takes for a name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kb.text import HAN, STOPWORDS
from retrieval.facts.word_lists import word_set

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
