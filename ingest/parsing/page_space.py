"""White space in HTML, as browsers show it; and what becomes of the lines of the source."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import accumulate

from kb.text import HAN
from kb.types import Place

# Marks within a text, no characters of it: something between two words, a line break, raised text,
# a link's end.
GAP, BREAK, RAISED, LINKED = "\1", "\2", "\3", "\4"
_WIDE = re.compile(f"[\u2e80-\u30ff{HAN}\uff00-\uff60]")
_WIDE_BY_COMPANY = "“”‘’…—·"
_SPACE = re.compile(" *[\t\n\f\r\xa0\1-\4][ \t\n\f\r\xa0\1-\4]*|  +")  # any but single spaces
_EDGES = " \t\n\f\r\xa0\1\2\3\4\u2002\u2003\u2009\u3000"  # the last ones indent Chinese paragraphs
_UNSEEN = re.compile("[\u00ad\u200b\u2060\ufeff]")
_MARKS = re.compile("[\1-\4]")


def kept(pieces: Iterable[tuple[int, str]]) -> tuple[str, tuple[Place, ...]]:
    """Preformatted text as it stands, and a place for each line of the source."""
    raw, starts, lines = _strung(pieces)
    begin, end = len(raw) - len(raw.lstrip(_EDGES)), len(raw.rstrip(_EDGES))
    text: list[str] = []
    places: list[Place] = []
    offset = 0
    for start, stop, line in zip(starts, [*starts[1:], len(raw)], lines, strict=True):
        piece = _MARKS.sub("", raw[max(start, begin) : min(stop, end)]).replace("\xa0", " ")
        if piece:
            if not places or places[-1][1] != line:
                places.append((offset, line, line))
            text.append(piece)
            offset += len(piece)
    return "".join(text), tuple(places)


def collapsed(pieces: Iterable[tuple[int, str]]) -> tuple[str, tuple[Place, ...]]:
    """Text with its white space as browsers show it, and a place for each line of the source."""
    raw, starts, lines = _strung(pieces)
    text: list[str] = []
    places: list[Place] = []
    length = number = 0
    for begin, end, space in _runs(raw):
        length += len(space)
        while number + 1 < len(starts) and starts[number + 1] <= begin:
            number += 1
        _place(places, length, lines[number])
        while number + 1 < len(starts) and starts[number + 1] < end:
            number += 1
            _place(places, length + starts[number] - begin, lines[number])
        text += (space, raw[begin:end])
        length += end - begin
    return "".join(text), tuple(places)


def _place(places: list[Place], offset: int, line: int) -> None:
    """Note that a text goes on at `offset` with words of `line`."""
    if places and places[-1][0] == offset:
        places.pop()
    if not places or places[-1][1] != line:
        places.append((offset, line, line))


def _runs(raw: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, what is shown for the white space before it) of each stretch without white space
    to collapse.
    """
    begin, end = len(raw) - len(raw.lstrip(_EDGES)), len(raw.rstrip(_EDGES))
    space = ""
    for match in _SPACE.finditer(raw, begin, end):
        yield begin, match.start(), space
        begin = match.end()
        space = _shown(match[0], raw[match.start() - 1], raw[begin])
    if begin < end:
        yield begin, end, space


def _shown(space: str, before: str, after: str) -> str:
    """What browsers show for white space and marks between two characters."""
    if BREAK in space:
        return "\n"
    wide = bool(_WIDE.match(before)) + bool(_WIDE.match(after))
    if "\n" in space and "\xa0" not in space:
        # Chinese is written without spaces: a line of the source may end anywhere in it.
        return (
            ""
            if wide == 2 or (wide and (before in _WIDE_BY_COMPANY or after in _WIDE_BY_COMPANY))
            else " "
        )
    if space.strip(GAP + RAISED + LINKED):
        return " "
    if GAP in space:
        return " " if before.isalnum() and after.isalnum() and not wide else ""
    return "^" if RAISED in space and before.isdigit() and after.isdigit() else ""  # 10^6


def _strung(pieces: Iterable[tuple[int, str]]) -> tuple[str, list[int], list[int]]:
    """The text of the pieces in one, where each begins in it, and its line."""
    lines, text = zip(*pieces, strict=True)
    raw = "".join(text)
    if _UNSEEN.search(raw):
        text = tuple(_UNSEEN.sub("", piece) for piece in text)
        raw = "".join(text)
    return raw, list(accumulate(map(len, text[:-1]), initial=0)), list(lines)
