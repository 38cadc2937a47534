"""Watching folders: tells when something in them may have changed, also when they come and go.

Changes are waited for until none comes for a moment, so that a copied folder is one change.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from cli.context import notify
from ingest.ignore import NAME
from kb.errors import KbError

_QUIET_MS = 500  # without a change, before those before it are told of
_LONGEST_MS = 30_000  # that changes which come one after the other are waited for
_LOOK_MS = 1_000  # between two looks at whether the folders are there


def changes(folders: Sequence[Path], home: Path) -> Iterator[list[Path]]:
    """The folders that are there, once at the start and then whenever something in them may have
    changed. Never ends. Raises KbError where the system can't watch them.

    A folder that is missing counts as away, and so does one that is empty when watching it begins:
    it may be where a disk is usually mounted.
    """
    while True:
        states = _states(folders)
        there = [folder for folder in folders if not _is_away(folder)]
        for folder in folders:
            if folder not in there:
                notify(f"{folder} is missing or empty: what it held stays; it is waited for")
        if there:
            yield from _changes_of(there, folders, states, home)
        else:
            time.sleep(_LOOK_MS / 1000)


def _changes_of(
    there: list[Path], folders: Sequence[Path], states: Mapping[Path, object], home: Path
) -> Iterator[list[Path]]:
    """The same for folders that are there, until one of all the folders comes or goes."""
    from watchfiles import Change, watch

    hidden = Hidden(there, home)

    def counts(change: Change, path: str) -> bool:
        return path not in hidden

    first = True
    try:
        for changed in watch(
            *there,
            watch_filter=counts,
            debounce=_LONGEST_MS,
            step=_QUIET_MS,
            rust_timeout=_LOOK_MS,
            yield_on_timeout=True,
            ignore_permission_denied=True,
        ):
            back = any(folder not in there and not _is_away(folder) for folder in folders)
            if back or _states(folders) != states:
                return
            if changed or first:
                yield there
            first = False
    except FileNotFoundError:
        return  # one went before it was watched
    except OSError as error:
        raise KbError(
            f"the folders can't be watched: {error}",
            "a timer needs no watching: kb watch --print cron",
        ) from error


class Hidden:
    """Paths whose changes are none of the folders': those of the knowledge base itself, and hidden
    ones.
    """

    def __init__(self, roots: Sequence[Path], home: Path) -> None:
        self._roots = [root.resolve() for root in roots]
        self._home = home.resolve()

    def __contains__(self, path: object) -> bool:
        changed = Path(str(path))
        if changed.is_relative_to(self._home):
            return True
        for root in self._roots:
            if changed.is_relative_to(root):
                parts = changed.relative_to(root).parts
                return any(part.startswith(".") and part != NAME for part in parts)
        return False


def _is_away(folder: Path) -> bool:
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is None
    except OSError:
        return True


def _states(folders: Sequence[Path]) -> dict[Path, object]:
    """What tells whether a folder is the one that it was: device and number, or that there is none."""
    return {folder: _state(folder) for folder in folders}


def _state(folder: Path) -> object:
    try:
        status = folder.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
