"""The questions of a batch: one a line of standard input, plain text or a JSON object."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, Queue
from threading import Thread
from typing import Any, TypeVar

from cli.piped import piped_lines
from kb.text import without_halves

T = TypeVar("T")
_NEXT_LINE = 0.05  # seconds in which a further line of a batch is taken to have been there


@dataclass(frozen=True, slots=True)
class BatchLine:
    """One line of a batch: its id, question and filter, or what is wrong with it."""

    id: str
    question: str
    where: list[tuple[str, str]]
    error: str = ""


def batch_lines() -> Iterator[BatchLine]:
    """The questions on standard input, one a line: plain text, or objects with id, question and
    where.
    """
    for number, line in enumerate(piped_lines(), start=1):
        yield _batch_line((line or "").strip(), number)


def _batch_line(line: str, number: int) -> BatchLine:
    if not line.startswith("{"):
        return BatchLine(str(number), line, [])
    try:
        parsed = json.loads(line)
    except (ValueError, RecursionError):
        parsed = None
    where = parsed.get("where") or {} if isinstance(parsed, dict) else {}
    if (
        not isinstance(parsed, dict)
        or not isinstance(parsed.get("question"), str)
        or not isinstance(where, dict)
    ):
        return BatchLine(
            _line_id(parsed, number), line[:200], [], 'not {"question": "...", "where": {...}}'
        )
    pairs = [(without_halves(str(key)), without_halves(str(value))) for key, value in where.items()]
    return BatchLine(_line_id(parsed, number), without_halves(parsed["question"]), pairs)


def gathered(lines: Iterator[T], most: int) -> Iterator[list[T]]:
    """The lines in groups of at most `most` that have arrived already, so that a single line is
    answered at once.
    """
    if most == 1:
        yield from ([line] for line in lines)
        return
    queue: Queue[T | None] = Queue(2 * most)

    def read() -> None:
        try:
            for line in lines:
                queue.put(line)
        finally:
            queue.put(None)

    Thread(target=read, daemon=True).start()
    while (line := queue.get()) is not None:
        group: list[T] = [line]
        with suppress(Empty):
            while len(group) < most and (line := queue.get(timeout=_NEXT_LINE)) is not None:
                group.append(line)
        yield group
        if line is None:
            return


def _line_id(parsed: Any, number: int) -> str:
    """The id that a line names, else its number."""
    named = parsed.get("id") if isinstance(parsed, dict) else None
    return without_halves(str(named)) if isinstance(named, str | int | float) else str(number)
