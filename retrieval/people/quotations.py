"""What the people of matches said about a need, in sources that the caller sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kb.knowledge import KnowledgeBase
from kb.text import sentences
from kb.types import Hit
from retrieval.people.matching import Match, Quotation
from retrieval.people.profiles import person_id
from retrieval.question.question import weigh
from retrieval.search.search import search

_HITS = 30
_LONGEST = 200  # characters of a quotation


def with_quotations(kb: KnowledgeBase, need: str, found: Sequence[Match]) -> list[Match]:
    """The matches, each of somebody whose profile is public with what they said, where they did."""
    if not any(match.profile.consent == "public" for match in found):
        return list(found)
    if not kb.catalog.matching([("kind", "transcript")]):
        return list(found)
    hits = search(kb, weigh(kb, need), limit=_HITS, kind="transcript").hits
    return [replace(match, said=tuple(_said(hits, match)[:1])) for match in found]


def _said(hits: Sequence[Hit], match: Match) -> list[Quotation]:
    if match.profile.consent != "public":
        return []
    quotations = []
    for hit in hits:
        passage = hit.passage
        speaker = passage.anchor.speaker
        if passage.voices or not speaker or person_id(speaker) != match.profile.id:
            continue  # where several speak, a sentence may be another's
        start, end = next(iter(sentences(passage.text)), (0, len(passage.text)))
        text = " ".join(passage.text[start:end].split())
        if len(text) <= _LONGEST:
            quotations.append(Quotation(text, f"{hit.document.source} {passage.anchor.label}"))
    return quotations
