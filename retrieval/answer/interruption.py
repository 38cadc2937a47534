"""Drafts that break off: what was said before stands, and the answer says that it is not whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from kb.errors import BrokenOff, KbError
from kb.types import Answer, Hit, Question
from kb.writers import NO_ANSWER, THOUGHT, Writer


class Interruptible:
    """A writer whose drafts end, instead of failing, where they break off after having said
    something.
    """

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._error: KbError | None = None

    @property
    def name(self) -> str:
        """The name of the writer."""
        return self._writer.name

    def check(self) -> None:
        """As the writer does."""
        self._writer.check()

    def write(self, question: Question, hits: Sequence[Hit]) -> Iterator[str]:
        """The draft, or what there is of it. Raises KbError when that is too little to be shown."""
        self._error = None
        said = ""
        try:
            for piece in self._writer.write(question, hits):
                if piece == THOUGHT:
                    said = ""
                elif len(said) <= len(NO_ANSWER):
                    said += piece
                yield piece
        except BrokenOff as error:
            if len(said.strip()) <= len(NO_ANSWER):
                raise KbError(str(error), error.hint) from error
            self._error = error

    def told(self, answer: Answer) -> Answer:
        """The answer made from the last draft: not to be relied upon where that broke off."""
        if self._error is None or answer.writer != self.name:
            return answer
        return replace(answer, status="unsupported", error=str(self._error))
