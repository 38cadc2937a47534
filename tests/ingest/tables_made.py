"""Tables and workbooks for the tests of their readers."""

from __future__ import annotations

import io

import openpyxl


def workbook(*sheets, hidden=(), merged=(), about=None) -> bytes:
    """A spreadsheet of (name, rows) pairs; `merged` ranges are those of the first."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        sheet.sheet_state = "hidden" if name in hidden else "visible"
    for cells in merged:
        book.worksheets[0].merge_cells(cells)
    for name, value in (about or {}).items():
        setattr(book.properties, name, value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def labels(reading) -> list[str]:
    return [passage.anchor.label for passage in reading.passages]


def entries(reading) -> list[tuple[str | None, str]]:
    return [(passage.anchor.entry, passage.text) for passage in reading.passages]
