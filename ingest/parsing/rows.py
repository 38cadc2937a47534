"""Rows: the records of CSV and TSV and the rows of spreadsheets, behind one interface, and the
tables they make.
"""

from __future__ import annotations

import csv
import html
import io
import re
import zipfile
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, TypeVar

from ingest.parsed import File, Unreadable
from kb.types import Anchor, AnchorType

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

_TEXT = (".csv", ".tsv")
_LONGEST_CELL = 1_000_000
_LARGEST_UNPACKED = 300_000_000
_LARGEST_PROPERTIES = 100_000
_SAMPLE = 64_000
_NO_DELIMITER = "\x1f"
_OPENING, _HEADER_WITHIN = 50, 10
_MOST_TITLES, _LONGEST_TITLE = 3, 100
_SEPARATOR = re.compile(r'\A"?sep=(.)"?[ \t]*\n', re.I)  # Excel's own way to name the delimiter
_YEAR = re.compile(r"(?:19|20)\d\d")
_NUMBER = re.compile(r"[-+(]?[^\w\s]?\d[\d.,\s']*(?:[eE][-+]?\d+)?[%)]?")
_PROPERTY = re.compile(r"<(?:\w+:)?(title|creator|modified|date)(?:\s[^<>]*)?>([^<]{1,2000})<")
_UNSPACED = "\u2e80"  # from here on scripts do without spaces
_PROGRAMS = frozenset(("openpyxl", "apache poi", "xlsxwriter"))
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LOCKED_XLS = re.compile(
    rb"\x09\x08\x10\0\0\x06\x05\0.{12}\x2f\0", re.S
)  # a workbook begins; its key follows
_MANIFEST = "META-INF/manifest.xml"
_NO_SECTOR = 0xFFFFFFFA

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Row:
    """A row that is not empty: its cells as text, and its lines in the file, or its number in the
    sheet twice.
    """

    first: int
    last: int
    cells: Sequence[str]

    def filled(self) -> list[int]:
        """The columns with something in them."""
        return [column for column, cell in enumerate(self.cells) if cell and not cell.isspace()]

    def joined(self) -> str:
        """All of its words on one line."""
        return " ".join(one_line(self.cells[column]) for column in self.filled())


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of a sheet of that name, or of a text file, which has none. The rows can be gone
    through once.
    """

    name: str | None
    rows: Iterator[Row]

    def anchor(self, row: Row, of: AnchorType = "lines") -> Anchor:
        """Where a row stands."""
        if self.name is None:
            return Anchor(of, row.first, row.last)
        return Anchor(of, row.first, row.last, unit="row", part=self.name)


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet as a table: short lines above it, longer ones, the names of its columns (none:
    empty), and its rows.
    """

    sheet: Sheet
    titles: tuple[str, ...]
    notes: tuple[Row, ...]
    header: Sequence[str]
    rows: Iterator[Row]


def sheets(file: File) -> Iterator[Sheet]:
    """The sheets of a file that are not hidden; the one of a text file. Raises Unreadable, also
    while rows are read.
    """
    if file.ending in _TEXT:
        yield Sheet(None, (row for row in _records(file) if row.filled()))
        return
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    book = _guarded(partial(_workbook, file.data))
    for about in book.sheets_metadata:
        if about.visible == SheetVisibleEnum.Visible and about.typ == SheetTypeEnum.WorkSheet:
            sheet = _guarded(partial(book.get_sheet_by_name, about.name))
            yield Sheet(about.name, (row for row in _sheet_rows(sheet) if row.filled()))


def table(sheet: Sheet, is_header: Callable[[Sequence[str]], bool] = lambda cells: False) -> Table:
    """The table in a sheet. Its header is the row that `is_header` knows, else the first with two
    cells filled.

    What stands above the header are its titles. One column alone has no header: its first cell is a
    title. A row of nothing but numbers names no columns.
    """
    opening = list(islice(sheet.rows, _OPENING))
    rows = chain(opening, sheet.rows)
    columns = [row.filled() for row in opening]
    several = [number for number, filled in enumerate(columns) if len(filled) > 1]
    known = (number for number in several[:_HEADER_WITHIN] if is_header(opening[number].cells))
    first = next(known, several[0] if several else None)
    if first is None:
        alone = len({filled[0] for filled in columns}) == 1 and not _NUMBER.fullmatch(
            opening[0].joined()
        )
        return Table(
            sheet, *_above(opening[:1] if alone else []), (), islice(rows, int(alone), None)
        )
    header = opening[first].cells
    if not _names(opening, columns, first):
        return Table(sheet, *_above(opening[:first]), (), islice(rows, first, None))
    body = (row for row in islice(rows, first + 1, None) if row.cells != header)
    return Table(sheet, *_above(opening[:first]), [cell.strip() for cell in header], body)


def _names(opening: Sequence[Row], columns: Sequence[Sequence[int]], first: int) -> bool:
    """Whether the row names columns: it is not all numbers, or they stand beside an empty corner,
    as years do.

    Nor does a row like the others: with numbers other than years wherever the rest have numbers.
    """
    corner = any(filled[0] < columns[first][0] for filled in columns[first + 1 :])
    named = {column: _is_number(opening[first], column) for column in columns[first]}
    if corner or not any(named.values()):
        return True
    below = opening[first + 1 :]
    of_numbers = [
        column for column in named if below and all(_is_number(row, column) for row in below)
    ]
    alike = bool(of_numbers) and all(named[column] for column in of_numbers)
    years = all(
        _YEAR.fullmatch(opening[first].cells[column].strip())
        for column, is_one in named.items()
        if is_one
    )
    return not all(named.values()) and (years or not alike)


def _is_number(row: Row, column: int) -> bool:
    return column < len(row.cells) and _NUMBER.fullmatch(row.cells[column].strip()) is not None


def one_line(cell: str) -> str:
    """A cell on one line; a line break beside a character of a script without spaces leaves none."""
    text = ""
    for line in cell.split("\n"):
        piece = " ".join(line.split())
        apart = text and piece and text[-1] < _UNSPACED and piece[0] < _UNSPACED
        text += f" {piece}" if apart else piece
    return text


def properties(file: File) -> dict[str, str]:
    """What a spreadsheet says about itself: title, author, date."""
    if file.data[:2] != b"PK":
        return {}
    found: dict[str, str] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(file.data)) as packed:
            name = next(
                name for name in ("docProps/core.xml", "meta.xml") if name in packed.namelist()
            )
            with packed.open(name) as stream:
                text = stream.read(_LARGEST_PROPERTIES).decode("utf-8", "replace")
    except Exception:  # properties that can't be read are no reason to refuse the sheets
        return {}
    for match in _PROPERTY.finditer(text):
        key = {"creator": "author", "modified": "date"}.get(match[1], match[1])
        value = " ".join(html.unescape(match[2]).split())
        if value and value.lower() not in _PROGRAMS:
            found.setdefault(key, value[:10] if key == "date" else value)
    return found


def _above(rows: Sequence[Row]) -> tuple[tuple[str, ...], tuple[Row, ...]]:
    """What stands above a table: as titles where it reads like such, else as rows of their own."""
    titles = tuple(row.joined() for row in rows)
    if len(titles) <= _MOST_TITLES and all(len(title) <= _LONGEST_TITLE for title in titles):
        return titles, ()
    return (), tuple(rows)


# --- text -----------------------------------------------------------------------------------------


def _records(file: File) -> Iterator[Row]:
    text = file.text
    separator = _SEPARATOR.match(text)
    if separator:
        yield from _quoted(_Feed(text, separator.end(), 1), separator[1])
        return
    delimiter = "\t" if file.ending == ".tsv" else _delimiter(text)
    if delimiter == "\t" and _one_a_line(text):
        yield from _unquoted(text)
    else:
        yield from _quoted(_Feed(text), delimiter)


def _delimiter(text: str) -> str:
    """The mark that most evenly parts the first lines; of several, the one least used in prose."""
    sample = text[:_SAMPLE]
    if len(sample) < len(text):
        sample = sample[: sample.rfind("\n") + 1] or sample
    parted = {mark: list(islice(_widths(sample, mark), 100)) for mark in "\t;|,"}
    opening = next(
        (widths for widths in zip(*parted.values(), strict=False) if max(widths) > 1), ()
    )
    best, share = _NO_DELIMITER, 0.0
    for (mark, widths), in_opening in zip(parted.items(), opening, strict=False):
        usual = max(set(widths), key=widths.count)
        even = widths.count(usual) / len(widths) if usual > 1 else 0.01 * (widths[0] > 1)
        if in_opening == 1:
            even /= 4
        if even > share:
            best, share = mark, even
    return best


def _widths(sample: str, delimiter: str) -> Iterator[int]:
    csv.field_size_limit(_LONGEST_CELL)
    return (
        len(row) for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter) if row
    )


class _Feed:
    """The lines of a text, with their line feeds, for the csv module; `go` takes it back."""

    def __init__(self, text: str, position: int = 0, number: int = 0) -> None:
        self.text = text
        self.position = position
        self.number = number

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        start = self.position
        if start >= len(self.text):
            raise StopIteration
        end = self.text.find("\n", start) + 1
        self.position = end or len(self.text)
        self.number += 1
        return self.text[start : self.position]

    def go(self, position: int, number: int) -> None:
        self.position, self.number = position, number


def _quoted(feed: _Feed, delimiter: str) -> Iterator[Row]:
    """The records. Where quotes are broken, the line at which that record begins is read as a
    record of its own.
    """
    csv.field_size_limit(_LONGEST_CELL)
    strict = csv.reader(feed, delimiter=delimiter, skipinitialspace=True, strict=True)
    patience = feed.text.count("\n") + 1  # lines that may be read in vain: keeps the time linear
    while True:
        position, before = feed.position, feed.number
        try:
            if patience < 0:
                raise csv.Error
            cells = next(strict)
        except StopIteration:
            return
        except csv.Error:
            patience -= feed.number - before
            feed.go(position, before)
            line = next(feed, None)
            if line is None:
                return
            try:
                cells = next(
                    csv.reader([line.rstrip("\n")], delimiter=delimiter, skipinitialspace=True)
                )
            except csv.Error as error:
                raise Unreadable(f"a cell of over 1 MB in line {before + 1}") from error
        yield Row(before + 1, feed.number, cells)


def _one_a_line(text: str) -> bool:
    """Whether every line has as many tabs as the first, so that no cell holds a line break."""
    lines = (line for line in _Feed(text) if not line.isspace())
    tabs = next(lines, "").count("\t")
    return tabs > 0 and all(line.count("\t") == tabs for line in lines)


def _unquoted(text: str) -> Iterator[Row]:
    """The records of a text with one on each line, where a quote at the start of a cell may be just
    that.
    """
    feed = _Feed(text)
    for line in feed:
        cells = [_without_quotes(cell) for cell in line.rstrip("\n").split("\t")]
        if max(map(len, cells)) > _LONGEST_CELL:
            raise Unreadable(f"a cell of over 1 MB in line {feed.number}")
        yield Row(feed.number, feed.number, cells)


def _without_quotes(cell: str) -> str:
    if cell[:1] != '"' or cell[-1:] != '"' or len(cell) < 2 or '"' in cell[1:-1].replace('""', ""):
        return cell
    return cell[1:-1].replace('""', '"')


# --- spreadsheets ---------------------------------------------------------------------------------


def _guarded(work: Callable[[], _T]) -> _T:
    try:
        return work()
    except (KeyboardInterrupt, SystemExit, MemoryError, Unreadable):
        raise
    except BaseException as error:  # a panic of the compiled library is no Exception
        locked = type(error).__name__ == "PasswordError"
        raise Unreadable(
            "password-protected spreadsheet" if locked else "a damaged spreadsheet"
        ) from error


def _workbook(data: bytes) -> CalamineWorkbook:
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


def _sheet_rows(sheet: CalamineSheet) -> Iterator[Row]:
    """All rows, numbered as in the sheet. What is merged over several rows below the header counts
    in each.
    """
    shift = sheet.start[1] if sheet.start else 0
    merged: dict[tuple[int, int], int] = {}
    for (top, left), (bottom, _) in getattr(sheet, "merged_cell_ranges", None) or ():
        if bottom > top:
            merged[top + 1, left - shift] = bottom + 1
    spread: dict[int, tuple[int, str]] = {}
    below_header = False
    rows = _guarded(sheet.iter_rows)
    number = 0
    while (values := _guarded(partial(next, rows, None))) is not None:
        number += 1
        cells = [_as_text(value) for value in values]
        row = Row(number, number, cells)
        filled = row.filled()
        if filled and spread:
            for column, (last, text) in spread.items():
                if number <= last and not cells[column]:
                    cells[column] = text
        if below_header and merged:
            for column in filled:
                if (number, column) in merged:
                    spread[column] = (merged[number, column], cells[column])
        below_header = below_header or len(filled) > 1
        yield row


def _as_text(value: Any) -> str:
    """A cell as text, as people read it in a sheet."""
    if isinstance(value, str):
        if len(value) > _LONGEST_CELL:
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
