"""Recommendations and letters as plain dictionaries."""

from __future__ import annotations

from typing import Any

from kb.types import Document, Passage
from retrieval.contract import anchor_json
from retrieval.recommend.letter import CitedLine, Letter
from retrieval.recommend.recommend import Recommendation


def recommendation_json(recommendation: Recommendation) -> dict[str, Any]:
    """An object of `recommendations` in `kb recommend --json`."""
    document, reason = recommendation.document, recommendation.reason
    like = place_json(*reason.like) if reason.like else None
    return {
        "rank": recommendation.rank,
        "score": recommendation.score,
        "document": document.id,
        "source": document.source,
        "title": document.title,
        "kind": document.kind,
        "lang": document.lang,
        "versions": list(recommendation.versions),
        "reason": {
            "basis": reason.basis,
            "words": list(reason.words),
            "section": reason.section,
            "citation": {**place_json(document, reason.passage), "quote": reason.quote},
            "like": like,
        },
    }


def place_json(document: Document, passage: Passage) -> dict[str, Any]:
    """Where a passage stands."""
    return {
        "passage": passage.id,
        "document": document.id,
        "source": document.source,
        "title": document.title,
        "anchor": anchor_json(passage.anchor),
    }


def letter_json(letter: Letter) -> dict[str, Any]:
    """The object of `kb recommend --letter --json`."""
    return {
        "since": letter.first.isoformat(),
        "until": letter.last.isoformat(),
        "sources": [_line(line) for line in letter.sources],
        "faq": [_line(line) for line in letter.entries],
        "answers": [_line(line) for line in letter.answers],
        "more": letter.more,
    }


def _line(line: CitedLine) -> dict[str, Any]:
    return {
        "id": line.id,
        "title": line.title,
        "text": line.text,
        "day": line.day,
        "citations": [
            {"source": place.source, "label": place.label, "passage": place.passage}
            for place in line.citations
        ],
    }
