"""Writers: a question and its hits become a draft, in pieces, whose [n] name the hits by rank."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol, runtime_checkable

from kb.errors import KbError
from kb.types import Hit, Question

NO_ANSWER = "NO_ANSWER"
"""What a writer yields, alone, when the hits do not answer the question."""

THOUGHT = "</think>"
"""A piece of a draft by itself: what came before it was thought aloud after all, and is no part of
the draft.
"""


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
        """The model's answer to chat messages (`role`, `content`), in pieces. Raises KbError when
        there is none.
        """


@runtime_checkable
class WritesTogether(Protocol):
    """A writer that is quicker with several questions at once; `together` is how many it takes."""

    together: int

    def write_all(self, questions: Sequence[tuple[Question, Sequence[Hit]]]) -> list[str | KbError]:
        """The drafts in their order; in place of one that can't be written, what is wrong."""
