"""FAQ tables: CSV, TSV or a spreadsheet with a question and an answer column; further ones are
metadata of an entry.
"""

from __future__ import annotations

from collections.abc import Sequence

from ingest.parsed import Composer, File, Parsed, Unreadable
from ingest.parsing.entries import add_entry, fields
from ingest.parsing.rows import Sheet, Table, table
from ingest.parsing.sheets import opening, properties, sheets
from ingest.readers.table import add_notes, add_table


def fits(file: File) -> bool:
    """True when the first sheet has a question and an answer column."""
    return fields(_table(opening(file)).header) is not None


def read(file: File) -> Parsed:
    """Read a FAQ table. The text is each entry's question and answer, in row order; sheets without
    are tables.

    Raises Unreadable without entries.
    """
    composer = Composer()
    group = entries = 0
    headers: list[Sequence[str]] = []
    for sheet in sheets(file):
        found = _table(sheet)
        if fields(found.header):
            add_notes(composer, found, group)
            added = _add_entries(composer, found, group + 1)
            entries += added
            group += added + 1
        else:
            headers.append(found.header)
            add_table(composer, found, group)
            group += 1
    if not entries:
        names = [name for header in headers for name in header if name][:6]
        missing = f"a table without a question and an answer column (it has: {', '.join(names) or 'none'})"
        raise Unreadable(missing if headers else "a FAQ table without entries")
    meta = properties(file)
    return composer.parsed("faq", meta.pop("title", ""), meta=meta)


def _table(sheet: Sheet) -> Table:
    return table(sheet, lambda cells: fields(cells) is not None)


def _add_entries(composer: Composer, found: Table, group: int) -> int:
    """Add the entries in a sheet, each in a group of its own; gives how many there were."""
    columns = fields(found.header)
    assert columns is not None
    count = 0
    for number, row in enumerate(found.rows, start=1):
        anchor = found.sheet.anchor(row, "faq")
        for entry in columns.entries(row.cells, anchor, number, found.titles):
            add_entry(composer, entry, group + count)
            count += 1
    return count
