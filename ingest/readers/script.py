"""Transcripts as data: a JSON, JSON lines or YAML list of who said what, and when.

Items with times from the start are anchored in time; those with a date, or without times, in their
lines.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ingest.metadata import as_text, plain_values
from ingest.parsed import Composer, File, Parsed, Unreadable
from ingest.parsing.messages import Message, from_iso
from ingest.parsing.records import Record, records
from ingest.parsing.threads import answers
from ingest.parsing.turns import Utterance, as_transcript
from kb.types import Anchor

_SPEAKER = "who speaker speakername speakerlabel name author role 说话人 发言人 讲话人 姓名".split()
_START = """sec secs second seconds start starttime startsec startseconds begin time t timestamp ts offset startms
    startmillis starttimems beginms offsetms timems 开始时间 开始 时间""".split()
_END = "end endtime endsec endseconds stop endms endmillis endtimems 结束时间 结束".split()
_TEXT = "line text content utterance said transcript sentence 内容 文本 台词".split()
_NOT_SAID = "question answer q a 问题 答案 level severity logger".split()
_CLOCK = re.compile(r"\s*(?:(\d{1,4}):)?(\d{1,3}):(\d{1,2})(?:[.,](\d{1,6}))?\s*")
_DATE = re.compile(r"((?:19|20)\d\d)[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]*(\d{1,2}:\d{2}))?")
_SPACING = str.maketrans("", "", " \t_-")
_ENOUGH = 1000  # items to know a list by
_LONG = 1e6  # more seconds than any meeting has
_SLOW = 0.2  # characters a second; people say from 3 to 20


@dataclass(frozen=True, slots=True)
class _Item:
    """Who said what, with its record. `start` and `end` are in the file's unit, or in seconds where
    it has `clocks`.

    `at` is the moment of a chat message, instead of a start.
    """

    record: Record
    speaker: str | None
    text: str
    start: float | None
    end: float | None
    at: str
    clocks: bool


def fits(file: File) -> bool:
    """Whether most items of the list say something, at some time or by somebody who speaks again."""
    found = records(file).items[:_ENOUGH]
    items = list(_items(found))
    if len(items) <= len(found) / 2:
        return False
    if sum(item.start is not None for item in items) > len(items) / 2:
        return True
    speakers = [item.speaker for item in items if item.speaker]
    return len(speakers) > len(items) / 2 and len(set(speakers)) <= 0.75 * len(speakers)


def read(file: File) -> Parsed:
    """Read a list of who said what. Raises Unreadable."""
    found = records(file)
    items = list(_items(found.items))
    if not items:
        raise Unreadable("no list of who said what in it")
    beside = plain_values(found.beside)
    title = as_text(beside.pop("title", "") or beside.pop("标题", ""))
    lang = as_text(beside.pop("lang", "") or beside.pop("language", ""))
    if any(item.start is not None for item in items):
        return as_transcript(_utterances(items), title, lang, beside)
    return _by_lines(items, title, lang, beside)


# --- items ----------------------------------------------------------------------------------------


def _items(found: Sequence[Record]) -> Iterator[_Item]:
    """The records that say something."""
    for record in found:
        if not isinstance(record.value, dict):
            continue
        values = {
            str(key).translate(_SPACING).lower(): value for key, value in record.value.items()
        }
        text = _first(values, _TEXT, _said)
        if text and not _first(values, _NOT_SAID, _said):
            start, at = _first(values, _START, _time), _first(values, _START, _moment) or ""
            speaker, end = _first(values, _SPEAKER, _name), _first(values, _END, _time)
            clocks = any(isinstance(values.get(key), str) and ":" in values[key] for key in _START)
            yield _Item(record, speaker, text, None if at else start, end, at, clocks)


def _first(values: Mapping[str, Any], keys: Sequence[str], form: Callable[[Any], Any]) -> Any:
    """The first of the values that has a form."""
    return next((formed for key in keys if (formed := form(values.get(key))) is not None), None)


def _said(value: Any) -> str | None:
    """A text, or lines of it."""
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        value = "\n".join(value)
    return value.strip() or None if isinstance(value, str) else None


def _name(value: Any) -> str | None:
    """A speaker: a text, a number, or a mapping with a name."""
    if isinstance(value, dict):
        value = value.get("name") or value.get("display_name")
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return " ".join(str(value).split())[:100] or None


def _time(value: Any) -> float | None:
    """A number, or the seconds of a clock."""
    if isinstance(value, str):
        if match := _CLOCK.fullmatch(value):
            hours, minutes, seconds, fraction = (part or "0" for part in match.groups())
            return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + float(f"0.{fraction}")
        try:
            value = float(value.strip().removesuffix("s"))
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e18:
        return None
    return float(value) if math.isfinite(value) else None


def _moment(value: Any) -> str | None:
    """A date with its time of day, as written, or of the number of seconds since 1970 (in UTC); or
    of smaller units.
    """
    if isinstance(value, str) and (match := _DATE.match(value.strip())):
        clock = f" {match[4]:0>5}" if match[4] else ""
        return f"{match[1]}-{int(match[2]):02d}-{int(match[3]):02d}{clock}"
    seconds = _time(value)
    for unit in (1, 1e3, 1e6):
        if seconds is not None and 9e8 * unit <= seconds < 4e9 * unit:
            return datetime.fromtimestamp(seconds / unit, UTC).strftime("%Y-%m-%d %H:%M")
    return None


# --- what comes of them ---------------------------------------------------------------------------


def _utterances(items: Sequence[_Item]) -> Iterator[Utterance]:
    """The items in seconds; those without a time follow the one before."""
    unit = 1000 if _in_milliseconds(items) else 1
    time = next(item.start for item in items if item.start is not None)
    for item in items:
        time = item.start if item.start is not None else time
        end = item.end if item.start is not None else None
        yield Utterance(
            time / unit, None if end is None else max(time, end) / unit, item.speaker, item.text
        )


def _in_milliseconds(items: Sequence[_Item]) -> bool:
    """Whether times are too large for seconds: by a key's name, by themselves, or for what is said
    between them.
    """
    if any(item.clocks for item in items):
        return False
    keys = {str(key).lower() for item in items[:10] for key in item.record.value}
    if any(
        key.endswith(("_ms", "ms", "millis"))
        for key in keys
        if key.startswith(("start", "end", "offset", "time"))
    ):
        return True
    timed = [(item.start, item.end, len(item.text)) for item in items if item.start is not None]
    lasting = sum(end - start for start, end, _ in timed if end is not None and end > start)
    said = sum(length for start, end, length in timed if end is not None and end > start)
    return max(start for start, _, _ in timed) > _LONG or said < _SLOW * lasting


def _by_lines(items: Sequence[_Item], title: str, lang: str, beside: Mapping[str, Any]) -> Parsed:
    composer, group = Composer(), 0
    before: tuple[str | None, str] | None = None
    sent = [
        Message(str(n), item.speaker or "", from_iso(item.at), item.text, n, n)
        for n, item in enumerate(items)
    ]
    for item, (context, asker) in zip(items, answers(sent), strict=True):
        group += (item.speaker, context) != before
        before = item.speaker, context
        anchor = Anchor(
            "lines", item.record.first, item.record.last, item.speaker, at=item.at or None
        )
        meta = {"asked_by": asker} if asker else {}
        composer.add(item.text, anchor, group, meta=meta, context=context)
    speakers = list(dict.fromkeys(item.speaker for item in items if item.speaker))
    return composer.parsed(
        "transcript", title, lang, {**({"speakers": speakers} if speakers else {}), **beside}
    )
