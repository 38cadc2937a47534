"""The outbox of changes, and how far each projection has followed it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kb.catalog.rows import ProjectionState, dump
from kb.catalog.soundness import read_state
from kb.catalog.table import Table

if TYPE_CHECKING:
    pass


class Outbox(Table):
    """The part of the catalog that the projections follow. Each write is one transaction."""

    def projection(self, name: str) -> ProjectionState | None:
        """The state of a projection, once it was built; None also where it is damaged."""
        query = "SELECT generation, applied, files, embedder FROM projections WHERE name = ?"
        return next(iter(self._sound(read_state, self._read(query, (name,)))), None)

    def set_projection(self, name: str, state: ProjectionState, *, whole: bool = False) -> None:
        """Let a generation serve, drop the outbox rows that all projections have now, and what need
        not wait any more.

        A dense one that is `whole`, as one built anew is, has every vector that there is of its
        embedder.
        """
        values = (name, state.generation, state.applied, dump(state.files), state.embedder)
        with self._write() as db:
            db.execute("INSERT OR REPLACE INTO projections VALUES (?,?,?,?,?)", values)
            if db.execute("SELECT count(*) FROM projections").fetchone()[0] > 1:
                db.execute("DELETE FROM outbox WHERE seq <= (SELECT min(applied) FROM projections)")
            if state.embedder:
                db.execute("DELETE FROM waiting WHERE filled <= ?", (state.applied,))
            if state.embedder and whole:
                held = "SELECT passage FROM vectors WHERE embedder = ?"
                db.execute(f"DELETE FROM waiting WHERE passage IN ({held})", (state.embedder,))

    def outbox(self, after: int, limit: int) -> list[tuple[int, str, bool]]:
        """Up to `limit` rows (seq, passage id, whether only its vector is new) after `after`."""
        query = "SELECT seq, passage, only_vector FROM outbox WHERE seq > ? ORDER BY seq LIMIT ?"
        return [(row[0], row[1], bool(row[2])) for row in self._read(query, (after, limit))]

    def last_seq(self) -> int:
        """The number of the newest outbox row ever written."""
        rows = self._read("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'")
        return rows[0][0] if rows else 0

    def pending(self) -> int:
        """Outbox rows that some projection lacks."""
        rows = self._read(
            "SELECT count(*) FROM outbox WHERE seq > (SELECT coalesce(min(applied), 0) FROM projections)"
        )
        return int(rows[0][0])

    def serving(self) -> str:
        """The embedder whose vectors the dense index holds; empty before there is one."""
        state = self.projection("dense")
        return state.embedder if state else ""
