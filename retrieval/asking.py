"""The ask pipeline: Question -> Hits -> Draft -> Answer | Refusal -> Exchange -> journal."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

from kb.errors import KbError
from kb.journal import Journal, new_exchange_id, now, text_hash
from kb.knowledge import KnowledgeBase
from kb.types import Answer, Exchange, Hit, Kind, Results
from kb.writers import Writer
from retrieval.answering import OnText, answer
from retrieval.contract import answer_json
from retrieval.search import Where, search
from retrieval.surroundings import with_neighbours, with_replies
from retrieval.verifying import open_judge


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer and the exchange that stands for it."""

    answer: Answer
    exchange: Exchange


def ask(
    kb: KnowledgeBase,
    writer: Writer,
    question: str,
    *,
    limit: int,
    where: Where = (),
    kind: Kind | None = None,
    terminal: str = "",
    journal: Journal | None = None,
    on_text: OnText = lambda text: None,
) -> Asked:
    """Answer a question and, with a journal, keep the exchange. Raises KbError when the writer fails.

    An answer is never lost to a journal that can't be written: the user is told instead.
    """
    began = time.perf_counter()
    results = search(kb, question, limit=limit, where=where, kind=kind)
    given = _answer(kb, results, writer, on_text)
    exchange = _exchange(results, given, terminal, time.perf_counter() - began)
    if journal is not None:
        try:
            journal.add(exchange)
        except KbError as error:
            kb.notify(f"this exchange could not be logged: {error}")
    return Asked(given, exchange)


def _answer(kb: KnowledgeBase, results: Results, writer: Writer, on_text: OnText) -> Answer:
    """The answer; when nobody insisted on a server that fails before its first word, the extractive one."""
    said: list[str] = []

    def tell(text: str) -> None:
        said.append(text)
        on_text(text)

    judge = open_judge(kb.settings, lambda: kb.glossary, kb.notify)
    try:
        return answer(_offered(kb, results, writer), writer, kb.settings, tell, judge=judge, notify=kb.notify)
    except KbError as error:
        if kb.settings.writer != "auto" or writer.name == "extractive" or said:
            raise
        from kb.writers.extractive import Extractive

        kb.notify(f"{error}; quoting the sources instead")
        extractive = Extractive(kb.settings.sentences)
        return answer(_offered(kb, results, extractive), extractive, kb.settings, tell, judge=judge)


def _offered(kb: KnowledgeBase, results: Results, writer: Writer) -> Results:
    """The results with what a writer is given beside the hits; their own ranks stay."""
    hits = with_replies(kb, results.hits)
    if writer.name != "extractive":
        hits = with_neighbours(kb, hits, kb.settings.neighbours, kb.settings.context_chars)
    return replace(results, hits=hits)


def _exchange(results: Results, given: Answer, terminal: str, seconds: float) -> Exchange:
    exchange_id = new_exchange_id()
    payload: dict[str, Any] = answer_json(given, exchange_id, seconds)
    payload["search_seconds"] = round(results.seconds, 4)
    cited = (citation.hit for citation in given.citations)
    used = {hit.passage.id: hit for hit in (*results.hits, *cited)}
    payload["retrieved"] = [_receipt(hit) for hit in used.values()]
    return Exchange(
        exchange_id,
        now(),
        given.question,
        given.status,
        given.confidence,
        given.text,
        given.writer,
        round(seconds, 4),
        terminal,
        payload,
    )


def _receipt(hit: Hit) -> dict[str, Any]:
    """What is kept of a hit: enough to tell later whether its passage is still what was answered from."""
    return {
        "passage": hit.passage.id,
        "text_hash": text_hash(hit.passage.text),
        "source": hit.document.source,
        "label": hit.passage.anchor.label,
        "score": hit.score,
    }
