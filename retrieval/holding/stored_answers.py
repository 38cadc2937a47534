"""Answers that the journal keeps, as answers again: with hits and citations of the passages as they
are now.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kb.journal.ids import text_hash
from kb.knowledge import KnowledgeBase
from kb.types import Answer, Citation, Differing, Hit, Meta, Sentence
from retrieval.answer.citations import link, narrow
from retrieval.search.bad_sources import stale_passage_ids


def stored_hits(kb: KnowledgeBase, stored: Meta) -> dict[str, Hit]:
    """The passages that an answer was written from, as hits by passage id, those that it cites
    first; without those that are gone, changed, or called a bad source since.

    `stored` is an answer as JSON of the contract, with what was retrieved for it.
    """
    cited = [str(each["passage"]) for each in stored.get("citations") or ()]
    hashes = {
        str(each["passage"]): str(each.get("text_hash", ""))
        for each in stored.get("retrieved") or ()
    }
    names = list(dict.fromkeys([*cited, *hashes]))
    passages = kb.catalog.passages(names)
    stale = stale_passage_ids(kb.catalog, kb.stale, names)
    hits: dict[str, Hit] = {}
    for rank, name in enumerate(names, start=1):
        passage = passages.get(name)
        if passage is None or name in stale or hashes.get(name) != text_hash(passage.text):
            continue
        document = kb.catalog.document(passage.document)
        if document is not None:
            hits[name] = Hit(rank, 1.0 / rank, passage, document)
    return hits


def stored_answer(
    kb: KnowledgeBase, question: str, confidence: float, writer: str, stored: Meta
) -> Answer | None:
    """The answer that was stored, as it would be given now; None where a source that it cites is
    not what it was.
    """
    hits = stored_hits(kb, stored)
    citations = [_citation(hits, each) for each in stored.get("citations") or ()]
    if not all(citations):
        return None
    sentences = tuple(
        Sentence(
            str(each["text"]), tuple(each["citations"]), bool(each["supported"]), each.get("reason")
        )
        for each in stored.get("sentences") or ()
    )
    differing = tuple(
        Differing(tuple((int(value["n"]), str(value["says"])) for value in each["values"]))
        for each in stored.get("differing") or ()
    )
    return Answer(
        question, stored["status"], str(stored["answer"]), sentences,
        tuple(filter(None, citations)), confidence, writer, differing=differing,
    )  # fmt: skip


def _citation(hits: Mapping[str, Hit], stored: Mapping[str, Any]) -> Citation | None:
    hit = hits.get(str(stored["passage"]))
    quote = str(stored["quote"])
    start = hit.passage.text.find(quote) if hit else -1
    if hit is None or start < 0:
        return None
    end = start + len(quote)
    anchor = narrow(hit.passage, start, end)
    return Citation(int(stored["n"]), hit, quote, anchor, link(hit, anchor, start, end))
