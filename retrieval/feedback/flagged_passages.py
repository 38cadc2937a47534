"""The passages that reviewers called bad sources, by their owners."""

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
class BadSourceMark:
    """A decision that a passage is a bad source, with its reason and its question."""

    by: str | None
    at: str
    reason: str
    exchange: str
    question: str


@dataclass(frozen=True, slots=True)
class StalePassage:
    """A passage that was called a bad source and has not changed since. `owner` is the `owner` in
    its metadata, else its `author`, else the name of its source.
    """

    passage: Passage
    document: Document
    owner: str
    marks: tuple[BadSourceMark, ...]


def stale_passages(kb: KnowledgeBase, journal: Journal) -> tuple[list[StalePassage], int]:
    """The stale passages, ordered by owner, source and position, and the number of marked passages
    that have changed since or are gone.
    """
    marked: dict[str, list[Decision]] = defaultdict(list)
    for decision in journal.reviews.marks():
        if decision.detail.get("passage"):
            marked[decision.detail["passage"]].append(decision)
    if not marked:
        return [], 0
    questions = {exchange.id: exchange.question for exchange in journal.outlines()}
    found = [
        _stale_passage(passage, document, meant, questions)
        for passage in kb.catalog.passages(list(marked)).values()
        if (meant := [each for each in marked[passage.id] if _is_unchanged(passage, each)])
        and (document := kb.catalog.document(passage.document))
    ]
    found.sort(key=lambda each: (each.owner, each.document.source, each.passage.ordinal))
    return found, len(marked) - len(found)


def _is_unchanged(passage: Passage, mark: Decision) -> bool:
    return mark.detail.get("text_hash", "") in ("", text_hash(passage.text))


def _stale_passage(
    passage: Passage, document: Document, marks: Sequence[Decision], questions: Mapping[str, str]
) -> StalePassage:
    noted = tuple(
        BadSourceMark(
            each.by,
            each.at,
            str(each.detail.get("reason", "")),
            each.exchange,
            questions.get(each.exchange, ""),
        )
        for each in marks
    )
    return StalePassage(
        passage, document, owner_of({**document.meta, **passage.meta}, document.source), noted
    )


def owner_of(meta: Mapping[str, Any], source: str) -> str:
    """The `owner` in a source's metadata, else its `author`, else the source's name."""
    for key in _OWNED_BY:
        named = meta.get(key)
        listed = named if isinstance(named, list | tuple) else [named]
        if noted := ", ".join(str(each).strip() for each in listed if str(each or "").strip()):
            return noted
    return source
