"""Notices: posters, agendas, price lists, where each line is a fact and none ends in a full stop.

In prose a line is broken where the next word finds no room. Where most lines end long before that,
somebody meant them to: `python -m tests.bench.notices` tells how often that is mistaken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from unicodedata import east_asian_width

_FEWEST, _MOST_LINES = 3, 200
_WIDEST = 100  # in Latin letters: of wider lines each is a paragraph
_MOSTLY, _SELDOM = 0.75, 0.25
_STOPPED = re.compile(r"[。.!?！？…;；,，、][”’」』）)\"'*_]*\Z")
_GOES_ON = re.compile(r"[a-z(（,，、;；]")
_INDENTED = re.compile(r"[ \t\u3000]+\S|[ \t]*[-*+•·▪●○][ \t]*\S")
_LABEL = re.compile(r"\W{0,4}[^\W\d][^\n:：,，]{0,15}[:：]")
_DECORATION = re.compile(r"\A[^\w【\[《「(（]+|[^\w】\]》」)）?？!！]+\Z")


@dataclass(frozen=True, slots=True)
class Unit:
    """A line of a notice, with those that belong to it, and the titles that it stands under."""

    start: int
    end: int
    titles: tuple[str, ...]


def is_notice(text: str) -> bool:
    """Whether the lines of a text are facts of their own."""
    lines = [line.rstrip() for line in text.split("\n", _MOST_LINES)]
    said = [line for line in lines if line.strip()]
    if len(said) < _FEWEST or len(lines) > _MOST_LINES:
        return False
    widths = [_width(line) for line in said]
    if max(widths) > _WIDEST:
        return False
    breaks = [(one, other) for one, other in pairwise(lines) if one and other]
    if not breaks:
        return False
    room = max(widths)
    meant = sum(_width(one) + _first_word(other) < room for one, other in breaks)
    on = sum(_GOES_ON.match(other.lstrip()) is not None for _, other in breaks)
    stopped = sum(_STOPPED.search(line) is not None for line in said)
    labels = sum(_LABEL.match(line) is not None for line in said)
    return (
        (meant >= _MOSTLY * len(breaks) or labels >= _MOSTLY * (len(said) - 1))
        and on <= _SELDOM * len(breaks)
        and stopped <= _SELDOM * len(said)
    )


def units(text: str) -> Iterator[Unit]:
    """The lines of a notice, what is indented below a line together with it. What opens the notice
    is a title, and so is what opens a paragraph and has no label.
    """
    first = title = ""
    opens = True
    start = end = -1
    titles: tuple[str, ...] = ()
    for begin, line in _lines(text):
        if not line.strip():
            opens = True
            continue
        if start >= 0 and not opens and _INDENTED.match(line):
            end = begin + len(line.rstrip())
            continue
        if start >= 0:
            yield Unit(start, end, titles)
        start, end = begin + len(line) - len(line.lstrip()), begin + len(line.rstrip())
        bare = _DECORATION.sub("", line.strip())
        if opens and not _LABEL.match(line.strip()):
            titles = (first,) if first else ()
            title = bare if first else ""
            first = first or bare
        else:
            titles = tuple(filter(None, (first, title)))
        opens = False
    if start >= 0:
        yield Unit(start, end, titles)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for line in text.split("\n"):
        yield start, line
        start += len(line) + 1


def _width(line: str) -> int:
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in line)


def _first_word(line: str) -> int:
    """How much room the first word of a line takes; of a script without spaces, a character."""
    word = line.split(maxsplit=1)[0]
    return 1 + (2 if east_asian_width(word[0]) in "WF" else len(word))
