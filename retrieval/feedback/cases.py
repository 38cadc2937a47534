"""Test cases made from feedback: FAQ entries must be cited for their questions, and answers that
people confirmed must still come out the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal

from kb.journal import Journal
from kb.journal.faq_entries import worded
from kb.text import normalise
from kb.types import Exchange, FaqEntry
from retrieval.ask import question_of
from retrieval.facts.text import holds
from retrieval.feedback.exchange_status import ExchangeStatus, ExchangeStatuses

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
    exchange = status.exchange
    places = tuple(_cited(exchange))
    if status.decision is not None and status.decision.kind == "gap":
        if exchange.status == "abstained":
            return FeedbackCase(exchange.id, exchange.question, "silence", (), exchange)
        return (
            FeedbackCase(exchange.id, exchange.question, "otherwise", places, exchange)
            if places
            else None
        )
    if not status.confirmed:
        return None
    if exchange.status == "abstained":
        return FeedbackCase(exchange.id, exchange.question, "silence", (), exchange)
    also = tuple(_replacements(exchange, places, entries))
    return (
        FeedbackCase(exchange.id, exchange.question, "cites", (*places, *also), exchange)
        if places
        else None
    )


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
