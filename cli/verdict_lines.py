"""Verdicts as JSON lines: what chat bots send in, and what is given out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

from kb.errors import KbError, UsageError

if TYPE_CHECKING:
    from kb.journal import Journal

_LONGEST = 1_000_000
_TEXTS = ("comment", "correct", "by")
_WANTED = 'not {"id": "...", "exchange": "x_...", "value": "up" or "down"}'


def imported(journal: Journal) -> Iterator[tuple[dict[str, Any], bool]]:
    """For each line of standard input, what to answer it with, and whether it was good; the verdict is on disk then."""
    with open(sys.stdin.fileno(), "rb", closefd=False) as stream:
        for number, line in enumerate(_lines(stream), start=1):
            if not line.strip():
                continue
            name = str(number)
            try:
                given = _parsed(line)
                name = _name(given) or name
                yield {"id": name, "verdict": _kept(journal, given)}, True
            except KbError as error:
                yield {"id": name, "error": str(error)}, False


def _lines(stream: BinaryIO) -> Iterator[str]:
    """The lines; one too long comes cut, and so as one that can't be read."""
    while raw := stream.readline(_LONGEST):
        whole = raw
        while len(raw) == _LONGEST and not raw.endswith(b"\n"):
            raw = stream.readline(_LONGEST)
        yield whole.decode("utf-8", "replace")


def _parsed(line: str) -> dict[str, Any]:
    try:
        given = json.loads(line)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise UsageError(_WANTED)
    return given


def _name(given: dict[str, Any]) -> str:
    named = given.get("id")
    return _sound(str(named)) if isinstance(named, str | int) and not isinstance(named, bool) else ""


def _kept(journal: Journal, given: dict[str, Any]) -> str:
    client, exchange, value = _name(given), given.get("exchange"), given.get("value")
    if not client or not isinstance(exchange, str) or not exchange or value not in ("up", "down"):
        raise UsageError(_WANTED)
    texts = {name: given.get(name) for name in _TEXTS}
    wrong = [name for name, text in texts.items() if not isinstance(text, str | None)]
    if wrong:
        raise UsageError(f"{' and '.join(wrong)} must be text")
    chosen: Literal["up", "down"] = "up" if value == "up" else "down"
    known = journal.exchange(_sound(exchange)).id
    said = {name: _sound(text) for name, text in texts.items() if text is not None}
    verdict = journal.add_verdict(known, chosen, client=client, **said)
    if (verdict.exchange, verdict.value) != (known, chosen):
        raise KbError(f"the id {client} stands for another verdict already: {verdict.value} for {verdict.exchange}")
    return verdict.uid


def _sound(text: str) -> str:
    """Without halves of characters, which nothing can store."""
    return text.encode("utf-8", "replace").decode("utf-8")


def exported(journal: Journal) -> Iterator[dict[str, Any]]:
    """Every verdict, oldest first, with its exchange's question, answer and sources, and the decision that stands."""
    from cli.commands.show import decision_json, verdict_json
    from retrieval.feedback.queue import standing_decisions

    decided = standing_decisions(journal)
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
                {"n": each["n"], "source": each["source"], "label": each["anchor"]["label"],
                 "passage": each["passage"], "quote": each["quote"]}
                for each in exchange.payload.get("citations", [])
            ],
            "decision": decision and decision_json(decision),
        }  # fmt: skip
