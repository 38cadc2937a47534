"""Exchanges: what the journal keeps of a question, its answer and the passages behind it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from kb.errors import KbError, in_one_line
from kb.held_wording import waiting
from kb.journal import Journal
from kb.journal.ids import new_name, now, text_hash
from kb.journal.retention import expire_some
from kb.journal.visible_exchanges import ASKED_FOR
from kb.knowledge import KnowledgeBase
from kb.stages import stage
from kb.text import language
from kb.types import Answer, Exchange, Hit, Kind, Question, Results
from kb.writers import Writer
from kb.writers.extractive import Extractive
from retrieval.contract import answer_json

if TYPE_CHECKING:
    from kb.journal.held_answers import Hold, HoldReason
    from retrieval.question.conversation import FollowUp
    from retrieval.search.search import Where

_NOTHING: Mapping[str, Any] = {}
# what of an exchange's payload tells of its answer, and is kept apart while that is held
_DRAFT = (
    "status", "answer", "sentences", "citations", "differing", "error", "closest", "retrieved",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class AnsweredExchange:
    """An answer and the exchange that the journal has of it; with `hold`, the answer waits for a
    person, and neither of the two has a word of it.
    """

    answer: Answer
    exchange: Exchange
    hold: Hold | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is kept of a question beside its answer.

    `question` is in the user's own words, `began` is when it was asked, in seconds of
    `perf_counter`, and `options` is what it can be asked again with: see `search_options`.
    `channel` is where an answer would be waited for, by `asker`; both may be empty.
    """

    question: str
    terminal: str
    journal: Journal | None
    began: float
    options: Mapping[str, Any]
    follow_up: FollowUp | None = None
    channel: str = ""
    asker: str = ""


def search_options(
    kb: KnowledgeBase, limit: int, where: Where, kind: Kind | None
) -> dict[str, Any]:
    """How many passages a question was to be answered from, and which ones could be among them."""
    options = {"k": limit, "where": [list(pair) for pair in where], "kind": kind}
    return {**options, ASKED_FOR: sorted(kb.sight.audiences)} if kb.sight else options


@stage("keep")
def kept(
    kb: KnowledgeBase,
    results: Results,
    answer: Answer,
    receipt: Receipt,
    beside: Mapping[str, Any] = _NOTHING,
) -> AnsweredExchange:
    """The answer, under the user's own words, and its exchange, which is written to the journal,
    with what is to be kept `beside` the answer.

    A notice says where the answer breaks off, and where the exchange could not be written.
    """
    answer = replace(answer, question=receipt.question)
    exchange = _exchange(results, answer, receipt)
    exchange = replace(exchange, payload={**exchange.payload, **beside})
    _write(kb, receipt.journal, exchange)
    if answer.error:
        kb.notify(f"{answer.error}; the answer breaks off there")
    return AnsweredExchange(answer, exchange)


def held(
    kb: KnowledgeBase,
    results: Results,
    answer: Answer,
    receipt: Receipt,
    reasons: Sequence[HoldReason],
) -> AnsweredExchange:
    """The exchange of an answer that waits for a person, and that it is held: both are written, or
    a KbError is raised. Needs a journal.
    """
    if receipt.journal is None:
        raise KbError(
            f"answers of the channel {receipt.channel} may be held, and without a journal none can be",
            "ask without --no-log",
        )
    from kb.journal.held_answers import Hold

    written = _exchange(results, replace(answer, question=receipt.question), receipt)
    draft = {name: value for name, value in written.payload.items() if name in _DRAFT}
    left = {name: value for name, value in written.payload.items() if name not in _DRAFT}
    exchange = replace(written, status="held", answer="", payload={**left, "status": "held"})
    channel, asker = receipt.channel, receipt.asker
    hold = Hold(
        exchange.id, exchange.at, receipt.question, channel, asker, tuple(reasons), draft,
        results.question.text, channel, exchange.at,
    )  # fmt: skip
    receipt.journal.add(exchange, hold)
    expire_some(receipt.journal, kb.settings)
    text = waiting(exchange.id, language(receipt.question))
    shown = Answer(receipt.question, "held", text, (), (), answer.confidence, answer.writer)
    return AnsweredExchange(shown, exchange, hold)


def unkept(text: str, receipt: Receipt) -> AnsweredExchange:
    """The reply to a message that asks nothing, and its exchange, which no journal keeps: there is
    nothing in it to review, and what follows goes on with the question before it.
    """
    question = Question(receipt.question, language(receipt.question), {})
    answer = Answer(receipt.question, "answered", text, (), (), 0.0, Extractive.name)
    results = Results(question, (), lambda: 0.0, 0.0)
    return AnsweredExchange(answer, _exchange(results, answer, receipt))


@contextmanager
def failures_kept(
    kb: KnowledgeBase, results: Results, writer: Writer, receipt: Receipt
) -> Iterator[None]:
    """Keep the exchange of a question whose answer fails within, and let the failure through."""
    try:
        yield
    except BaseException as error:  # also when the asker interrupts, or nobody reads on
        reason = str(error) if isinstance(error, KbError) else in_one_line(error)
        nothing = Answer(
            receipt.question,
            "unsupported",
            "",
            (),
            (),
            results.confidence,
            writer.name,
            error=reason,
        )
        exchange = _exchange(results, nothing, receipt)
        payload = {**exchange.payload, "status": "error"}
        _write(kb, receipt.journal, replace(exchange, status="error", payload=payload))
        raise


def _write(kb: KnowledgeBase, journal: Journal | None, exchange: Exchange) -> None:
    if journal is None:
        return
    try:
        journal.add(exchange)
        expire_some(journal, kb.settings)
    except KbError as error:
        kb.notify(f"this question could not be logged: {error}")


def _exchange(results: Results, answer: Answer, receipt: Receipt) -> Exchange:
    seconds = time.perf_counter() - receipt.began
    follow_up = receipt.follow_up
    exchange_id = new_name("x")
    payload: dict[str, Any] = answer_json(answer, exchange_id, seconds)
    if follow_up:
        payload |= {
            "continues": follow_up.exchange,
            "rewritten": follow_up.rewritten,
            "topic": follow_up.topic,
        }
    payload |= {"asked": receipt.options, "search_seconds": round(results.seconds, 4)}
    cited = (citation.hit for citation in answer.citations)
    used = {hit.passage.id: hit for hit in (*results.hits, *cited)}
    payload["retrieved"] = [_retrieved(hit) for hit in used.values()]
    return Exchange(
        exchange_id,
        now(),
        answer.question,
        answer.status,
        answer.confidence,
        answer.text,
        answer.writer,
        round(seconds, 4),
        receipt.terminal,
        payload,
    )


def _retrieved(hit: Hit) -> dict[str, Any]:
    """What is kept of a hit: enough to find out later whether its passage still says the same."""
    return {
        "passage": hit.passage.id,
        "text_hash": text_hash(hit.passage.text),
        "source": hit.document.source,
        "label": hit.passage.anchor.label,
        "score": hit.score,
    }
