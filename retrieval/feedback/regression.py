"""Regression tests from feedback: the cases are asked again, and each outcome is compared with
earlier ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from kb.journal import Journal
from kb.journal.ids import text_hash
from kb.knowledge import KnowledgeBase
from kb.types import Answer, Citation, Exchange
from kb.writers import Writer
from retrieval.ask import ask, ask_again
from retrieval.facts.text import overlaps
from retrieval.feedback.cases import ExpectedSource, FeedbackCase

State = Literal["passed", "newly_passing", "filled", "failing", "failed_before", "regressed"]
STATES: tuple[State, ...] = (
    "passed",
    "newly_passing",
    "filled",
    "failing",
    "failed_before",
    "regressed",
)
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class CaseResult:
    """The outcome of a case. `before` is whether it passed in the last run and whether in any run;
    None without a run.

    `filled`: the sources had no answer then and have one now, from something new. `gone`: expected
    sources that are not in the knowledge base any more.
    """

    case: FeedbackCase
    answer: Answer
    passed: bool
    filled: bool
    before: tuple[bool, bool] | None
    gone: tuple[str, ...]

    @property
    def state(self) -> State:
        """The outcome compared with earlier ones: a case that passed in any earlier run and fails
        now has `regressed`.

        It stays regressed until it passes again or is decided otherwise, since a check that is red
        only once is soon overlooked.
        """
        if self.filled:
            return "filled"
        last, ever = self.before or (None, None)
        if self.passed:
            return "newly_passing" if last is False else "passed"
        if ever is None:
            return "failing"
        return "regressed" if ever else "failed_before"


def run_cases(
    kb: KnowledgeBase,
    journal: Journal,
    writer: Writer,
    cases: Sequence[FeedbackCase],
    progress: Progress = lambda done, total, what: None,
) -> list[CaseResult]:
    """Ask all cases without journalling them. Outcomes are compared with earlier ones of the same
    writer.

    A confirmed answer that was never run counts as passed when it was given, if the same writer
    gave it. Raises KbError when the writer fails.
    """
    known = journal.cases.past([_journal_name(case, writer) for case in cases])
    stored = {document.source: at for document, _, at in kb.catalog.overview()}
    outcomes = []
    for number, case in enumerate(cases):
        progress(number, len(cases), case.question)
        at_first = _first_result(case, writer)
        last, ever = known.get(_journal_name(case, writer), (at_first, False))
        before = None if last is None else (last, ever or bool(at_first))
        outcomes.append(_run(kb, writer, case, before, stored))
    progress(len(cases), len(cases), "")
    return outcomes


def store_run(journal: Journal, writer: Writer, outcomes: Sequence[CaseResult]) -> str:
    """Store the outcomes in the journal for the next run to compare with; gives its name."""
    return journal.cases.keep(
        {_journal_name(each.case, writer): (each.passed, _detail(each)) for each in outcomes}
    )


def _journal_name(case: FeedbackCase, writer: Writer) -> str:
    """The name of a case in the journal, with the writer: another may cite other sources."""
    return f"{case.id} {writer.name}"


def _detail(outcome: CaseResult) -> dict[str, Any]:
    answer = outcome.answer
    sources = list(dict.fromkeys(citation.hit.document.source for citation in answer.citations))
    return {
        "state": outcome.state,
        "status": answer.status,
        "confidence": answer.confidence,
        "sources": sources,
    }


def _first_result(case: FeedbackCase, writer: Writer) -> bool | None:
    """Whether a case passed when it was asked; None where another writer answered it."""
    if case.exchange is None or case.exchange.writer != writer.name:
        return None
    return case.expected != "otherwise"


def _run(
    kb: KnowledgeBase,
    writer: Writer,
    case: FeedbackCase,
    before: tuple[bool, bool] | None,
    stored: dict[str, str],
) -> CaseResult:
    limit = kb.settings.hits
    if case.exchange is None:
        given = ask(kb, writer, case.question, limit=limit).answer
    else:
        given = ask_again(kb, writer, case.exchange, limit).answer
    answered = given.status != "abstained" and not given.error
    filled = False
    if case.expected == "cites":
        passed = answered and any(
            _is_from(citation, place) for citation in given.citations for place in case.places
        )
    elif given.status == "abstained":
        passed = True
    else:
        filled = passed = answered and _is_new(case, given, stored)
    missing = dict.fromkeys(
        place.source for place in case.places if place.cited_then and place.source not in stored
    )
    gone = tuple(missing) if case.expected == "cites" and not passed else ()
    return CaseResult(case, given, passed, filled, before, gone)


def _is_from(citation: Citation, place: ExpectedSource) -> bool:
    """Whether a citation is of the expected source: its passage, or a passage of that source or of
    a near-duplicate that holds the quote.
    """
    hit = citation.hit
    if place.passage and hit.passage.id == place.passage:
        return True
    if place.source not in (hit.document.source, *hit.also):
        return False
    return (
        not place.quote
        or place.source.startswith("faq/")
        or overlaps(hit.passage.text, place.quote)
    )


def _is_new(case: FeedbackCase, given: Answer, stored: dict[str, str]) -> bool:
    """Whether an answer where none should be cites what was not there at the time."""
    if case.expected == "otherwise":
        return not any(
            _is_from(citation, place) for citation in given.citations for place in case.places
        )
    exchange = case.exchange
    return exchange is not None and any(
        _is_newer(citation, exchange, stored) for citation in given.citations
    )


def _is_newer(citation: Citation, exchange: Exchange, stored: dict[str, str]) -> bool:
    """Whether a passage was ingested since the exchange, and was no hit of it."""
    passage = citation.hit.passage
    seen = {
        (each["passage"], each["text_hash"])
        for each in exchange.payload.get("retrieved", ())
        if "text_hash" in each
    }
    if (passage.id, text_hash(passage.text)) in seen:
        return False
    return stored.get(citation.hit.document.source, "")[:19] >= exchange.at[:19]
