"""The tables of a document while its passages are made: their columns, and what each of them holds."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.metadata import sound_value
from kb.tables import (
    Header,
    Record,
    StoredTable,
    TableRow,
    ValueKind,
    value_kind,
)


class TableRecords:
    """Collects the rows of tables, passage by passage."""

    def __init__(self, document: str) -> None:
        self._document = document
        self._numbers: dict[Header, int] = {}
        self._captions: dict[Header, str] = {}
        self._counts: dict[Header, int] = {}
        self._kinds: dict[Header, list[ValueKind]] = {}
        self._rows: list[tuple[int, int, TableRow]] = []

    def add(
        self,
        passage: str,
        headings: tuple[str, ...],
        records: Sequence[tuple[Record, float, float]],
    ) -> None:
        """Add the rows that begin in a passage, which stands under these headings."""
        for record, first, last in records:
            header = record.header
            if header not in self._numbers:
                self._numbers[header] = len(self._numbers)
                self._captions[header] = header.caption or "".join(headings[-1:])
                self._counts[header] = 0
            width = len(header.columns) or len(record.cells)
            kinds = self._kinds.setdefault(header, [""] * width)
            kinds += [""] * (len(record.cells) - len(kinds))
            for column, cell in enumerate(record.cells):
                if cell and (held := kinds[column]) != "text":
                    kind = value_kind(cell, held)
                    kinds[column] = kind if held in ("", kind) else "text"
            row = TableRow(record.cells, passage, first, last)
            self._rows.append((self._numbers[header], self._counts[header], row))
            self._counts[header] += 1

    def taken(self) -> tuple[list[StoredTable], list[tuple[int, int, TableRow]]]:
        """The tables of which rows were added since this was last asked, and these rows."""
        rows, self._rows = self._rows, []
        kinds, self._kinds = self._kinds, {}
        tables = []
        for header, held in kinds.items():
            names = header.columns + ("",) * (len(held) - len(header.columns))
            number, caption = self._numbers[header], sound_value(self._captions[header])
            columns = sound_value(names)
            tables.append(StoredTable(self._document, number, caption, columns, tuple(held)))
        return tables, rows
