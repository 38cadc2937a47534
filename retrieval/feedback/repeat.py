"""Past questions asked again, with the same filters and without journalling."""

from __future__ import annotations

from kb.knowledge import KnowledgeBase
from kb.types import KINDS, Exchange, Kind
from kb.writers import Writer
from retrieval.ask import ask
from retrieval.exchange import AnsweredExchange


def question_of(exchange: Exchange) -> str:
    """The question as it was searched: for a follow-up, as it was rewritten."""
    return str(exchange.payload.get("rewritten") or exchange.question)


def ask_again(
    kb: KnowledgeBase, writer: Writer, exchange: Exchange, limit: int | None = None
) -> AnsweredExchange:
    """The answer that a past question gets now, from `limit` passages; None for as many as then.

    Raises KbError when the writer fails.
    """
    asked = exchange.payload.get("asked") or {}
    return ask(
        kb,
        writer,
        question_of(exchange),
        limit=limit or int(asked.get("k") or kb.settings.hits),
        where=[(str(key), str(value)) for key, value in asked.get("where") or ()],
        kind=_kind(asked.get("kind")),
    )


def _kind(name: object) -> Kind | None:
    return next((kind for kind in KINDS if kind == name), None)
