"""What a command did to a home, as a line of its log: for who looks after the program.

The line holds the command's name, version, times, counts and exit code, and of an error its kind
and where in the program it arose: never what was asked, read or answered, nor a name or path of
the user's. Imports little: every command has it.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from kb import __version__
from kb.stages import StageTimes, measure

if TYPE_CHECKING:
    from types import TracebackType

LOG_FILE = "kb.log"
_LARGEST = 1_000_000  # bytes, before the log goes on in a new file
_FORMER = 3  # files of before that are kept
_ROOT = Path(__file__).parent.parent
_PACKAGES = ("kb", "ingest", "retrieval", "cli")


class CommandLog:
    """One command, from its beginning on. `counts` may be added to."""

    def __init__(self) -> None:
        self._began = perf_counter()
        self._home: Path | None = None
        self._command = ""
        self.stages: StageTimes = measure()
        self.counts: dict[str, int] = {}

    def works_on(self, home: Path, command: str) -> None:
        """Keep which home the command works on, and the command's name without any argument."""
        self._home, self._command = home, command.removeprefix("kb ")

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return perf_counter() - self._began

    def end(self, code: int, error: BaseException | None = None) -> None:
        """Write the line, if the command worked on a home that is there and can be written."""
        if self._home is None or not (self._home / "catalog.sqlite3").exists():
            return
        with suppress(OSError):
            _append(self._home / LOG_FILE, self._line(code, error))

    def _line(self, code: int, error: BaseException | None) -> bytes:
        import json
        from datetime import UTC, datetime

        line: dict[str, Any] = {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "version": __version__,
            "command": self._command,
            "seconds": round(self.seconds, 3),
            "stages": {name: round(took, 4) for name, took in self.stages.seconds.items()},
            "code": code,
        }
        if self.counts:
            line["counts"] = self.counts
        if error is not None:
            line |= {"error": type(error).__name__, "place": _place(error.__traceback__)}
        return json.dumps(line).encode() + b"\n"


current = CommandLog()


def begin() -> CommandLog:
    """The log line of the command that begins now."""
    global current
    current = CommandLog()
    return current


def last_lines(home: Path, most: int) -> list[str]:
    """The newest lines of a home's log, oldest first; none where it can't be read."""
    with suppress(OSError):
        return (home / LOG_FILE).read_text("ascii", "replace").splitlines()[-most:]
    return []


def _place(traceback: TracebackType | None) -> str:
    """Where in the program an error arose: the innermost of its own lines."""
    place = ""
    while traceback is not None:
        file = Path(traceback.tb_frame.f_code.co_filename)
        with suppress(ValueError):
            inner = file.relative_to(_ROOT)
            if inner.parts[0] in _PACKAGES:
                place = f"{inner.as_posix()}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return place


def _append(path: Path, line: bytes) -> None:
    """Add a line in one write, so that those of several processes don't mix. Raises OSError."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(path, flags, 0o600)
    try:
        os.write(descriptor, line)
        is_full = os.fstat(descriptor).st_size > _LARGEST
    finally:
        os.close(descriptor)
    if is_full:
        _rotate(path)


def _rotate(path: Path) -> None:
    """Begin a new file; of the files before, the last ones are kept. Another process that does so
    at this moment is let do it.
    """
    from filelock import FileLock, Timeout

    with suppress(Timeout), FileLock(path.with_name(f"{path.name}.lock"), timeout=0, mode=0o600):
        if path.stat().st_size <= _LARGEST:
            return
        for number in range(_FORMER, 0, -1):
            former = path.with_name(f"{path.name}.{number - 1}") if number > 1 else path
            if former.exists():
                os.replace(former, path.with_name(f"{path.name}.{number}"))
