"""Verdicts as JSON lines: what chat bots send in, and what is given out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from cli.piped import piped_lines
from kb.errors import KbError, UsageError

if TYPE_CHECKING:
    from kb.journal import Journal

_LONGEST = 1_000_000
_TEXTS = ("comment", "correct", "by")
_WANTED = 'not {"id": "...", "exchange": "x_...", "value": "up" or "down"}'
_SHOWN = 60  # characters of what is wrong


def imported(journal: Journal) -> Iterator[tuple[dict[str, Any], bool]]:
    """For each line of standard input, what to answer it with, and whether it was good; the verdict
    is on disk then.

    A bad line is answered by its id or, where that can't be read, by its number; blank lines count.
    """
    for number, line in enumerate(piped_lines(_LONGEST), start=1):
        if line is not None and not line.strip():
            continue
        name = ""
        try:
            row = _parsed(line)
            name = _name(row)
            yield {"id": name, "verdict": _kept(journal, row)}, True
        except KbError as error:
            of = {"id": name} if name else {"id": None, "line": number}
            yield {**of, "error": str(error)}, False


def _parsed(line: str | None) -> dict[str, Any]:
    if line is None:
        raise UsageError(f"the line has more than {_LONGEST:,} bytes")
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise UsageError(f"the line is not valid JSON, and so {_WANTED}") from None
    if not isinstance(row, dict):
        raise UsageError(_WANTED)
    return row


def _name(row: dict[str, Any]) -> str:
    """The id, empty where there is none that can be read."""
    named = row.get("id")
    sound = isinstance(named, int) and not isinstance(named, bool)
    return _sound(str(named)) if sound or (isinstance(named, str) and named.strip()) else ""


def _kept(journal: Journal, row: dict[str, Any]) -> str:
    client, exchange, value = _name(row), row.get("exchange"), row.get("value")
    if not client:
        raise UsageError(_wrong(row, "id", "a text that is not empty, or a whole number"))
    if not isinstance(exchange, str) or not exchange.strip():
        raise UsageError(_wrong(row, "exchange", "the name of an exchange, as x_..."))
    if value not in ("up", "down"):
        raise UsageError(_wrong(row, "value", '"up" or "down"'))
    texts = {name: row.get(name) for name in _TEXTS}
    wrong = [name for name, text in texts.items() if not isinstance(text, str | None)]
    if wrong:
        raise UsageError(f"{' and '.join(wrong)} must be text")
    chosen: Literal["up", "down"] = "up" if value == "up" else "down"
    known = journal.exchange(_sound(exchange)).id
    cleaned = {name: _sound(text) for name, text in texts.items() if text is not None}
    verdict = journal.add_verdict(known, chosen, client=client, **cleaned)
    if (verdict.exchange, verdict.value) != (known, chosen):
        raise KbError(
            f"the id {client} stands for another verdict already: {verdict.value} for {verdict.exchange}"
        )
    return verdict.uid


def _wrong(row: dict[str, Any], name: str, wanted: str) -> str:
    if name not in row:
        return f"{name} is missing"
    value = row[name]
    nested = "a list" if isinstance(value, list) else "an object" if isinstance(value, dict) else ""
    shown = nested or _sound(json.dumps(value, ensure_ascii=False))
    return f"{name} must be {wanted}, not {shown if len(shown) <= _SHOWN else shown[:_SHOWN] + '…'}"


def _sound(text: str) -> str:
    """Without halves of characters, which nothing can store."""
    return text.encode("utf-8", "replace").decode("utf-8")


def exported(journal: Journal) -> Iterator[dict[str, Any]]:
    """Every verdict, oldest first, with its exchange's question, answer and sources, and the
    decision in force.
    """
    from retrieval.contract import decision_json, verdict_json
    from retrieval.feedback.review_queue import decisions_in_force

    decided = decisions_in_force(journal)
    for verdict in reversed(journal.verdicts()):
        exchange, decision = journal.exchange(verdict.exchange), decided.get(verdict.exchange)
        yield {
            **verdict_json(verdict),
            "uid": verdict.uid,
            "client": verdict.client,
            "question": exchange.question,
            "asked_at": exchange.at,
            "status": exchange.status,
            "confidence": exchange.confidence,
            "answer": exchange.answer,
            "sources": [
                {"n": citation["n"], "source": citation["source"], "label": citation["anchor"]["label"],
                 "passage": citation["passage"], "quote": citation["quote"]}
                for citation in exchange.payload.get("citations", [])
            ],
            "decision": decision and decision_json(decision),
        }  # fmt: skip
