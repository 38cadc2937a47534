"""Asking again what was asked once: the same question, narrowed as it was then, and kept nowhere."""

from __future__ import annotations

from kb.knowledge import KnowledgeBase
from kb.types import KINDS, Exchange, Kind
from kb.writers import Writer
from retrieval.ask import Asked, ask


def question_of(exchange: Exchange) -> str:
    """The question as it was searched: a follow-up as it was put anew."""
    return str(exchange.payload.get("rewritten") or exchange.question)


def ask_again(
    kb: KnowledgeBase, writer: Writer, exchange: Exchange, limit: int | None = None
) -> Asked:
    """The answer that a past question gets now. `limit` is how many passages to answer from, None:
    as many as then.

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
