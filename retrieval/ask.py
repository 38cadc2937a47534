"""The ask pipeline: Question -> Hits -> Answer -> Exchange."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from kb.journal import Journal
from kb.journal.visible_exchanges import ASKED_FOR
from kb.knowledge import KnowledgeBase
from kb.types import KINDS, Exchange, Kind, Results
from kb.visibility import narrowed_to
from kb.writers import Writer
from retrieval.answer.answer import OnText, StreamedText, answer_or_quotes, ignore_text
from retrieval.exchange import (
    AnsweredExchange,
    Receipt,
    failures_kept,
    held,
    kept,
    search_options,
    unkept,
)
from retrieval.holding.screening import open_screening
from retrieval.question.courtesy import courtesy_reply
from retrieval.question.question import weigh
from retrieval.search.search import Where, search

if TYPE_CHECKING:
    from retrieval.question.conversation import FollowUp


def ask(
    kb: KnowledgeBase,
    writer: Writer,
    text: str,
    *,
    limit: int,
    where: Where = (),
    kind: Kind | None = None,
    terminal: str = "",
    journal: Journal | None = None,
    on_text: OnText = ignore_text,
    follow_up: FollowUp | None = None,
    channel: str = "",
    asker: str = "",
) -> AnsweredExchange:
    """Answer a question and, with a journal, keep the exchange. Raises KbError when the writer
    fails.

    A `follow_up` is searched and answered as the question that it was rewritten to, and kept in the
    user's own words. An answer is never lost to a journal that can't be written: the user is told
    instead. A question that got no answer, for whatever reason, is kept too; thanks and greetings
    get a reply and are not. Where the community's rules say so of the `channel`, in which `asker`
    asks, the answer waits for a person: see `AnsweredExchange.hold`.
    """
    began = time.perf_counter()
    options = search_options(kb, limit, where, kind)
    receipt = Receipt(text, terminal, journal, began, options, follow_up, channel, asker)
    if reply := courtesy_reply(text):
        on_text(StreamedText(reply))
        return unkept(reply, receipt)
    question = weigh(kb, follow_up.question if follow_up else text)
    results = search(kb, question, limit=limit, where=where, kind=kind, began=began)
    return answer_and_keep(kb, results, writer, receipt, on_text)


def answer_and_keep(
    kb: KnowledgeBase,
    results: Results,
    writer: Writer,
    receipt: Receipt,
    on_text: OnText = ignore_text,
) -> AnsweredExchange:
    """The answer from the results of a search, and its exchange, kept as the receipt says; held,
    or another, where the community's rules want it so.
    """
    screening = open_screening(kb, results, receipt)
    with failures_kept(kb, results, writer, receipt):
        given = screening.settled() or answer_or_quotes(
            kb, results, writer, screening.stream(on_text)
        )
    screened = screening.screened(given)
    if screened.reasons:
        return held(kb, results, screened.answer, receipt, screened.reasons)
    screening.show(screened, on_text)
    return kept(kb, results, screened.answer, receipt, screened.kept)


def question_of(exchange: Exchange) -> str:
    """The question as it was searched: for a follow-up, as it was rewritten."""
    return str(exchange.payload.get("rewritten") or exchange.question)


def ask_again(
    kb: KnowledgeBase, writer: Writer, exchange: Exchange, limit: int | None = None
) -> AnsweredExchange:
    """The answer that a past question gets now, from `limit` passages; None for as many as then,
    and from no more sources than its asker may see.

    Raises KbError when the writer fails.
    """
    asked = exchange.payload.get("asked") or {}
    audiences = asked.get(ASKED_FOR)
    return ask(
        kb if audiences is None else narrowed_to(kb, frozenset(audiences)),
        writer,
        question_of(exchange),
        limit=limit or int(asked.get("k") or kb.settings.hits),
        where=[(str(key), str(value)) for key, value in asked.get("where") or ()],
        kind=next((kind for kind in KINDS if kind == asked.get("kind")), None),
    )
