"""Which passages correct or decide what others say, as it is kept beside the passages."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from typing import cast

from kb.catalog.rows import UNREADABLE, DamagedRow, fault
from kb.catalog.sql_tables import Table
from kb.catalog.stored_values import stored_json, typed
from kb.relative_dates import said_on
from kb.revisions import REVISION_KINDS, Revision, RevisionKind

_QUERY = (
    "SELECT r.*, p.meta, d.meta AS whole FROM revisions r JOIN passages p ON p.id = r.later"
    " JOIN documents d ON d.id = r.document WHERE"
)


class StoredRevisions(Table):
    """Reads which passages revise others: see `kb.revisions`."""

    def revisions_of(self, passages: Collection[str]) -> list[Revision]:
        """What later passages say to have become of what these ones say, the last first."""
        return self._revisions("r.earlier", passages)

    def revised_by(self, passages: Collection[str]) -> list[Revision]:
        """What these passages say to have become of what earlier ones say, the last first."""
        return self._revisions("r.later", passages)

    def _revisions(self, column: str, passages: Collection[str]) -> list[Revision]:
        rows = list(self._select(f"{_QUERY} {column} IN", passages))
        return sorted(self._sound(read_revision, rows), key=lambda link: link.at, reverse=True)


def read_revision(row: sqlite3.Row) -> Revision:
    """The link of a row of `revisions`, joined with its metadata. Raises DamagedRow."""
    document = str(row["document"])
    try:
        kind = row["kind"]
        if kind not in REVISION_KINDS:
            raise ValueError("its kind is none")
        own, whole = stored_json(row["meta"], dict), stored_json(row["whole"], dict)
        at = str(own.get("time") or "") or said_on(whole, own)
        earlier, later = typed(row["earlier"], str), typed(row["later"], str)
        return Revision(cast(RevisionKind, kind), earlier, later, at)
    except UNREADABLE as error:
        raise DamagedRow(document, f"a revision in {document}: {fault(error)}") from error
