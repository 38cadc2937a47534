"""Which passages reviewers called bad sources, by whom they belong to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kb.journal import Journal
from kb.journal.ids import text_hash
from kb.knowledge import KnowledgeBase
from kb.types import Decision, Document, Passage

_OWNED_BY = ("owner", "author")


@dataclass(frozen=True, slots=True)
class Mark:
    """That a reviewer called it a bad source: who, when, why, and the question that it was cited
    for.
    """

    by: str | None
    at: str
    reason: str
    exchange: str
    question: str


@dataclass(frozen=True, slots=True)
class Stale:
    """A passage that is marked and still says what it said. `owner`: its `owner`, else `author`,
    else its source.
    """

    passage: Passage
    document: Document
    owner: str
    marks: tuple[Mark, ...]


def stale_passages(kb: KnowledgeBase, journal: Journal) -> tuple[list[Stale], int]:
    """The stale passages by owner, source and place; and how many marked ones have changed since or
    are gone.
    """
    marked: dict[str, list[Decision]] = defaultdict(list)
    for decision in journal.reviews.marks():
        if decision.detail.get("passage"):
            marked[decision.detail["passage"]].append(decision)
    if not marked:
        return [], 0
    questions = {exchange.id: exchange.question for exchange in journal.outlines()}
    found = [
        _stale(passage, document, meant, questions)
        for passage in kb.catalog.passages(list(marked)).values()
        if (meant := [each for each in marked[passage.id] if _still(passage, each)])
        and (document := kb.catalog.document(passage.document))
    ]
    found.sort(key=lambda each: (each.owner, each.document.source, each.passage.ordinal))
    return found, len(marked) - len(found)


def _still(passage: Passage, mark: Decision) -> bool:
    return mark.detail.get("text_hash", "") in ("", text_hash(passage.text))


def _stale(
    passage: Passage, document: Document, marks: Sequence[Decision], questions: Mapping[str, str]
) -> Stale:
    told = tuple(
        Mark(
            each.by,
            each.at,
            str(each.detail.get("reason", "")),
            each.exchange,
            questions.get(each.exchange, ""),
        )
        for each in marks
    )
    return Stale(
        passage, document, owner_of({**document.meta, **passage.meta}, document.source), told
    )


def owner_of(meta: Mapping[str, Any], source: str) -> str:
    """Whom a source belongs to: its `owner`, else its `author`, else itself."""
    for key in _OWNED_BY:
        named = meta.get(key)
        listed = named if isinstance(named, list | tuple) else [named]
        if told := ", ".join(str(each).strip() for each in listed if str(each or "").strip()):
            return told
    return source
