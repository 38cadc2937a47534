"""Talk: who goes on after an interjection, and what each turn of a transcript answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ingest.parsed import Block
from ingest.ruler import HAN, Ruler
from kb.asking import asks, is_question
from kb.text import sentences

# In Latin letters, as passages are measured. `python -m tests.bench.splitting`, summaries of calls,
# BM25's recall@1/@5: 0.46/0.71 with neither context nor interjections taken in, 0.45/0.72 with
# context, 0.47/0.74 with both.
_INTERJECTION = 40  # "Yeah, exactly." within another's turn ends it no more than taking breath does
_UNDER_WAY = 120
_SLIGHT = 80  # a turn that asks nothing and is shorter tells nothing about the one after
_LONGEST = 300
_SILENCE = 30.0
_TURNS = 8
_LAST_SENTENCES = 4
_READ = 2000  # characters: as much of the end of a turn as is looked at

Turn = Sequence[Block]


def gone_on(turns: Iterable[Turn], ruler: Ruler) -> Iterator[Turn]:
    """The turns, where one whose speaker goes on after another's interjection is one turn, with
    that in it.

    A silence, or another heading, ends a turn all the same.
    """
    current: Turn = ()
    aside: Turn = ()
    for turn in turns:
        if aside and (whole := _joined(current, aside, turn, ruler)):
            current, aside = whole, ()
            continue
        if aside:
            yield current
            current, aside = aside, ()
        if current and _is_under_way(current, ruler) and _is_interjection(turn, ruler):
            aside = turn
            continue
        if current:
            yield current
        current = turn
    yield from (turn for turn in (current, aside) if turn)


def _joined(before: Turn, aside: Turn, after: Turn, ruler: Ruler) -> Turn:
    """All three as one turn; empty where they are not one."""
    if not (
        before[0].speaker == after[0].speaker and _follows(before, aside) and _follows(aside, after)
    ):
        return ()
    # What a dialogue's source has between turns, the names of those who speak, is no part of what
    # they say.
    parts = [*before, *aside, *after]
    gaps = (
        ruler.text[one.end : other.start]
        for one, other in ((before[-1], aside[0]), (aside[-1], after[0]))
    )
    return parts if all(gap.isspace() for gap in gaps) else ()


def _is_under_way(turn: Turn, ruler: Ruler) -> bool:
    """Whether a turn is long enough to be interrupted; short ones are an exchange."""
    return ruler.letters(turn[0].start, turn[-1].end) >= _UNDER_WAY


def _is_interjection(turn: Turn, ruler: Ruler) -> bool:
    start, end = turn[0].start, turn[-1].end
    spoken = turn[0].speaker is not None and ruler.letters(start, end) < _INTERJECTION
    return spoken and not is_question(ruler.text[start:end])


def _follows(before: Turn, after: Turn) -> bool:
    """Whether a turn is the next in one conversation. Messages of a chat are told apart by their
    threads instead.
    """
    one, other = before[-1].anchor, after[0].anchor
    if (
        one is None
        or other is None
        or (one.type, one.part) != (other.type, other.part)
        or one.at
        or other.at
    ):
        return False
    silent = one.type == "time" and other.start - one.end > _SILENCE
    return before[-1].headings == after[0].headings and not silent


class Talk:
    """What was said so far, turn by turn."""

    def __init__(self, ruler: Ruler) -> None:
        self._ruler = ruler
        self._said: list[tuple[str, int, int]] = []

    def before(self, turn: Turn) -> tuple[str, str | None]:
        """(the end of what another speaker said last, up to its last question where it asks one,
        and then who asks); then takes note.

        What is slight is looked past: after "Right." a speaker goes on answering what was asked
        before.
        """
        speaker = turn[0].speaker
        if speaker is None:
            return "", None
        ends = (
            (self._end(start, end), other)
            for other, start, end in reversed(self._said)
            if other != speaker
        )
        context, other = next((each for each in ends if each[0]), ("", speaker))
        found = context, other if asks(context) else None
        self._said = [*self._said, (speaker, turn[0].start, turn[-1].end)][-_TURNS:]
        return found

    def _end(self, start: int, end: int) -> str:
        """The last sentences of a turn that fit, empty for a slight one."""
        text, letters = self._ruler.text, self._ruler.letters
        start = max(start, end - _READ)
        spans = [(start + first, start + last) for first, last in sentences(text[start:end])]
        asked = [last for first, last in spans[-_LAST_SENTENCES:] if is_question(text[first:last])]
        if not spans or (not asked and letters(start, end) < _SLIGHT):
            return ""
        end = asked[-1] if asked else spans[-1][1]
        begins = [first for first, last in spans if last <= end]
        fitting = next((first for first in begins if letters(first, end) <= _LONGEST), None)
        return text[self._cut(begins[-1], end) if fitting is None else fitting : end].strip()

    def _cut(self, start: int, end: int) -> int:
        """Where the last words that fit begin, of a sentence that does not."""
        while (over := self._ruler.letters(start, end) - _LONGEST) > 0:
            start += max(1, int(over / HAN))
        space = self._ruler.text.find(" ", start, start + 20)
        return start if space == -1 else space
