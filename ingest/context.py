"""Context: what a turn of a transcript answers, indexed with it so that it is found by the question that was put."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ingest.parsed import Block
from kb.text import sentences

_LONGEST = 300  # Latin letters, as passages are measured
_INTERJECTION = 80  # letters: a shorter turn is looked past, unless it asks something
_TURNS = 8
_LAST_SENTENCES = 4
_READ = 2000  # characters: as much of the end of a turn as is looked at
_ASKS = ("?", "？")

Width = Callable[[int, int], int]


@dataclass(frozen=True, slots=True)
class _Turn:
    speaker: str
    start: int
    end: int


class Talk:
    """What was said so far, turn by turn. `width` measures slices of the text, `letter` is the width of a letter."""

    def __init__(self, text: str, width: Width, letter: int) -> None:
        self._text = text
        self._width = width
        self._letter = letter
        self._said: list[_Turn] = []

    def before(self, turn: Sequence[Block]) -> str:
        """The end of what another speaker said last, from its last question on where it asks one; then takes note.

        Interjections are looked past: after "Right." a speaker goes on answering what was asked before.
        """
        anchor = turn[0].anchor
        if anchor is None or not anchor.speaker:
            return ""
        others = [each for each in self._said if each.speaker != anchor.speaker]
        found = next(filter(None, (self._end(each) for each in reversed(others))), "")
        self._said = [*self._said, _Turn(anchor.speaker, turn[0].start, turn[-1].end)][-_TURNS:]
        return found

    def _end(self, turn: _Turn) -> str:
        """The end of a turn in whole sentences, empty for an interjection."""
        start = max(turn.start, turn.end - _READ)
        spans = [(start + first, start + last) for first, last in sentences(self._text[start : turn.end])]
        asked = [
            n for n, (_, end) in enumerate(spans) if self._text[end - 1] in _ASKS and len(spans) - n <= _LAST_SENTENCES
        ]
        if not spans or (not asked and self._width(turn.start, turn.end) < _INTERJECTION * self._letter):
            return ""
        last = asked[-1] if asked else len(spans) - 1
        end = spans[last][1]
        fitting = [begin for begin, _ in spans[: last + 1] if self._width(begin, end) <= _LONGEST * self._letter]
        if fitting:
            return self._text[fitting[0] : end]
        return self._text[self._cut(spans[last][0], end) : end].strip()

    def _cut(self, start: int, end: int) -> int:
        """Where the last words of a sentence begin that is too long."""
        while self._width(start, end) > _LONGEST * self._letter:
            start += max(1, (self._width(start, end) - _LONGEST * self._letter) // 5)
        space = self._text.find(" ", start, start + 20)
        return start if space == -1 else space
