"""Tables beside the passages: found again, gone with their document, and looked at by the doctor."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from kb.catalog import Catalog
from kb.catalog.inspection import Inspection
from kb.catalog.rows import Fingerprint, passage_key, to_store
from kb.catalog.schema import MIGRATIONS
from kb.catalog.stored_tables import merged_tables
from kb.sqlite import connect
from kb.tables import StoredTable, TableRow, value_kind
from kb.types import Anchor, Document, Passage

TEXT = "Plan: Seed · Price: 98"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A catalog of one document, whose passage is a row of a table."""
    path = tmp_path / "catalog.sqlite3"
    document = Document("d_fees", "fees.csv", "/fees.csv", "Fees", "doc", "en")
    passage = Passage(
        f"p_{passage_key('d_fees', (), TEXT)}", "d_fees", 0, TEXT, (), "en", Anchor("lines", 2, 2)
    )
    table = StoredTable("d_fees", 0, "Fees", ("Plan", "Price"), ("text", "number"))
    row = TableRow(("Seed", "98"), passage.id, 2, 2)
    stored = to_store(document, [passage], [table], [(0, 0, row)])
    catalog = Catalog(path)
    sketch = np.zeros((1, 8), np.int8)
    catalog.replace(stored, Fingerprint("d_fees", 1, 1, "c", "{}"), sketch, "2026-01-01T00:00:00Z")
    catalog.close()
    return path


def changed(path: Path, statement: str, *values: object) -> None:
    with sqlite3.connect(path) as db:
        db.execute(statement, values)


def test_a_table_is_found_with_its_document_and_by_its_passage(path):
    catalog = Catalog(path)
    (table,) = catalog.tables_of("d_fees")
    (row,) = catalog.rows_of(table)
    assert (table.columns, table.kinds, row.cells, row.start) == (
        ("Plan", "Price"), ("text", "number"), ("Seed", "98"), 2,
    )  # fmt: skip
    assert catalog.tables_of_passage(row.passage, "d_fees") == [table]
    catalog.remove(["d_fees"])
    assert catalog.tables_of("d_fees") == []
    assert Inspection(path).odd() == {}


def test_a_cell_that_somebody_changed_is_damage(path):
    assert Inspection(path).damages() == []
    changed(path, "UPDATE table_rows SET cells = ?", json.dumps(["Seed", "9800"]))
    (damage,) = Inspection(path).damages()
    assert damage.about == "fees.csv: a row of a table is not what was ingested"


@pytest.mark.parametrize("column", ["cells", "passage", "first"])
def test_a_row_that_cannot_be_read_is_left_out_and_told_of(path, column):
    changed(path, f"UPDATE table_rows SET {column} = ?", b"\xff")
    told: list[str] = []
    catalog = Catalog(path, told.append)
    assert catalog.rows_of(catalog.tables_of("d_fees")[0]) == []
    assert "kb doctor --repair" in told[0]
    assert len(Inspection(path).damages()) == 1


def test_a_catalog_from_before_tables_opens_without_any(tmp_path):
    path = tmp_path / "catalog.sqlite3"
    connect(path, MIGRATIONS[:3], synchronous="NORMAL").close()
    assert Catalog(path).tables_of("d_fees") == []


def test_a_table_in_parts_holds_what_all_parts_hold():
    first = StoredTable("d", 0, "", ("a", "b"), ("number", ""))
    second = StoredTable("d", 0, "", ("a", "b"), ("text", "date"))
    (whole,) = merged_tables([first, second])
    assert whole.kinds == ("text", "date")


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("", ""), ("Harbour Hall", "text"), ("1,200.50", "number"), ("-3", "number"), ("7.00%", "percent"),
        ("¥1,500,000.50", "money"), ("98 元", "money"), ("$15", "money"), ("2026-05-01", "date"),
        ("2026年5月", "date"), ("7月15日", "date"), ("14:30", "date"), ("3 hours", "text"), ("Room 5", "text"),
    ],
)  # fmt: skip
def test_what_a_cell_holds(value, kind):
    assert value_kind(value) == kind
