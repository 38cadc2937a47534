"""Cases that feedback made: what reviewers promoted must be cited, and what people confirmed must
still hold.
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
from retrieval.evaluation import holds
from retrieval.feedback.exchange_status import Said, Standing
from retrieval.feedback.repeat import question_of

Expected = Literal["cites", "silence", "otherwise"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer may come from: a source, and a passage or a quote of it; anywhere in it where
    both are empty.

    `of_then` tells what the answer cited then from what may stand for it: a reviewed entry that
    answers the same.
    """

    source: str
    passage: str = ""
    quote: str = ""
    label: str = ""
    of_then: bool = True


@dataclass(frozen=True, slots=True)
class FeedbackCase:
    """A question and what is expected of its answer.

    `cites`: it is answered from one of `places`. `silence`: the sources did not answer it, which
    was right. `otherwise`: it was answered from `places`, which was wrong. `exchange` is what it
    was asked in, None for an entry.
    """

    id: str
    question: str
    expected: Expected
    places: tuple[Place, ...]
    exchange: Exchange | None = None


def feedback_cases(journal: Journal) -> list[FeedbackCase]:
    """All cases, the entries' first. A question that several confirmed exchanges asked is a case
    for each.
    """
    entries = journal.faq.entries()
    cases = [case for entry in entries for case in _of_entry(entry)]
    return cases + [case for each in Said(journal).every() if (case := _of_exchange(each, entries))]


def _of_entry(entry: FaqEntry) -> Iterator[FeedbackCase]:
    places = (Place(f"faq/{entry.id}"),)
    yield FeedbackCase(f"faq/{entry.id}", entry.question, "cites", places)
    for question in dict.fromkeys(entry.also):
        digest = blake2b(normalise(question).encode("utf-8", "replace"), digest_size=4).hexdigest()
        yield FeedbackCase(f"faq/{entry.id}#{digest}", question, "cites", places)


def _of_exchange(standing: Standing, entries: Sequence[FaqEntry]) -> FeedbackCase | None:
    exchange = standing.exchange
    places = tuple(_cited(exchange))
    if standing.decision is not None and standing.decision.kind == "gap":
        if exchange.status == "abstained":
            return FeedbackCase(exchange.id, exchange.question, "silence", (), exchange)
        return (
            FeedbackCase(exchange.id, exchange.question, "otherwise", places, exchange)
            if places
            else None
        )
    if not standing.confirmed:
        return None
    if exchange.status == "abstained":
        return FeedbackCase(exchange.id, exchange.question, "silence", (), exchange)
    also = tuple(_standing_for(exchange, places, entries))
    return (
        FeedbackCase(exchange.id, exchange.question, "cites", (*places, *also), exchange)
        if places
        else None
    )


def _cited(exchange: Exchange) -> Iterator[Place]:
    for each in exchange.payload.get("citations", ()):
        yield Place(each["source"], each["passage"], each["quote"], each["anchor"]["label"])


def _standing_for(
    exchange: Exchange, places: Sequence[Place], entries: Sequence[FaqEntry]
) -> Iterator[Place]:
    """The entries that may be cited in place of what was cited.

    Made of this exchange, or asking the same; of those that rest on the same, what says what was
    cited.
    """
    asked = {worded(exchange.question), worded(question_of(exchange))}
    for entry in entries:
        made = entry.exchange == exchange.id or not asked.isdisjoint(
            map(worded, (entry.question, *entry.also))
        )
        if made or any(
            _rests_on(entry, place) and holds(entry.answer, place.quote) for place in places
        ):
            yield Place(f"faq/{entry.id}", of_then=False)


def _rests_on(entry: FaqEntry, place: Place) -> bool:
    return any(
        s.passage == place.passage if s.passage else s.source == place.source for s in entry.sources
    )
