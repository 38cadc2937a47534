"""Questions with their answers, proposed for the FAQ: each waits in the review queue for a person."""

from __future__ import annotations

import time
from collections.abc import Sequence

from kb.journal import Journal
from kb.journal.held_answers import HoldReason
from kb.knowledge import KnowledgeBase
from kb.text import flat, normalise
from kb.types import Answer, Citation, Hit, Results, Sentence
from retrieval.digest.parts import AnsweredQuestion
from retrieval.exchange import Receipt, held, search_options
from retrieval.question.question import weigh

WRITER = "digest"
CHANNEL = "digest"


def propose(
    kb: KnowledgeBase, journal: Journal, answered: Sequence[AnsweredQuestion], terminal: str
) -> list[str]:
    """The exchanges under which these questions wait, without those that wait, were decided or are
    FAQ entries already.
    """
    known = {normalise(flat(hold.question)) for hold in journal.holds.all()}
    for entry in journal.faq.entries():
        known |= {normalise(flat(way)) for way in (entry.question, *entry.also)}
    proposed = []
    for each in answered:
        key = normalise(flat(each.question.text))
        if key not in known:
            known.add(key)
            proposed.append(_proposed(kb, journal, each, terminal))
    return proposed


def _proposed(
    kb: KnowledgeBase, journal: Journal, answered: AnsweredQuestion, terminal: str
) -> str:
    began = time.perf_counter()
    question = flat(answered.question.text)
    hits = {line.passage.id: Hit(1, 0.0, line.passage, line.document) for line in answered.answer}
    results = Results(weigh(kb, question), tuple(hits.values()), lambda: 1.0, 0.0)
    options = search_options(kb, len(hits), (), None)
    receipt = Receipt(question, terminal, journal, began, options, channel=CHANNEL)
    reason = HoldReason("faq_candidate", answered.question.document.source)
    return held(kb, results, _answer(question, answered, hits), receipt, [reason]).exchange.id


def _answer(question: str, answered: AnsweredQuestion, hits: dict[str, Hit]) -> Answer:
    """The lines of an answer as they were said, each with its own citation."""
    lines = [
        (n, flat(line.text), Citation(n, hits[line.passage.id], line.text, line.anchor, line.url))
        for n, line in enumerate(answered.answer, start=1)
    ]
    text = " ".join(f"{said} [{n}]" for n, said, _ in lines)
    said = tuple(Sentence(text, (n,), True) for n, text, _ in lines)
    citations = tuple(citation for _, _, citation in lines)
    return Answer(question, "answered", text, said, citations, 1.0, WRITER)
