"""Batches: many questions asked in one go, their answers written together where a writer can."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from kb.errors import KbError
from kb.journal import Journal
from kb.knowledge import KnowledgeBase
from kb.text import language
from kb.types import Hit, Kind, Question, Results
from kb.writers import Writer, WritesTogether
from retrieval.ask import answer_and_keep
from retrieval.exchange import AnsweredExchange, Receipt, search_options, unkept
from retrieval.question.courtesy import courtesy, courtesy_reply
from retrieval.question.question import check_question, weigh
from retrieval.search.search import Where, search
from retrieval.search.surroundings import with_surroundings

T = TypeVar("T")


def ask_all(
    kb: KnowledgeBase,
    writer: Writer,
    questions: Sequence[tuple[str, Where]],
    *,
    limit: int,
    kind: Kind | None = None,
    terminal: str = "",
    journal: Journal | None = None,
    channel: str = "",
    asker: str = "",
) -> Iterator[AnsweredExchange | KbError]:
    """The exchange of each question, or what is wrong with it, in their order.

    A writer that is quicker with several at once is given all those that have hits worth writing
    from; the time that this takes is shared equally among the questions.
    """
    began = time.perf_counter()
    searched = [
        _or_error(partial(_results, kb, text, where, limit, kind)) for text, where in questions
    ]
    writers = _with_drafts(kb, searched, writer)
    share = (time.perf_counter() - began) / max(1, len(questions))
    for (_, where), results, its_writer in zip(questions, searched, writers, strict=True):
        if isinstance(results, KbError):
            yield results
            continue
        text, asked = results.question.text, time.perf_counter() - share
        options = search_options(kb, limit, where, kind)
        receipt = Receipt(text, terminal, journal, asked, options, None, channel, asker)
        if reply := courtesy_reply(receipt.question):
            yield unkept(reply, receipt)
            continue
        yield _or_error(partial(answer_and_keep, kb, results, its_writer, receipt))


def _results(kb: KnowledgeBase, text: str, where: Where, limit: int, kind: Kind | None) -> Results:
    """What a search finds; nothing for thanks and greetings. Raises UsageError for no question."""
    asked = time.perf_counter()
    checked = check_question(text)
    if courtesy(checked):
        return Results(Question(checked, language(checked), {}), (), lambda: 0.0, 0.0)
    return search(kb, weigh(kb, checked), limit=limit, where=where, kind=kind, began=asked)


def _or_error(work: Callable[[], T]) -> T | KbError:
    try:
        return work()
    except KbError as error:
        return error


@dataclass(frozen=True, slots=True)
class _WriterWithDraft:
    """A writer whose draft from these hits was written before it is asked for."""

    writer: Writer
    hits: Sequence[Hit]
    draft: str | KbError

    @property
    def name(self) -> str:
        return self.writer.name

    def check(self) -> None:
        return

    def write(self, question: Question, hits: Sequence[Hit]) -> Iterator[str]:
        if hits != self.hits:
            yield from self.writer.write(question, hits)
        elif isinstance(self.draft, KbError):
            raise self.draft
        else:
            yield self.draft


def _with_drafts(
    kb: KnowledgeBase, searched: Sequence[Results | KbError], writer: Writer
) -> list[Writer]:
    """For each of the results a writer, which has its draft already where one is needed."""
    writers: list[Writer] = [writer] * len(searched)
    if not isinstance(writer, WritesTogether):
        return writers
    offered = {
        place: with_surroundings(kb, results, writer)
        for place, results in enumerate(searched)
        if not isinstance(results, KbError)
        and results.hits
        and results.confidence >= kb.settings.min_confidence
    }
    drafts = writer.write_all([(results.question, results.hits) for results in offered.values()])
    for (place, results), draft in zip(offered.items(), drafts, strict=True):
        writers[place] = _WriterWithDraft(writer, results.hits, draft)
    return writers
