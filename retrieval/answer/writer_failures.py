"""Writers that fail: before their first word the sources are quoted instead; after it what was
written stands, and the answer says that it is not whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from kb.errors import BrokenOff, KbError
from kb.knowledge import KnowledgeBase
from kb.types import Answer, Hit, Question, Results
from kb.writers import NO_ANSWER, THOUGHT, Writer
from kb.writers.extractive import Extractive
from retrieval.answer.answer import OnText, answer
from retrieval.checks import open_judge
from retrieval.search.surroundings import with_surroundings


def answer_or_quotes(
    kb: KnowledgeBase, results: Results, writer: Writer, on_text: OnText
) -> Answer:
    """The writer's answer; with the writer `auto`, quotes of the sources where a server fails
    before its first word.
    """
    shown: list[str] = []

    def show(text: str) -> None:
        shown.append(text)
        on_text(text)

    found = with_surroundings(kb, results, writer)
    judge = open_judge(kb.settings, lambda: kb.glossary, kb.notify)
    interruptible = Interruptible(writer)
    try:
        given = answer(found, interruptible, kb.settings, show, judge=judge, notify=kb.notify)
        return interruptible.marked(given)
    except KbError as error:
        if kb.settings.writer != "auto" or writer.name == "extractive" or shown:
            raise
        kb.notify(f"{error}; quoting the sources instead")
        extractive = Extractive(kb.settings.sentences, reads=kb.settings.reads)
        found = with_surroundings(kb, results, extractive)
        return answer(found, extractive, kb.settings, show, judge=judge)


class Interruptible:
    """A writer whose drafts end, instead of failing, where they break off."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._error: KbError | None = None

    @property
    def name(self) -> str:
        """The name of the writer."""
        return self._writer.name

    def check(self) -> None:
        """See `Writer.check`."""
        self._writer.check()

    def write(self, question: Question, hits: Sequence[Hit]) -> Iterator[str]:
        """The draft, as far as it goes. Raises KbError when that is too short to be shown."""
        self._error = None
        written = ""
        try:
            for piece in self._writer.write(question, hits):
                if piece == THOUGHT:
                    written = ""
                elif len(written) <= len(NO_ANSWER):
                    written += piece
                yield piece
        except BrokenOff as error:
            if len(written.strip()) <= len(NO_ANSWER):
                raise KbError(str(error), error.hint) from error
            self._error = error

    def marked(self, answer: Answer) -> Answer:
        """The answer, with the error and as unsupported where its draft broke off."""
        if self._error is None or answer.writer != self.name:
            return answer
        return replace(answer, status="unsupported", error=str(self._error))
