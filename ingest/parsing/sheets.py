"""The sheets of a file, text or spreadsheet, and what a spreadsheet says about itself."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Iterator
from functools import partial
from itertools import islice
from weakref import WeakKeyDictionary

from ingest.parsed import File
from ingest.parsing.delimited import records
from ingest.parsing.rows import Row, Sheet
from ingest.parsing.sheet_formats import shown_cells
from ingest.parsing.spreadsheet import guarded, sheet_rows, workbook

_TEXT = (".csv", ".tsv")
_OPENING = 100  # rows
# Several readers ask, one after the other, and a workbook takes its time to be opened.
_openings: WeakKeyDictionary[File, tuple[str | None, tuple[Row, ...]]] = WeakKeyDictionary()
_LARGEST_PROPERTIES = 100_000
_PROPERTY = re.compile(r"<(?:\w+:)?(title|creator|modified|date)(?:\s[^<>]*)?>([^<]{1,2000})<")
_PROGRAMS = frozenset(("openpyxl", "apache poi", "xlsxwriter"))


def sheets(file: File) -> Iterator[Sheet]:
    """The sheets of a file that are not hidden; the one of a text file. Raises Unreadable, also
    while rows are read.
    """
    if file.ending in _TEXT:
        yield Sheet(None, (row for row in records(file) if row.filled()))
        return
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    book = guarded(partial(workbook, file.data))
    for about in book.sheets_metadata:
        if about.visible == SheetVisibleEnum.Visible and about.typ == SheetTypeEnum.WorkSheet:
            sheet = guarded(partial(book.get_sheet_by_name, about.name))
            rows = sheet_rows(sheet, shown_cells(file.data, about.name))
            yield Sheet(about.name, (row for row in rows if row.filled()))


def opening(file: File) -> Sheet:
    """The first rows of the first sheet, enough to tell what a table holds; without rows where there
    is no sheet. Raises Unreadable.
    """
    if file not in _openings:
        first = next(sheets(file), Sheet(None, iter(())))
        _openings[file] = first.name, tuple(islice(first.rows, _OPENING))
    name, rows = _openings[file]
    return Sheet(name, iter(rows))


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
