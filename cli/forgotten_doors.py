"""What the doors of a knowledge base still give of what was forgotten: the last part of the probe."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cli.render import json_line

if TYPE_CHECKING:
    from kb.erasure.forgetting import Plan
    from kb.erasure.probe import Trace
    from kb.knowledge import KnowledgeBase

_MOST_QUESTIONS = 12


def door_traces(kb: KnowledgeBase, plan: Plan) -> list[Trace]:
    """The doors that give a name or a text that was to be forgotten: search, the list of sources,
    and the export of the journal, which has all that log, show, gaps, feedback and FAQ tell.
    """
    from kb.erasure.probe import Trace

    needles = plan.needles
    found = {
        door
        for door, text in _texts(kb, [*needles.names, *needles.texts][:_MOST_QUESTIONS])
        if plan.rules.spans(text) or any(needle in text for needle in needles.texts)
    }
    return [Trace(door, "what it gives") for door in sorted(found)]


def _texts(kb: KnowledgeBase, questions: list[str]) -> Iterator[tuple[str, str]]:
    """What each door gives, one text after the other."""
    from kb.journal import Journal
    from retrieval.contract import results_json, sources_json
    from retrieval.question.question import weigh
    from retrieval.search.search import search

    for text in questions:
        results = search(kb, weigh(kb, text), limit=10)
        yield from (("kb search", json_line(hit)) for hit in results_json(results)["hits"])
    for source in sources_json(kb):
        yield "kb sources list", json_line(source)
    if kb.home.journal.exists():
        for line in Journal(kb.home.journal).transfer.rows():
            yield "kb journal export", json_line(line)
