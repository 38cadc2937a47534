"""The rows of spreadsheets: all of Excel's formats and ODS, by calamine, guarded against damaged files."""

from __future__ import annotations

import io
import re
import zipfile
from array import array
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from ingest.parsed import Unreadable

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook
from ingest.parsing.number_format import shown_date, shown_number
from ingest.parsing.rows import LONGEST_CELL, Row
from ingest.parsing.sheet_formats import Shown

_LARGEST_UNPACKED = 300_000_000
_MOST_MERGED = 1000  # cells that are merged over one and the same row
_LONGEST_MERGED = 1000  # characters of a cell that stands in all that it is merged over
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LOCKED_XLS = re.compile(
    rb"\x09\x08\x10\0\0\x06\x05\0.{12}\x2f\0", re.S
)  # a workbook begins; its key follows
_MANIFEST = "META-INF/manifest.xml"
_NO_SECTOR = 0xFFFFFFFA
_T = TypeVar("_T")


def guarded(work: Callable[[], _T]) -> _T:
    """What `work` with the compiled library gives. Raises Unreadable for whatever goes wrong in it."""
    try:
        return work()
    except (KeyboardInterrupt, SystemExit, MemoryError, Unreadable):
        raise
    except BaseException as error:  # a panic of the compiled library is no Exception
        locked = type(error).__name__ == "PasswordError"
        raise Unreadable(
            "password-protected spreadsheet" if locked else "a damaged spreadsheet"
        ) from error


def workbook(data: bytes) -> CalamineWorkbook:
    """The workbook in the bytes of a file. Raises Unreadable for one that is locked or would not
    end.
    """
    from python_calamine import CalamineWorkbook

    if data.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in data or _LOCKED_XLS.search(data):
            raise Unreadable("password-protected spreadsheet")
        if _runs_in_circles(data):
            raise Unreadable("a damaged spreadsheet")
    elif data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(info.file_size for info in packed.infolist()) > _LARGEST_UNPACKED:
                raise Unreadable(f"unpacks to more than {_LARGEST_UNPACKED // 1_000_000} MB")
            if _MANIFEST in packed.namelist() and b"encryption-data" in packed.read(_MANIFEST):
                raise Unreadable("password-protected spreadsheet")
    return CalamineWorkbook.from_filelike(io.BytesIO(data))


def _runs_in_circles(data: bytes) -> bool:
    """Whether a chain of sectors in an old Office file has no end: the library would follow it
    until memory is full.
    """
    size = 1 << min(data[30], 12)

    def sector(number: int) -> array[int]:
        begin = (number + 1) * size
        whole = data[begin : begin + size]
        return array("I", whole[: len(whole) // 4 * 4])

    header = array(
        "I", data[60:512]
    )  # the small table's first sector stands at 60, the table of tables at 68 and 76
    tables, following = list(header[4:]), header[2]
    for _ in range(len(data) // size):
        if following >= _NO_SECTOR or not (more := sector(following)):
            break
        tables += more[:-1]
        following = more[-1]
    else:
        return True
    used = [number for number in tables if number < _NO_SECTOR]
    if len(set(used)) < len(used):
        return True
    chains = array("I")
    for number in used:
        chains.extend(sector(number))
    if _has_circle(chains):
        return True
    small, following = array("I"), header[0]
    while following < len(chains):
        small.extend(sector(following))
        following = chains[following]
    return _has_circle(small)


def _has_circle(chains: array[int]) -> bool:
    """Whether following `chains`, from each place to the one that it names, ever comes back to a
    place.
    """
    seen = array("I", bytes(4 * len(chains)))
    for start in range(len(chains)):
        place = start
        while place < len(chains) and not seen[place]:
            seen[place] = start + 1
            place = chains[place]
        if place < len(chains) and seen[place] == start + 1:
            return True
    return False


def sheet_rows(sheet: CalamineSheet, shown: Iterator[Shown]) -> Iterator[Row]:
    """All rows, numbered as in the sheet. What is merged over several rows or columns stands in each.

    `shown` are the cells that show their values otherwise, in the order of the rows.
    """
    shift = sheet.start[1] if sheet.start else 0
    merged = _Merged(getattr(sheet, "merged_cell_ranges", None) or (), shift)
    ahead = next(shown, None)
    rows = guarded(sheet.iter_rows)
    number = 0
    while (values := guarded(partial(next, rows, None))) is not None:
        number += 1
        cells = [_as_text(value) for value in values]
        while ahead is not None and ahead.row < number:
            column = ahead.column - shift
            if ahead.row == number - 1 and 0 <= column < len(cells):
                if cells[column]:
                    cells[column] = _as_shown(values[column], ahead) or cells[column]
                merged.add(number, column, ahead)
            ahead = next(shown, None)
        yield merged.filled(number, cells)


class _Merged:
    """The cells of a sheet that are merged, while its rows are gone through."""

    def __init__(
        self, ranges: Iterable[tuple[tuple[int, int], tuple[int, int]]], shift: int
    ) -> None:
        self._begin: dict[int, list[tuple[int, int, int]]] = {}  # of a row: (left, right, last row)
        self._open: list[tuple[int, int, int, int, str]] = []  # and the first row, and the text
        for (top, left), (bottom, right) in ranges:
            self._begin.setdefault(top + 1, []).append((left - shift, right - shift, bottom + 1))

    def add(self, row: int, column: int, shown: Shown) -> None:
        """Note a cell that is merged by what is shown of it."""
        if shown.rows > 1 or shown.columns > 1:
            area = (column, column + shown.columns - 1, row + shown.rows - 1)
            self._begin.setdefault(row, []).append(area)

    def filled(self, number: int, cells: list[str]) -> Row:
        """A row with what is merged in all of its columns."""
        begun = self._begin.pop(number, None)
        if begun is None and not self._open:
            return Row(number, number, cells)
        self._open = [area for area in self._open if area[2] >= number]
        for left, right, bottom in begun or ():
            if 0 <= left < len(cells) and len(self._open) < _MOST_MERGED:
                text = cells[left] if len(cells[left]) <= _LONGEST_MERGED else ""
                self._open.append((left, min(right, len(cells) - 1), bottom, number, text))
        across: set[int] = set()
        down: set[int] = set()
        for left, right, _, top, text in self._open:
            for column in range(left, min(right + 1, len(cells))):
                if not text or (cells[column] and (column, number) != (left, top)):
                    continue
                cells[column] = text
                if column > left:
                    across.add(column)
                if number > top:
                    down.add(column)
        return Row(number, number, cells, (), frozenset(across), frozenset(down))


def _as_shown(value: Any, shown: Shown) -> str | None:
    """A value as its cell shows it; None where that is not known."""
    if shown.text or isinstance(value, bool):
        return shown.text or None
    if isinstance(value, int | float):
        return shown_number(value, shown.code) or shown_date(value, shown.code)
    return shown_date(value, shown.code) if isinstance(value, date) else None


def _as_text(value: Any) -> str:
    """A cell as text, as people read it in a sheet."""
    if isinstance(value, str):
        if len(value) > LONGEST_CELL:
            raise Unreadable("a cell of over 1 MB")
        return value.replace("\r\n", "\n").replace("\r", "\n") if "\r" in value else value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    if isinstance(value, time):
        return value.isoformat("seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        seconds = round(value.total_seconds())
        sign, seconds = ("-" if seconds < 0 else ""), abs(seconds)
        return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return str(value)
