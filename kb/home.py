"""The folder of a knowledge base: where it is, that it is its user's alone, and the lock that keeps
its writers apart.

Owners and permission bits are as POSIX has them. Windows has no such bits: there a folder inherits
the rights of the one that it is in, and nothing is refused.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fnmatch import translate
from pathlib import Path
from typing import IO

from kb.errors import DiskFull, KbError, is_disk_full
from kb.location import locate

Notify = Callable[[str], None]
FOLDER_MODE = 0o700
FILE_MODE = 0o600
_OF_OTHERS = 0o077
_POSIX = os.name == "posix"
_HOME_NAMES = (
    "catalog.sqlite3*",
    "journal.sqlite3*",
    "access.sqlite3*",
    "audit.sqlite3*",
    "audit.head",
    "posts.sqlite3*",
    "forgotten.sqlite3*",
    "glossary-*.sqlite3",
    "home.id",
    ".home.id.*",
    "kb.log*",
    "kb.toml",
    "community.toml",
    "tuned.toml",
    "privacy.key",
    ".privacy.key.*",
    "names.txt",
    "optouts.txt",
    ".tuned.toml.*",
    "write.lock",
    "backup.lock",
    "backup.parts",
    "serve.*",
    "indexes",
    "indexes.owner",
    "trusted",  # in the user's data folder, as is the next
    "forgotten",
)
_STORES = (
    "catalog.sqlite3*",
    "journal.sqlite3*",
)  # who can read these learns what was asked and ingested
_INDEX_NAMES = ("lexical-*", "dense-*")
# Made at once with the module: a fork of the server has them.
_HOME_FILES, _STORE_FILES, _INDEX_FOLDERS = (
    re.compile("|".join(map(translate, names))) for names in (_HOME_NAMES, _STORES, _INDEX_NAMES)
)
_WRITABLE = stat.S_IWGRP | stat.S_IWOTH
_LINKABLE = ("indexes", "kb.toml")
"""What may lie elsewhere: indexes on another disk, settings among somebody's other settings."""


def silent(message: str) -> None:
    """A `Notify` that drops its notices."""


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of one knowledge base and the names inside it.

    `is_found`: it is a `.kb` above the working directory that nobody has chosen, so it is not
    trusted.
    """

    path: Path
    is_found: bool = False

    @property
    def catalog(self) -> Path:
        """The SQLite file that holds the truth."""
        return self.path / "catalog.sqlite3"

    @property
    def journal(self) -> Path:
        """The SQLite file that holds what can't be rebuilt."""
        return self.path / "journal.sqlite3"

    @property
    def indexes(self) -> Path:
        """The folder of the projections: everything below can be rebuilt."""
        return self.path / "indexes"

    def exists(self) -> bool:
        """True once something was ingested here."""
        try:
            return self.catalog.stat().st_size > 0
        except OSError:
            return False

    def create(self) -> None:
        """Make the folder, for the user alone. Raises KbError where that can't be done."""
        try:
            create_folder(self.path)
        except OSError as error:
            raise KbError(
                f"can't create the knowledge base at {self.path}: {error.strerror}",
                "choose another --home",
            ) from error

    @contextmanager
    def writing(self, notify: Notify = silent) -> Iterator[None]:
        """Hold the one-writer lock, waiting for it as long as it takes and saying so once."""
        from filelock import FileLock, Timeout

        lock = FileLock(self.path / "write.lock", mode=FILE_MODE)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            notify("another kb is writing to this knowledge base; waiting for it to finish")
            lock.acquire()
        except OSError as error:
            raise (
                DiskFull()
                if is_disk_full(error)
                else KbError(
                    f"can't write to {self.path}: {error.strerror}",
                    "check its permissions, or choose another --home",
                )
            ) from error
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def writing_if_free(self) -> Iterator[bool]:
        """Take the one-writer lock if it is free; yields whether it was. Never waits."""
        from filelock import FileLock, Timeout

        lock = FileLock(self.path / "write.lock", mode=FILE_MODE)
        try:
            lock.acquire(timeout=0)
        except (Timeout, OSError):
            yield False
            return
        try:
            yield True
        finally:
            lock.release()


def cache_folder() -> Path:
    """Where the user's programs keep what can be made again, for all knowledge bases."""
    from platformdirs import user_cache_path

    return user_cache_path("kb", appauthor=False)


def find_home(option: str | None = None, start: Path | None = None) -> Home:
    """The home: `option` (`--home`) or KB_HOME, else the nearest `.kb/` upwards, else the user's
    data directory.

    Raises KbError for a `.kb/` that somebody else owns or can write.
    """
    path, is_found = locate(option, str(start.absolute()) if start else None)
    if is_found:
        check_ownership(Path(path))
        return Home(Path(path), is_found=True)
    return Home(Path(path).expanduser().absolute())


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

    Gives whether other users could read questions or sources before. Links, and what belongs to
    another user or can't be changed, stay as they are.
    """
    if not _POSIX or not home.is_dir():
        return False
    reachable = _is_open(home)
    names = os.listdir(home)
    own = [home / name for name in names if _HOME_FILES.match(name)]
    loose = [path for path in own if _is_open(path)]
    if reachable or home / "indexes" in loose:
        loose += [path for path in _index_files(home / "indexes") if _is_open(path)]
    if reachable and (home.name == ".kb" or len(own) == len(names)):
        loose.append(home)
    tightened = [path.name for path in loose if _take_rights(path)]
    return reachable and bool(tightened) and any(_STORE_FILES.match(path.name) for path in own)


def _index_files(indexes: Path) -> Iterator[Path]:
    """The folders of the indexes that kb made, with all that is in them."""
    if not indexes.is_dir():
        return
    for folder in indexes.iterdir():
        if _INDEX_FOLDERS.match(folder.name) and folder.is_dir() and not folder.is_symlink():
            yield folder
            yield from folder.rglob("*")


def _is_open(path: Path) -> bool:
    """Whether others have rights to a file or folder of this user's."""
    try:
        status = path.lstat()
    except OSError:
        return False
    is_own = status.st_uid == os.geteuid() and not stat.S_ISLNK(status.st_mode)
    return is_own and bool(status.st_mode & _OF_OTHERS)


def _take_rights(path: Path) -> bool:
    try:
        path.chmod(stat.S_IMODE(path.stat().st_mode) & ~_OF_OTHERS)
    except OSError:
        return False
    return True


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
        for path in _own_files(home):
            try:
                _check(path, home)
            except FileNotFoundError:  # another kb has just swept it away
                continue
    except OSError as error:
        message = f"the knowledge base found at {home} can't be read: {error.strerror}"
        raise KbError(message, _chosen(home)) from error


def _own_files(home: Path) -> Iterator[Path]:
    """The folder, what lies in it, and all that lies in its indexes."""
    yield home
    with os.scandir(home) as entries:
        yield from (home / entry.name for entry in entries)
    for folder, folders, files in os.walk(home / "indexes"):
        yield from (Path(folder) / name for name in (*folders, *files))


def _check(path: Path, home: Path) -> None:
    inside = "" if path == home else f" {path.relative_to(home)} in it"
    subject = f"the knowledge base at {home} was found, not chosen, and{inside}"
    is_link = path.is_symlink()
    if is_link and path.parent == home and path.name not in _LINKABLE:
        raise KbError(f"{subject} is a link to elsewhere", _chosen(home))
    status = path.stat()
    if {status.st_uid, path.lstat().st_uid} != {os.geteuid()}:
        raise KbError(f"{subject} belongs to another user", _chosen(home))
    if status.st_mode & _WRITABLE:
        hint = f"if nobody else did: chmod -R go-w {home}; or {_chosen(home)}"
        raise KbError(f"{subject} can be written by other users", hint)


def _chosen(home: Path) -> str:
    return f"to use it all the same, choose it: --home {home}, or KB_HOME"
