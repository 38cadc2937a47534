"""Regression tests from feedback: FAQ entries must be cited for their questions, answers that people
confirmed must still come out the same; each outcome is compared with earlier ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Literal, get_args

from kb.journal import Journal
from kb.journal.faq_entries import worded
from kb.journal.ids import text_hash
from kb.knowledge import KnowledgeBase
from kb.text import normalise
from kb.types import Answer, Citation, Exchange, FaqEntry
from kb.writers import Writer
from retrieval.ask import ask, ask_again, question_of
from retrieval.facts.text import holds, overlaps
from retrieval.feedback.exchange_status import ExchangeStatus, ExchangeStatuses

# --- cases ----------------------------------------------------------------------------------------

Expected = Literal["cites", "silence", "otherwise"]


@dataclass(frozen=True, slots=True)
class ExpectedSource:
    """A source that an answer is expected to cite. With a `passage` or a `quote` only that part of
    it counts; with neither, any part.

    `cited_then` is False for a source that may be cited instead of the original one: a FAQ entry
    with the same answer.
    """

    source: str
    passage: str = ""
    quote: str = ""
    label: str = ""
    cited_then: bool = True


@dataclass(frozen=True, slots=True)
class FeedbackCase:
    """A question and what is expected of its answer.

    `cites`: the answer cites one of `places`. `silence`: there should be no answer, as there was
    none. `otherwise`: the answer that cited `places` was wrong and should not come again.
    `exchange` is the exchange that the case was made from; None for a FAQ entry.
    """

    id: str
    question: str
    expected: Expected
    places: tuple[ExpectedSource, ...]
    exchange: Exchange | None = None


def feedback_cases(journal: Journal) -> list[FeedbackCase]:
    """All cases: those of FAQ entries first, then those of exchanges. A question that was confirmed
    in several exchanges gives one case for each.
    """
    entries = journal.faq.entries()
    cases = [case for entry in entries for case in _entry_cases(entry)]
    return cases + [
        case
        for each in ExchangeStatuses(journal).every()
        if (case := _exchange_case(each, entries))
    ]


def _entry_cases(entry: FaqEntry) -> Iterator[FeedbackCase]:
    """One case for the question of the entry, and one for each other way to ask it."""
    places = (ExpectedSource(f"faq/{entry.id}"),)
    yield FeedbackCase(f"faq/{entry.id}", entry.question, "cites", places)
    for question in dict.fromkeys(entry.also):
        digest = blake2b(normalise(question).encode("utf-8", "replace"), digest_size=4).hexdigest()
        yield FeedbackCase(f"faq/{entry.id}#{digest}", question, "cites", places)


def _exchange_case(status: ExchangeStatus, entries: Sequence[FaqEntry]) -> FeedbackCase | None:
    """The case of an exchange; None where nobody confirmed it and it is no gap."""
    exchange, cited = status.exchange, tuple(_cited(status.exchange))
    is_gap = status.decision is not None and status.decision.kind == "gap"
    if not (is_gap or status.confirmed):
        return None
    if exchange.status == "abstained":
        return FeedbackCase(exchange.id, exchange.question, "silence", (), exchange)
    if not cited:
        return None
    if is_gap:
        return FeedbackCase(exchange.id, exchange.question, "otherwise", cited, exchange)
    either = (*cited, *_replacements(exchange, cited, entries))
    return FeedbackCase(exchange.id, exchange.question, "cites", either, exchange)


def _cited(exchange: Exchange) -> Iterator[ExpectedSource]:
    for each in exchange.payload.get("citations", ()):
        yield ExpectedSource(
            each["source"], each["passage"], each["quote"], each["anchor"]["label"]
        )


def _replacements(
    exchange: Exchange, places: Sequence[ExpectedSource], entries: Sequence[FaqEntry]
) -> Iterator[ExpectedSource]:
    """The FAQ entries that may be cited instead of the original sources.

    These are entries that were promoted from this exchange or have its question, and entries that
    rest on one of the cited passages and hold its quote.
    """
    asked = {worded(exchange.question), worded(question_of(exchange))}
    for entry in entries:
        made = entry.exchange == exchange.id or not asked.isdisjoint(
            map(worded, (entry.question, *entry.also))
        )
        if made or any(
            _has_source(entry, place) and holds(entry.answer, place.quote) for place in places
        ):
            yield ExpectedSource(f"faq/{entry.id}", cited_then=False)


def _has_source(entry: FaqEntry, place: ExpectedSource) -> bool:
    """Whether the entry rests on that passage, or on that source where no passage is known."""
    return any(
        s.passage == place.passage if s.passage else s.source == place.source for s in entry.sources
    )


# --- runs -----------------------------------------------------------------------------------------

State = Literal["passed", "newly_passing", "filled", "failing", "failed_before", "regressed"]
STATES: tuple[State, ...] = get_args(State)
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
