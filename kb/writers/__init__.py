"""Writers: a question and its hits become a draft, in pieces, whose [n] name the hits by rank."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol, runtime_checkable

from kb.backends import WRITERS
from kb.errors import KbError
from kb.home import Notify, silent
from kb.settings import Settings
from kb.types import Hit, Question
from kb.writers.marks import NO_ANSWER as NO_ANSWER
from kb.writers.marks import THOUGHT as THOUGHT


class Writer(Protocol):
    """Writes drafts. `name` is what answers are logged under."""

    @property
    def name(self) -> str: ...

    def write(self, question: Question, hits: Sequence[Hit]) -> Iterator[str]:
        """The draft in pieces as they come; [n] cites the hit of rank n.

        Raises KbError when it can't be written, BrokenOff when only a part could be.
        """

    def check(self) -> None:
        """Try it with one short request, within half a minute. Raises KbError when it would not
        answer.
        """


@runtime_checkable
class Converses(Protocol):
    """A writer with a language model behind it, which can be asked for more than drafts."""

    def reply(self, chat: Sequence[dict[str, str]]) -> Iterator[str]:
        """What the model says to chat messages (`role`, `content`), in pieces. Raises KbError when
        it can't.
        """


@runtime_checkable
class WritesTogether(Protocol):
    """A writer that is quicker with several questions at once; `together` is how many."""

    together: int

    def write_all(self, asked: Sequence[tuple[Question, Sequence[Hit]]]) -> list[str | KbError]:
        """The drafts in their order; in place of one that can't be written, what is wrong."""


def open_writer(settings: Settings, notify: Notify = silent) -> Writer:
    """The configured writer. Raises KbError when it can't be had.

    `notify` is told what `auto` picked, unless nothing is configured, and later what befalls
    a draft.
    """
    name = settings.chosen_writer
    writer: Writer = WRITERS[name].load()(settings, notify)
    if settings.writer == "auto" and name != "extractive":
        notify(f"{getattr(writer, 'place', writer.name)} writes the answer, as configured")
    return writer
