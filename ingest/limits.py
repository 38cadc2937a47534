"""Limits of readers: when one is over, and when a file that ran into one is tried again."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from ingest.parsing import recognition
from ingest.prepare import MEMORY, SECONDS, Failed, Order
from ingest.readers import is_recording, may_hold_pictures
from kb.catalog.rows import SkipRecord
from kb.settings import ReadingSettings
from kb.types import Skip

CRASHED = "its reader crashed"
# with the same limits: a busy machine makes the same work take up to twice its processor time
MOST_TRIES = 3
_DAY = 86_400.0
_WALL = (
    15  # times the limit of processor time, and a minute: a reader that waits for a disk may wait
)
# times the limit of processor time: recognising a page of small print takes up to half a minute
_FOR_PICTURES = 6
_LOOK = 0.2  # seconds between two looks
_KEY = "limit"  # of a recipe: the setting, its value then, and how often the file was tried with it
# How reasons began that earlier versions noted without the limit, counting the time on the wall.
_EARLIER = ("took longer than ", "takes more than ", CRASHED)


class Watch:
    """Watches what a process takes for an answer: processor time, and time on the wall as the last
    resort.

    Recordings take as long as they take. Where the system does not tell processor time, only the
    wall counts.
    """

    def __init__(self, process: int | None, order: Order) -> None:
        self._process = process
        self._order = order
        self._recording = is_recording(order.path)
        pictures = may_hold_pictures(order.path) and recognition.is_available()
        limit = order.settings.reader_seconds * (_FOR_PICTURES if pictures else 1)
        self._limit = limit
        self._wall = _DAY if self._recording else limit * _WALL + 60
        self.pause = min(_LOOK, limit)
        self._began = time.monotonic()
        self._used = processor_seconds(process)

    def failure(self) -> Failed | None:
        """Why to wait no longer, if so."""
        limit, used = self._limit, processor_seconds(self._process)
        if not self._recording and used - self._used > limit:
            return Failed(
                Skip(self._order.source, f"took longer than {limit:g} s to read"), limit=SECONDS
            )
        if time.monotonic() - self._began > self._wall:
            reason = f"nothing was heard of its reader for {self._wall:g} s"
            return Failed(Skip(self._order.source, reason), lasting=False)
        return None


def processor_seconds(process: int | None) -> float:
    """The processor time that a process, with all its threads, has taken so far; 0 where the system
    does not tell.
    """
    with suppress(OSError, ValueError, IndexError):
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def crash(order: Order, code: int | None) -> Failed:
    """What a process that ended with `code` leaves of an order: killed from outside, the next run
    may fare better.
    """
    killed = code == -getattr(signal, "SIGKILL", 9)
    return Failed(Skip(order.source, CRASHED), lasting=not killed, limit=MEMORY)


def noted(
    record: SkipRecord, failed: Failed, settings: ReadingSettings, before: SkipRecord | None
) -> SkipRecord:
    """The record with the limit that the file ran into, if it did, and how often it did by now."""
    if not failed.limit:
        return record
    recipe, limit = split_recipe(record.recipe)
    value = getattr(settings, failed.limit)
    earlier = split_recipe(before.recipe)[1] if before and _same_file(before, record) else {}
    tries = (
        earlier.get("tries", 0)
        if (earlier.get("of"), earlier.get("value")) == (failed.limit, value)
        else 0
    )
    limit = {"of": failed.limit, "value": value, "tries": tries + 1}
    return replace(record, recipe=_dump({**json.loads(recipe), _KEY: limit}))


def is_due(record: SkipRecord, settings: ReadingSettings) -> bool:
    """Whether a file that ran into a limit is to be tried again: with a higher one, and a few times
    with the same.
    """
    limit = split_recipe(record.recipe)[1]
    if not limit:
        return record.reason.startswith(_EARLIER)
    return bool(getattr(settings, limit["of"]) > limit["value"]) or limit["tries"] < MOST_TRIES


def split_recipe(recipe: str) -> tuple[str, Mapping[str, Any]]:
    """A recipe without the limit that was noted in it, and that limit."""
    if f'"{_KEY}"' not in recipe:
        return recipe, {}
    whole = json.loads(recipe)
    limit = whole.pop(_KEY, {})
    return _dump(whole), limit


def _same_file(one: SkipRecord, other: SkipRecord) -> bool:
    return (one.size, split_recipe(one.recipe)[0]) == (other.size, split_recipe(other.recipe)[0])


def _dump(recipe: Mapping[str, Any]) -> str:
    return json.dumps(recipe, ensure_ascii=False, sort_keys=True)
