"""Transcripts as a table: columns for start, end and text, and perhaps for the speaker, as
Whisper's TSV has them.

Times are clock times; else seconds, if any has decimals; else of the unit that the column's name
gives. Whole numbers without a unit are milliseconds in a TSV of Whisper's columns, and wherever the
middle cue lasts 100 or more: a cue lasts neither 100 seconds nor a tenth of one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from statistics import median

from ingest.parsed import File, Parsed, Unreadable
from ingest.parsing.rows import Row, Table, table
from ingest.parsing.sheets import opening, sheets
from ingest.parsing.turns import Utterance, as_transcript

_START = frozenset(
    "start starttime startat begin begintime from in 开始 开始时间 起始 起始时间 起始时刻 开始時間".split()
)
_END = frozenset(
    "end endtime endat stop stoptime to out finish 结束 结束时间 终止时间 结束时刻 結束時間".split()
)
_TEXT = frozenset(
    "text transcript transcription utterance sentence subtitle caption 文本 文字 字幕 转写 台词".split()
)
_SAID = frozenset(
    "content words line message 内容 發言 发言 发言内容 说话内容".split()
)  # of a speaker, not of a plan
_SPEAKER = frozenset(
    "speaker speakername speakerlabel name who 说话人 发言人 讲话人 发言者 讲者 角色 姓名".split()
)
_UNITS = {
    **dict.fromkeys("ms msec millis milliseconds millisecond 毫秒".split(), 0.001),
    **dict.fromkeys("s sec secs seconds second 秒".split(), 1.0),
}
_WORD = re.compile(r"[^\W\d_]+")
_CLOCK = re.compile(r"(?:(\d{1,4}):)?(\d{1,4}):(\d{1,2}(?:[.,]\d{1,9})?)")
_AMOUNT = re.compile(r"\d{1,12}(?:[.,]\d{1,9})?")
_LONGER_THAN_SECONDS = 100
_MOSTLY = 0.8


def fits(file: File) -> bool:
    """True for a table with those columns, if they hold times."""
    found = table(opening(file))
    columns = _columns(found.header)
    rows = list(islice(found.rows, 20))
    if columns is None or not rows:
        return False
    timed = [
        row
        for row in rows
        if _is_time(_cell(row, columns.start)) and _is_time(_cell(row, columns.end))
    ]
    return len(timed) > _MOSTLY * len(rows)


def read(file: File) -> Parsed:
    """Read a table of cues. Raises Unreadable without those columns, or without any time."""
    found = table(next(sheets(file)))
    columns = _columns(found.header)
    if columns is None:
        names = ", ".join(name for name in found.header[:6] if name) or "none"
        raise Unreadable(f"a table without start, end and text columns (it has: {names})")
    rows = [row for row in found.rows if _is_time(_cell(row, columns.start))]
    if not rows:
        raise Unreadable("no cues in it")
    unit = _unit(file, found, columns, rows)
    return as_transcript(_utterance(row, columns, unit) for row in rows)


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where the columns are, and how many seconds their unit has, if the header says so."""

    start: int
    end: int
    text: int
    speaker: int | None
    unit: float | None


def _columns(header: Sequence[str]) -> _Columns | None:
    words = [_WORD.findall(unicodedata.normalize("NFKC", name[:100]).casefold()) for name in header]
    names = ["".join(word for word in each if word not in _UNITS) for each in words]
    start, end, text, said, speaker = (
        next((column for column, name in enumerate(names) if name in known), None)
        for known in (_START, _END, _TEXT, _SAID, _SPEAKER)
    )
    if text is None and speaker is not None:
        text = said
    if start is None or end is None or text is None:
        return None
    return _Columns(
        start,
        end,
        text,
        speaker,
        next((_UNITS[word] for word in words[start] if word in _UNITS), None),
    )


def _utterance(row: Row, columns: _Columns, unit: float) -> Utterance:
    start = _seconds(_cell(row, columns.start), unit)
    given = _cell(row, columns.end)
    end = max(start, _seconds(given, unit)) if _is_time(given) else None
    speaker = _cell(row, columns.speaker) if columns.speaker is not None else ""
    return Utterance(start, end, speaker or None, _cell(row, columns.text))


def _unit(file: File, found: Table, columns: _Columns, rows: Sequence[Row]) -> float:
    """How many seconds a whole number of the table's stands for."""
    times = [(_cell(row, columns.start), _cell(row, columns.end)) for row in rows]
    if columns.unit is not None:
        return columns.unit
    if any(not time.isdigit() for pair in times for time in pair if _is_time(time)):
        return 1.0
    if file.ending == ".tsv" and [name.lower() for name in found.header] == [
        "start",
        "end",
        "text",
    ]:
        return 0.001
    lengths = [int(end) - int(start) for start, end in times if _is_time(end)]
    return 0.001 if lengths and median(lengths) >= _LONGER_THAN_SECONDS else 1.0


def _cell(row: Row, column: int) -> str:
    return row.cells[column].strip() if column < len(row.cells) else ""


def _is_time(cell: str) -> bool:
    return bool(_AMOUNT.fullmatch(cell) or _CLOCK.fullmatch(cell))


def _seconds(cell: str, unit: float) -> float:
    match = _CLOCK.fullmatch(cell)
    if match is None:
        return round(float(cell.replace(",", ".")) * unit, 6)
    return int(match[1] or 0) * 3600 + int(match[2]) * 60 + float(match[3].replace(",", "."))
