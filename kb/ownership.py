"""Who may write the files of a knowledge base, by owners and permission bits as POSIX has them.

Windows has no such bits: there nothing is refused.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from kb.errors import KbError

_WRITABLE = stat.S_IWGRP | stat.S_IWOTH
_LINKABLE = ("indexes", "kb.toml")
"""What may lie elsewhere: indexes on another disk, settings among somebody's other settings."""


def is_private(path: Path) -> bool:
    """True where `path`, or its link's target, belongs to this user and no other can write it."""
    if not hasattr(os, "geteuid"):
        return True
    status = path.stat()
    return status.st_uid == os.geteuid() and not status.st_mode & _WRITABLE


def check_ownership(home: Path) -> None:
    """Raise KbError unless this user owns the files of the home, and nobody else can write them."""
    if not hasattr(os, "geteuid"):
        return
    try:
        for path in _files(home):
            try:
                _check(path, home)
            except FileNotFoundError:  # another kb has just swept it away
                continue
    except OSError as error:
        message = f"the knowledge base found at {home} can't be read: {error.strerror}"
        raise KbError(message, _chosen(home)) from error


def _files(home: Path) -> Iterator[Path]:
    """The folder, what lies in it, and all that lies in its indexes."""
    yield home
    with os.scandir(home) as entries:
        yield from (home / entry.name for entry in entries)
    for folder, folders, files in os.walk(home / "indexes"):
        yield from (Path(folder) / name for name in (*folders, *files))


def _check(path: Path, home: Path) -> None:
    inside = "" if path == home else f" {path.relative_to(home)} in it"
    found = f"the knowledge base at {home} was found, not chosen, and{inside}"
    is_link = path.is_symlink()
    if is_link and path.parent == home and path.name not in _LINKABLE:
        raise KbError(f"{found} is a link to elsewhere", _chosen(home))
    status = path.stat()
    if {status.st_uid, path.lstat().st_uid} != {os.geteuid()}:
        raise KbError(f"{found} belongs to another user", _chosen(home))
    if status.st_mode & _WRITABLE:
        hint = f"if nobody else did: chmod -R go-w {home}; or {_chosen(home)}"
        raise KbError(f"{found} can be written by other users", hint)


def _chosen(home: Path) -> str:
    return f"to use it all the same, choose it: --home {home}, or KB_HOME"
