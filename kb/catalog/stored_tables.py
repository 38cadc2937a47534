"""The tables of documents, as they are kept beside the passages."""

from __future__ import annotations

from kb.catalog.soundness import read_table, read_table_row
from kb.catalog.table import Table
from kb.tables import StoredTable, TableRow


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
