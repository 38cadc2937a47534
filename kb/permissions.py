"""Who may read what kb writes: its user alone, whatever the umask.

Windows has no such modes; there a folder inherits the rights of the one that it is in.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from fnmatch import fnmatch
from pathlib import Path
from typing import IO

FOLDER_MODE = 0o700
FILE_MODE = 0o600
_OF_OTHERS = 0o077
_POSIX = os.name == "posix"
_HOME_NAMES = (
    "catalog.sqlite3*",
    "journal.sqlite3*",
    "glossary-*.sqlite3",
    "kb.toml",
    "tuned.toml",
    ".tuned.toml.*",
    "write.lock",
    "indexes",
    "indexes.owner",
    "trusted",  # in the user's data folder
)
_TELLING = ("catalog.sqlite3*", "journal.sqlite3*")  # who reads these learns something
_INDEX_NAMES = ("lexical-*", "dense-*")


def create_folder(path: Path) -> None:
    """Make a folder for the user alone, with those above it that are missing. Raises OSError.

    A folder that is there already keeps its mode.
    """
    missing = [folder for folder in path.parents if not folder.exists()]
    for folder in (*reversed(missing), path):
        folder.mkdir(mode=FOLDER_MODE, exist_ok=True)


def create_file(path: Path) -> IO[str]:
    """A new text file for the user alone, open for writing. Raises OSError, also where the name is
    taken.

    So nobody who may write to the folder can have the text written elsewhere by a link of that
    name.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    return open(descriptor, "w", encoding="utf-8", newline="\n")


def ensure_file(path: Path) -> None:
    """Make an empty file for the user alone, unless there is one. What fails is left to who opens
    it.
    """
    with suppress(OSError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE))


def tighten(home: Path) -> bool:
    """Take the rights of others from the files of a home, and from its folder unless other things
    are kept there.

    Gives whether others could get at anything that was said before. Links, and what belongs
    to another user or can't be changed, stay as they are.
    """
    if not _POSIX or not home.is_dir():
        return False
    reachable = _is_open(home)
    names = os.listdir(home)
    ours = [home / name for name in names if _matches(name, _HOME_NAMES)]
    loose = [path for path in ours if _is_open(path)]
    if reachable or home / "indexes" in loose:
        loose += [path for path in _index_files(home / "indexes") if _is_open(path)]
    if reachable and (home.name == ".kb" or len(ours) == len(names)):
        loose.append(home)
    tightened = [path.name for path in loose if _take_rights(path)]
    return reachable and bool(tightened) and any(_matches(path.name, _TELLING) for path in ours)


def _index_files(indexes: Path) -> Iterator[Path]:
    """The folders of the indexes that kb made, with all that is in them."""
    if not indexes.is_dir():
        return
    for folder in indexes.iterdir():
        if _matches(folder.name, _INDEX_NAMES) and folder.is_dir() and not folder.is_symlink():
            yield folder
            yield from folder.rglob("*")


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch(name, pattern) for pattern in patterns)


def _is_open(path: Path) -> bool:
    """Whether others have rights to a file or folder of this user's."""
    try:
        found = path.lstat()
    except OSError:
        return False
    mine = found.st_uid == os.geteuid() and not stat.S_ISLNK(found.st_mode)
    return mine and bool(found.st_mode & _OF_OTHERS)


def _take_rights(path: Path) -> bool:
    try:
        path.chmod(stat.S_IMODE(path.stat().st_mode) & ~_OF_OTHERS)
    except OSError:
        return False
    return True
