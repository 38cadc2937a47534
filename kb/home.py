"""Where a knowledge base lives, and the lock that keeps its writers apart."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kb.errors import DiskFull, KbError, is_disk_full
from kb.permissions import FILE_MODE, create_folder

Notify = Callable[[str], None]


def silent(message: str) -> None:
    """A `Notify` that says nothing."""


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of one knowledge base and the names inside it.

    `is_found`: it was met in a folder upwards and nobody has chosen it, so it is not trusted.
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
    named = option or os.environ.get("KB_HOME")
    if named:
        return Home(Path(named).expanduser().absolute())
    here = (start or Path.cwd()).absolute()
    for folder in (here, *here.parents):
        if os.path.isdir(folder / ".kb"):  # Path.is_dir raises where we may not look
            from kb.ownership import check_ownership

            check_ownership(folder / ".kb")
            return Home(folder / ".kb", is_found=True)
    from platformdirs import user_data_path

    return Home(user_data_path("kb", appauthor=False))
