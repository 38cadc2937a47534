"""Replays: a past question answered again, and the differences from what the journal has of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from kb.journal.ids import text_hash
from kb.knowledge import KnowledgeBase
from kb.types import Exchange, Passage
from kb.writers import Writer
from retrieval.ask import ask_again
from retrieval.feedback.text_diff import Difference, differences

TextState = Literal["same", "moved", "changed", "gone", "unknown"]
CitedState = Literal["same", "renumbered", "moved", "changed", "added", "removed"]


@dataclass(frozen=True, slots=True)
class RetrievedPassage:
    """A passage of the past hits and what became of it.

    `text` is `same`; `moved`: the same text elsewhere in its source; `changed`: another text at its
    place; `gone`, with `source_gone` where the whole source is gone; or `unknown`, for old
    receipts. `passage_now` is its id today. `rank` and `rank_now` are its ranks then and now, from
    1; None where it is not found.
    """

    passage: str
    source: str
    label: str
    text: TextState
    source_gone: bool
    passage_now: str | None
    rank: int
    rank_now: int | None


@dataclass(frozen=True, slots=True)
class CitationChange:
    """A citation of the past answer, of the new one, or of both. `moved`: at another place of its
    source; `changed`: another text at the same place.
    """

    state: CitedState
    source: str
    n: int | None
    n_now: int | None
    label: str | None
    label_now: str | None


@dataclass(frozen=True, slots=True)
class Replay:
    """A past exchange, what it would be now, and the differences; `found_now`: new hits."""

    before: Exchange
    after: Exchange
    answer: tuple[Difference, ...]
    cited: tuple[CitationChange, ...]
    passages: tuple[RetrievedPassage, ...]
    found_now: tuple[Mapping[str, Any], ...]

    @property
    def changes(self) -> dict[str, bool]:
        """Whether each part of the exchange differs. Confidences differ from 0.01 on."""
        one, other = self.before, self.after
        return {
            "status": one.status != other.status,
            "confidence": abs(one.confidence - other.confidence) >= 0.01,
            "writer": one.writer != other.writer,
            "answer": one.answer.split() != other.answer.split(),
            "sources": any(each.state != "same" for each in self.cited),
            "passages": any(each.text not in ("same", "unknown") for each in self.passages),
        }

    @property
    def changed(self) -> bool:
        """Whether any part differs."""
        return any(self.changes.values())


def replay(kb: KnowledgeBase, writer: Writer, exchange: Exchange) -> Replay:
    """Answer a past question again, with the same filters and as many passages, and compare.
    Nothing is journalled.

    Raises KbError when the writer fails.
    """
    again = ask_again(kb, writer, exchange).exchange
    passages = tuple(_retrieved_passages(kb, exchange, again))
    known = {name for each in passages for name in (each.passage, each.passage_now)}
    found_now = tuple(each for each in _retrieved(again) if each["passage"] not in known)
    answer = tuple(differences(exchange.answer, again.answer))
    return Replay(
        exchange, again, answer, tuple(_citation_changes(exchange, again)), passages, found_now
    )


def _retrieved(exchange: Exchange) -> Sequence[Mapping[str, Any]]:
    hits: Sequence[Mapping[str, Any]] = exchange.payload.get("retrieved") or ()
    return hits


def _retrieved_passages(
    kb: KnowledgeBase, before: Exchange, after: Exchange
) -> Iterator[RetrievedPassage]:
    receipts = _retrieved(before)
    ranks = {each["passage"]: rank for rank, each in enumerate(_retrieved(after), start=1)}
    passages_now = kb.catalog.passages([each["passage"] for each in receipts])
    for rank, each in enumerate(receipts, start=1):
        name, source, known = each["passage"], each["source"], each.get("text_hash")
        now = passages_now.get(name)
        state: TextState = "unknown" if now and not known else "same"
        source_gone = False
        if now is None or (known and text_hash(now.text) != known):
            siblings = _passages_of(kb, source)
            source_gone = siblings is None
            state, now = _moved_or_changed(siblings or (), each)
        name_now = now.id if now else None
        yield RetrievedPassage(
            name,
            source,
            each["label"],
            state,
            source_gone,
            name_now,
            rank,
            ranks.get(name_now or ""),
        )


def _passages_of(kb: KnowledgeBase, source: str) -> list[Passage] | None:
    """The passages of the source of that name; None when there is no such source any more."""
    documents = [each for each in kb.catalog.documents_called(source) if each.source == source]
    return (
        [passage for each in documents for passage in kb.catalog.passages_of(each.id)]
        if documents
        else None
    )


def _moved_or_changed(
    siblings: Sequence[Passage], receipt: Mapping[str, Any]
) -> tuple[TextState, Passage | None]:
    """The state of a passage whose id is gone, and the passage that it is now."""
    same = next((p for p in siblings if text_hash(p.text) == receipt.get("text_hash")), None)
    if same is not None:
        return "moved", same
    here = next((p for p in siblings if p.anchor.label == receipt["label"]), None)
    return ("changed", here) if here else ("gone", None)


def _citation_changes(before: Exchange, after: Exchange) -> Iterator[CitationChange]:
    """The changes of citations, paired by passage, else by quote, else by source."""
    left = list(after.payload.get("citations", ()))
    then = list(before.payload.get("citations", ()))
    pairs: dict[int, Mapping[str, Any]] = {}
    for key in ("passage", "quote", "source"):
        for number, each in enumerate(then):
            same = next(
                (o for o in left if o[key] == each[key] and o["source"] == each["source"]), None
            )
            if number not in pairs and same is not None:
                pairs[number] = same
                left.remove(same)
    for number, each in enumerate(then):
        now = pairs.get(number)
        label = each["anchor"]["label"]
        if now is None:
            yield CitationChange("removed", each["source"], each["n"], None, label, None)
            continue
        label_now = now["anchor"]["label"]
        state: CitedState = "same" if each["n"] == now["n"] else "renumbered"
        if label != label_now or each["quote"] != now["quote"]:
            state = "moved" if label != label_now else "changed"
        yield CitationChange(state, each["source"], each["n"], now["n"], label, label_now)
    for each in left:
        yield CitationChange(
            "added", each["source"], None, each["n"], None, each["anchor"]["label"]
        )
