"""The one server of a home: that there is no second one, where it listens, how it is started in the
background and stopped.

It holds `serve.lock` as long as it lives, so a record that a killed server left deceives nobody.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from kb import __version__
from kb.errors import KbError
from kb.home import FILE_MODE, create_file

LOG = "serve.log"
_LOCK, _RECORD = "serve.lock", "serve.json"
_LOCK_SECONDS = 1.0  # whoever looks whether a server runs holds the lock for a moment
_LOG_BYTES = 1_000_000  # from which on a server begins a new log
_START_SECONDS = 120.0  # until it must answer
_STOP_SECONDS = 60.0  # twice what it waits for answers in work
_PAUSE = 0.05


@dataclass(frozen=True, slots=True)
class Instance:
    """A running server. `address` is its URL on this machine, `started` ISO 8601 in UTC."""

    pid: int
    address: str
    version: str
    started: str

    @property
    def seconds(self) -> int:
        """How long it has run."""
        return int((datetime.now(UTC) - datetime.fromisoformat(self.started)).total_seconds())


def running(home: Path) -> Instance | None:
    """The server of a home; None where none runs, or only begins to."""
    if not _is_locked(home):
        return None
    try:
        return Instance(**json.loads((home / _RECORD).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


@contextmanager
def only_server(home: Path) -> Iterator[Callable[[str], None]]:
    """Be the one server of a home as long as this lasts; what it gives notes the address that the
    server listens at. Raises KbError where another one runs.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(home / _LOCK, mode=FILE_MODE)
    try:
        lock.acquire(timeout=_LOCK_SECONDS)
    except Timeout:
        raise _already_running(home) from None
    except OSError as error:
        message = f"can't write to {home}: {error.strerror}"
        raise KbError(message, "check its permissions, or choose another --home") from error
    try:
        yield lambda address: _note(home, address)
    finally:
        _forget(home)
        lock.release()


@contextmanager
def ending_at_sigterm() -> Iterator[None]:
    """Leave this block at a SIGTERM, so that what it holds is released and the process ends well."""

    def end(*_: object) -> None:
        raise _Ended

    before = signal.signal(signal.SIGTERM, end)
    try:
        with suppress(_Ended):
            yield
    finally:
        signal.signal(signal.SIGTERM, before)


def start_in_background(home: Path, arguments: Sequence[str]) -> Instance:
    """Start `kb serve` with these arguments as a process of its own, and wait until it answers.
    Raises KbError where it does not.
    """
    if running(home):
        raise _already_running(home)
    log_path = home / LOG
    log = _open_log(log_path)
    begin = os.fstat(log).st_size
    try:
        process = subprocess.Popen(
            # -P: modules in the working directory are not ours
            [sys.executable, "-P", "-m", "cli.main", "serve", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    finally:
        os.close(log)
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        instance = running(home)
        if instance and instance.pid == process.pid and _answers(instance):
            return instance
        if process.poll() is not None:
            last_words = _last_words(log_path, begin)
            raise KbError(f"the server has ended: {last_words}", f"its log: {log_path}")
        time.sleep(_PAUSE)
    raise KbError("the server has started, but does not answer yet", f"its log: {log_path}")


def stop(home: Path) -> Instance:
    """Stop the server of a home, which finishes the answers in work, and wait for its end; gives
    what it was. Raises KbError where none runs, or where it does not end.
    """
    instance = running(home)
    if instance is None:
        raise not_running(home)
    os.kill(instance.pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    while _is_locked(home):
        if time.monotonic() > deadline:
            raise KbError(
                f"the server has not ended yet: process {instance.pid}",
                f"wait for it, or kill -9 {instance.pid}",
            )
        time.sleep(_PAUSE)
    return instance


def not_running(home: Path) -> KbError:
    """The error where no server runs."""
    return KbError(
        f"no server of the knowledge base at {home} runs", "start one: kb serve --background"
    )


def _already_running(home: Path) -> KbError:
    return KbError(
        f"a server of the knowledge base at {home} runs already",
        "see: kb serve status; stop it: kb serve stop",
    )


class _Ended(Exception):
    """A SIGTERM has come."""


def _is_locked(home: Path) -> bool:
    from filelock import FileLock, Timeout

    if not (home / _LOCK).exists():
        return False
    lock = FileLock(home / _LOCK, mode=FILE_MODE)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    except OSError:  # nobody can lock anything here, so no server does
        return False
    lock.release()
    return False


def _note(home: Path, address: str) -> None:
    _forget(home)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    with create_file(home / _RECORD) as file:
        json.dump(asdict(Instance(os.getpid(), address, __version__, now)), file)


def _forget(home: Path) -> None:
    with suppress(OSError):
        (home / _RECORD).unlink()


def _open_log(path: Path) -> int:
    """The log, open for adding to it; one that has grown long is put aside, and the one before it
    is dropped.
    """
    with suppress(OSError):
        if path.stat().st_size > _LOG_BYTES:
            path.replace(path.with_name(f"{LOG}.1"))
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
        return os.open(path, flags, FILE_MODE)
    except OSError as error:
        message = f"can't write to {path}: {error.strerror}"
        raise KbError(message, "check its permissions, or choose another --home") from error


def _last_words(log: Path, begin: int) -> str:
    """What a server wrote to the log before it ended, from this byte on, as one line."""
    written = log.read_bytes()[begin:].decode("utf-8", "replace")
    return " ".join(written.removeprefix("kb: ").split())[-300:]


def _answers(instance: Instance) -> bool:
    import httpx

    try:
        with httpx.Client(trust_env=False, timeout=2.0) as client:
            return client.get(f"{instance.address}/health").is_success
    except httpx.HTTPError:
        return False
