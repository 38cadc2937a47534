"""Regression: the cases that feedback made, asked again, and each compared with how it came out
before.
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
from retrieval.ask import ask
from retrieval.evaluation import overlaps
from retrieval.feedback.cases import FeedbackCase, Place
from retrieval.feedback.repeat import ask_again

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
class Outcome:
    """How a case came out. `before` is whether it passed when it was last run, and in any run; None
    without one.

    `filled`: the sources were rightly silent then, and answer now, from something that was not
    there. `gone`: the sources that it needs and that are not in the knowledge base any more.
    """

    case: FeedbackCase
    answer: Answer
    passed: bool
    filled: bool
    before: tuple[bool, bool] | None
    gone: tuple[str, ...]

    @property
    def state(self) -> State:
        """The outcome beside those before: what passes for the first time passed, and what once
        passed regressed.

        A regression stays one until it passes again, or its case is settled otherwise: a check that
        is red only once is soon overlooked.
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
) -> list[Outcome]:
    """Ask all cases; nothing is journalled. Outcomes are compared with earlier ones of the same
    writer.

    A confirmed answer that was never run passed when it was given, if the same writer gave it.
    Raises KbError when the writer fails.
    """
    known = journal.cases.past([_kept_as(case, writer) for case in cases])
    stored = {document.source: at for document, _, at in kb.catalog.overview()}
    outcomes = []
    for number, case in enumerate(cases):
        progress(number, len(cases), case.question)
        at_first = _at_first(case, writer)
        last, ever = known.get(_kept_as(case, writer), (at_first, False))
        before = None if last is None else (last, ever or bool(at_first))
        outcomes.append(_run(kb, writer, case, before, stored))
    progress(len(cases), len(cases), "")
    return outcomes


def keep(journal: Journal, writer: Writer, outcomes: Sequence[Outcome]) -> str:
    """Keep a run, for the next one to be compared with. Gives its name."""
    return journal.cases.keep(
        {_kept_as(each.case, writer): (each.passed, _detail(each)) for each in outcomes}
    )


def _kept_as(case: FeedbackCase, writer: Writer) -> str:
    """A case's name in the journal: what one writer cites, another need not."""
    return f"{case.id} {writer.name}"


def _detail(outcome: Outcome) -> dict[str, Any]:
    answer = outcome.answer
    sources = list(dict.fromkeys(citation.hit.document.source for citation in answer.citations))
    return {
        "state": outcome.state,
        "status": answer.status,
        "confidence": answer.confidence,
        "sources": sources,
    }


def _at_first(case: FeedbackCase, writer: Writer) -> bool | None:
    """How a case that was never run came out when it was asked."""
    if case.exchange is None or case.exchange.writer != writer.name:
        return None
    return case.expected != "otherwise"


def _run(
    kb: KnowledgeBase,
    writer: Writer,
    case: FeedbackCase,
    before: tuple[bool, bool] | None,
    stored: dict[str, str],
) -> Outcome:
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
        place.source for place in case.places if place.of_then and place.source not in stored
    )
    gone = tuple(missing) if case.expected == "cites" and not passed else ()
    return Outcome(case, given, passed, filled, before, gone)


def _is_from(citation: Citation, place: Place) -> bool:
    """Whether a citation is of that place: its passage, or one of its source, or its double, that
    holds the quote.
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
    """Whether an answer where there should be none is made of what was not there when the question
    was asked.
    """
    if case.expected == "otherwise":
        return not any(
            _is_from(citation, place) for citation in given.citations for place in case.places
        )
    exchange = case.exchange
    return exchange is not None and any(
        _came_since(citation, exchange, stored) for citation in given.citations
    )


def _came_since(citation: Citation, exchange: Exchange, stored: dict[str, str]) -> bool:
    """Whether a cited passage was no part of the knowledge base then: ingested later, and not among
    what was found.
    """
    passage = citation.hit.passage
    seen = {
        (each["passage"], each["text_hash"])
        for each in exchange.payload.get("retrieved", ())
        if "text_hash" in each
    }
    if (passage.id, text_hash(passage.text)) in seen:
        return False
    return stored.get(citation.hit.document.source, "")[:19] >= exchange.at[:19]
