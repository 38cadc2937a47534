"""The errors that users are meant to see: one line, a hint, an exit code."""

from __future__ import annotations

import errno
import sqlite3

OK = 0
FAILED = 1
USAGE = 2
ABSTAINED = 3
UNSUPPORTED = 4
HELD = 5
INTERRUPTED = 130


class KbError(Exception):
    """A known failure. `hint` says what to do next; `code` is the exit status."""

    code = FAILED

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(KbError):
    """The call itself is wrong: a flag, an argument, an unusable question."""

    code = USAGE


class BrokenOff(KbError):
    """The writer stopped in mid-draft. What it wrote before is kept."""


class EmbedderFailed(KbError):
    """The embedder gave no usable vectors. Searching goes on without it."""


class RerankerFailed(KbError):
    """The reranker gave no usable scores. Searching goes on without it."""


class EntailmentFailed(KbError):
    """The model that judges sentences gave no usable judgement. Rules judge instead."""


class DiskFull(KbError):
    """No room left to write. What was committed before stays."""

    def __init__(self) -> None:
        super().__init__(
            "no space left to write the knowledge base; what was stored before is intact",
            "free some space, then run the same command again: it goes on where it stopped",
        )


class Covered(KbError):
    """What is to be stored may have marks in the place of personal data."""

    def __init__(self) -> None:
        super().__init__(
            "personal data are covered here, and their marks must not be stored",
            "use an audience that [privacy] unmasked names, or a command without --audience",
        )


class ProjectionDamaged(Exception):
    """An index folder can't be used. Never shown: the index is rebuilt from the catalog."""


def in_one_line(error: BaseException) -> str:
    """The message of an exception of third-party code, with its type, in one short line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"


_FULL_WORDS = (
    "no space left",
    "disk is full",
    "disk full",
    "file too large",
    "os error 28",
    "os error 27",
    "code: 778",
)


def is_disk_full(error: BaseException) -> bool:
    """True when `error`, from Python, SQLite or a compiled engine, means that writing ran out of
    room.
    """
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT):
        return True
    if isinstance(error, sqlite3.OperationalError) and _means_full(
        getattr(error, "sqlite_errorcode", 0)
    ):
        return True
    text = str(error).lower()
    return any(words in text for words in _FULL_WORDS)


def _means_full(code: int) -> bool:
    """True for SQLite's "disk full", and for failed writes, by which it reports a quota or a limit
    on file sizes.
    """
    failed_reads = (sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ)
    kind = code & 0xFF
    return kind == sqlite3.SQLITE_FULL or (
        kind == sqlite3.SQLITE_IOERR and code not in failed_reads
    )


def shell_word(name: str) -> str:
    """A name as a hint's command line takes it: in quotes where a shell would not take it as one
    word.
    """
    from shlex import quote

    # quote() distrusts all that is not ASCII, which every shell takes as it is.
    distrusted = "".join(char for char in name if char.isascii() or char.isspace())
    return name if distrusted in ("", quote(distrusted)) else quote(name)
