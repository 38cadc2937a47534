"""Projections: indexes built from the catalog, which can be thrown away and built again at any
time.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from kb.catalog.rows import Entry
from kb.projections.engine import Scored as Scored
from kb.projections.engine import translated as translated


class Projection(Protocol):
    """One index in a folder of its own. Any method may raise ProjectionDamaged: the caller then
    builds it anew.
    """

    name: str

    def apply(self, puts: Sequence[Entry], deletes: Sequence[str]) -> None:
        """Upsert and delete, durably: when this returns, a killed process loses none of it.
        Idempotent.
        """

    def ids(self) -> set[str]:
        """The ids of all passages that it holds."""

    def count(self) -> int:
        """How many passages it holds."""

    def close(self) -> None:
        """Finish what was written, and let go of all files. The projection can't be used after."""


def open_projection(name: str, folder: Path) -> Projection:
    """The projection called `name`, opened or created in `folder`."""
    if name == "dense":
        from kb.projections.dense import Dense

        return Dense(folder)
    from kb.projections.lexical import Lexical

    return Lexical(folder)


PROJECTIONS = ("lexical", "dense")
