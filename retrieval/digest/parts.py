"""The parts of a digest, each made of lines that are cited to their second, line or message."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from kb.types import Anchor, Document, Passage

Outcome = Literal["decided", "rejected"]


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of a source, as it stands there: `text` is the slice [start, end) of its passage.

    `anchor` is the place of this sentence alone, `url` leads to it where the source has a link.
    `number` counts the sentences of the digested source from 0.
    """

    number: int
    text: str
    speaker: str | None
    passage: Passage
    document: Document
    start: int
    end: int
    anchor: Anchor
    url: str | None


@dataclass(frozen=True, slots=True)
class Chapter:
    """A stretch of a source on one subject: its words that tell it from the others, or its heading,
    the lines that it begins and ends with, and those that say most of what it is about.
    """

    title: str
    first: Line
    last: Line
    gist: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What people say to be settled, one way or the other."""

    outcome: Outcome
    line: Line


@dataclass(frozen=True, slots=True)
class Action:
    """What somebody takes on or is asked to do. `who` and `due` are empty where the line does not
    tell; `due` is as it was said, `day` what that means by the day of the source.
    """

    line: Line
    who: str
    due: str = ""
    day: str = ""


@dataclass(frozen=True, slots=True)
class AnsweredQuestion:
    """What somebody asked and the lines with which somebody else answered."""

    question: Line
    answer: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Attendee:
    """Somebody whom the source names: `share` is that of all letters said, 0 for who says nothing.

    `first` is the first line of theirs, None for who is only named in the source's metadata.
    """

    name: str
    share: float
    first: Line | None


@dataclass(frozen=True, slots=True)
class Digest:
    """What a source comes to. Each part is in the order of the source, and may be empty."""

    document: Document
    chapters: tuple[Chapter, ...]
    decisions: tuple[Decision, ...]
    open_questions: tuple[Line, ...]
    actions: tuple[Action, ...]
    answers: tuple[AnsweredQuestion, ...]
    quotes: tuple[Line, ...]
    attendance: tuple[Attendee, ...]

    def lines(self) -> Iterator[Line]:
        """All lines that the digest shows."""
        for chapter in self.chapters:
            yield from (chapter.first, *chapter.gist)
        yield from (decision.line for decision in self.decisions)
        yield from self.open_questions
        yield from (action.line for action in self.actions)
        for answered in self.answers:
            yield answered.question
            yield from answered.answer
        yield from self.quotes
