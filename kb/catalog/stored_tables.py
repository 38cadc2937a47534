"""The tables of documents, as they are kept beside the passages."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from itertools import zip_longest
from typing import Any, cast

from kb.catalog.rows import UNREADABLE, DamagedRow, fault
from kb.catalog.sql_tables import Table
from kb.catalog.stored_values import dump, number, stored_json, typed, whole
from kb.tables import VALUE_KINDS, StoredTable, TableRow, ValueKind, column_kind


class StoredTables(Table):
    """Reads the tables that were found in documents, and their rows."""

    def tables_of(self, document_id: str) -> list[StoredTable]:
        """The tables of a document, in their order."""
        query = "SELECT * FROM tables WHERE document = ? ORDER BY number"
        return self._sound(read_table, self._read(query, (document_id,)))

    def rows_of(self, table: StoredTable) -> list[TableRow]:
        """All rows of a table, in their order."""
        query = "SELECT * FROM table_rows WHERE document = ? AND number = ? ORDER BY ordinal"
        return self._sound(read_table_row, self._read(query, (table.document, table.number)))

    def tables_of_passage(self, passage_id: str, document_id: str) -> list[StoredTable]:
        """The tables of which rows are cited by a passage, in their order."""
        query = (
            "SELECT * FROM tables WHERE document = :d AND number IN"
            " (SELECT number FROM table_rows WHERE document = :d AND passage = :p) ORDER BY number"
        )
        values = {"d": document_id, "p": passage_id}
        return self._sound(read_table, self._read(query, values))


def merged_tables(tables: Iterable[StoredTable]) -> tuple[StoredTable, ...]:
    """The tables of a document that was prepared in parts: of one that goes on, the kinds of values
    in all parts.
    """
    whole: dict[int, StoredTable] = {}
    for table in tables:
        before = whole.get(table.number)
        if before is not None:
            both = zip_longest(before.kinds, table.kinds)
            names = max(before.columns, table.columns, key=len)
            table = replace(
                table,
                columns=names,
                kinds=tuple(column_kind(each or "" for each in kinds) for kinds in both),
            )
        whole[table.number] = table
    return tuple(whole.values())


def table_row(table: StoredTable) -> tuple[Any, ...]:
    """A row of `tables`."""
    names = (dump(table.columns), dump(table.kinds))
    return (table.document, table.number, table.caption, *names)


def read_table(row: sqlite3.Row) -> StoredTable:
    """The table of a row of `tables`. Raises DamagedRow."""
    document = str(row["document"])
    try:
        columns = tuple(typed(name, str) for name in stored_json(row["columns"], list))
        kinds = tuple(
            cast(ValueKind, kind) for kind in stored_json(row["kinds"], list) if kind in VALUE_KINDS
        )
        if len(kinds) != len(columns):
            raise TypeError
        caption = typed(row["caption"], str)
        return StoredTable(document, whole(row["number"]), caption, columns, kinds)
    except UNREADABLE as error:
        raise DamagedRow(
            document, f"table {row['number']} of {document}: {fault(error)}"
        ) from error


def read_table_row(row: sqlite3.Row) -> TableRow:
    """The row of a table, from a row of `table_rows`. Raises DamagedRow."""
    document = str(row["document"])
    try:
        cells = tuple(typed(cell, str) for cell in stored_json(row["cells"], list))
        first, last = number(row["first"]), number(row["last"])
        return TableRow(cells, typed(row["passage"], str), first, last)
    except UNREADABLE as error:
        about = f"a row of table {row['number']} of {document}: {fault(error)}"
        raise DamagedRow(document, about) from error
