"""Projections: indexes built from the catalog, which can be thrown away and built again at any
time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from kb.catalog.rows import Entry
from kb.errors import DiskFull, ProjectionDamaged, is_disk_full

PROJECTIONS = ("lexical", "dense")
Scored = list[tuple[str, float]]  # passage id and score, best first


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


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Turn whatever an engine raises into DiskFull or ProjectionDamaged.

    Chroma and tantivy raise errors of many kinds, and a panic of their compiled code is no
    Exception at all.
    """
    try:
        yield
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:
        if is_disk_full(error):
            raise DiskFull() from error
        raise ProjectionDamaged(f"{name}: {error}") from error
