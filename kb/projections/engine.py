"""What both engines share: the form of their scores, and the errors that theirs become."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kb.errors import DiskFull, ProjectionDamaged, is_disk_full

Scored = list[tuple[str, float]]  # passage id and score, best first


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
