"""Runs commands by the fork server, which starts when it is first needed."""

from __future__ import annotations

import atexit
import json
import os
import select
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import IO

from tests.fork_server import LENGTH, NUMBER
from tests.patience import PATIENCE

FORKS = hasattr(os, "fork")  # Windows has none
ROOT = Path(__file__).parent.parent
# What Python, the C library and OpenBLAS read when they are started: it can't be told to a fork.
_READ_AT_START = ("PYTHON", "LC_", "LANG", "LD_", "MALLOC_", "OPENBLAS_")
# A fork copies the table of its parent's pages: with large ones it starts and ends in a third of the
# time.
_SERVER_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}


class ForkedProcess:
    """A command that runs in a fork: what subprocess.Popen is to a process of one's own.

    `stdin`, `stdout` and `stderr` are the pipes that it was started with, if any.
    """

    def __init__(self, status: int) -> None:
        self.stdin: IO[bytes] | None = None
        self.stdout: IO[bytes] | None = None
        self.stderr: IO[bytes] | None = None
        self._status = status
        self.pid = _read_number(status)
        self.returncode: int | None = None

    def wait(self, timeout: float = PATIENCE) -> int:
        """The exit code, once it has ended; below 0, the signal that ended it."""
        if self.returncode is None:
            if not select.select([self._status], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout)
            self.returncode = _read_number(self._status)
            os.close(self._status)
        return self.returncode

    def poll(self) -> int | None:
        """The exit code; None while it runs."""
        with suppress(subprocess.TimeoutExpired):
            return self.wait(0)
        return None

    def communicate(self, timeout: float = PATIENCE) -> tuple[bytes, bytes]:
        """What it still writes to its pipes until it ends, without more input."""
        assert self.stdout
        assert self.stderr
        if self.stdin:
            self.stdin.close()
        pipes = self.stdout.fileno(), self.stderr.fileno()
        try:
            return _read_all(*pipes, self.pid, timeout)
        finally:
            self.wait(timeout)
            self.stdout.close()
            self.stderr.close()

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


class ForkClient:
    """Starts a fork server and has it run commands, also several at once from several threads.

    The server imports the `libraries` beside what all commands import. A `watcher` is the beginning
    of a command line that runs it, and so all that it forks.
    """

    def __init__(self, libraries: Sequence[str] = (), watcher: Sequence[str] = ()) -> None:
        self.environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self._sending = threading.Lock()
        self._socket, theirs = socket.socketpair()
        with theirs:
            number = str(theirs.fileno())
            self._server = subprocess.Popen(
                [*watcher, sys.executable, "-m", "tests.fork_server", number, *libraries],
                stdin=subprocess.DEVNULL,
                cwd=ROOT,
                env={**self.environment, **_SERVER_ENVIRONMENT},
                pass_fds=[theirs.fileno()],
            )
        atexit.register(self.close)

    def close(self) -> None:
        """End the server."""
        self._socket.close()
        self._server.wait()

    def can_give(self, environment: Mapping[str, str]) -> bool:
        """Whether a fork can have this environment; else the command needs a process of its own."""
        return all(
            environment.get(name) == self.environment.get(name)
            for name in {*environment, *self.environment}
            if name.startswith(_READ_AT_START)
        )

    def run(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        *,
        stdin: bytes = b"",
        folder: Path | None = None,
        timeout: float = PATIENCE,
        file_bytes: int | None = None,
    ) -> subprocess.CompletedProcess[bytes]:
        """Do what `python` does with these arguments, `-m module …` or `-c code …`, in a fork.

        No file that it writes may grow beyond `file_bytes`. Raises subprocess.TimeoutExpired after
        `timeout` seconds.
        """
        out, their_out = os.pipe()
        err, their_err = os.pipe()
        try:
            with tempfile.TemporaryFile() as given:
                given.write(stdin)
                given.seek(0)
                streams = [given.fileno(), their_out, their_err]
                try:
                    process = self.start(
                        arguments, environment, streams, folder=folder, file_bytes=file_bytes
                    )
                finally:
                    os.close(their_out)
                    os.close(their_err)
            try:
                texts = _read_all(out, err, process.pid, timeout)
            finally:
                code = process.wait()
            return subprocess.CompletedProcess(arguments, code, *texts)
        finally:
            os.close(out)
            os.close(err)

    def start_piped(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        *,
        new_session: bool = False,
    ) -> ForkedProcess:
        """Start what `run` runs, with pipes as its streams."""
        their_in, given = os.pipe()
        out, their_out = os.pipe()
        err, their_err = os.pipe()
        streams = [their_in, their_out, their_err]
        try:
            process = self.start(arguments, environment, streams, new_session=new_session)
        finally:
            for stream in streams:
                os.close(stream)
        process.stdin = os.fdopen(given, "wb")
        process.stdout, process.stderr = os.fdopen(out, "rb"), os.fdopen(err, "rb")
        return process

    def start(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        streams: Sequence[int],
        *,
        folder: Path | None = None,
        file_bytes: int | None = None,
        new_session: bool = False,
    ) -> ForkedProcess:
        """Start what `run` runs, with these three open files as its streams."""
        umask = os.umask(0o077)
        os.umask(umask)
        request = {
            "arguments": list(arguments),
            "environment": dict(environment),
            "folder": str(folder or Path.cwd()),
            "umask": umask,
            "file_bytes": file_bytes,
            "new_session": new_session,
        }
        status, their_status = os.pipe()
        try:
            self._send(request, [*streams, their_status])
        finally:
            os.close(their_status)
        return ForkedProcess(status)

    def _send(self, request: Mapping[str, object], files: Sequence[int]) -> None:
        data = json.dumps(request).encode()
        with self._sending:
            socket.send_fds(self._socket, [len(data).to_bytes(LENGTH, "big")], files)
            self._socket.sendall(data)


@lru_cache
def fork_client(*libraries: str) -> ForkClient:
    """The one of this process whose server imports these libraries too."""
    return ForkClient(libraries)


def _read_all(out: int, err: int, process: int, timeout: float) -> tuple[bytes, bytes]:
    """All that a process writes to two pipes. Ends it after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    texts = {out: bytearray(), err: bytearray()}
    with selectors.DefaultSelector() as waiting:
        for pipe in texts:
            waiting.register(pipe, selectors.EVENT_READ)
        while waiting.get_map():
            ready = waiting.select(max(0.0, deadline - time.monotonic()))
            if not ready:
                os.kill(process, signal.SIGKILL)
                raise subprocess.TimeoutExpired(
                    f"process {process}", timeout, bytes(texts[out]), bytes(texts[err])
                )
            for key, _ in ready:
                part = os.read(key.fd, 65536)
                texts[key.fd] += part
                if not part:
                    waiting.unregister(key.fd)
    return bytes(texts[out]), bytes(texts[err])


def _read_number(pipe: int) -> int:
    data = os.read(pipe, NUMBER)
    if not data:
        raise EOFError("the fork server has ended")
    return int.from_bytes(data, "big", signed=True)
