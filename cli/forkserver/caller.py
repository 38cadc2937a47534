"""Runs this process's command line in a fork of the fork server, where its home has one."""

from __future__ import annotations

import os
import resource
import signal
import socket
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from cli.forkserver import SOCKET
from cli.forkserver.protocol import (
    INTERRUPT,
    LENGTH,
    READY,
    STARTED,
    is_own_user,
    location,
    program,
    socket_path,
)

_PATIENCE = 5.0  # seconds until a server that does not start the command is given up
_OF_OTHERS = 0o077
_WRITABLE = 0o022  # by others


class ForkKilled(Exception):
    """The fork ended without an exit code: something killed it."""


def run_in_fork(arguments: list[str], home: str) -> int | None:
    """Run a command in a fork; gives its exit code, or None where nothing was begun: no server
    answers, or it is another kb's. Raises ForkKilled.
    """
    # Of streams that are closed, neither the encoding is known nor can the file be sent.
    with suppress(OSError, AttributeError), _connection(home) as connection:
        request = _request(arguments, home)  # while the fork is made
        _await_ready(connection)
        return _run(connection, request)
    return None


def answers(home: str) -> bool:
    """Whether a fork server of this user's takes calls for the home."""
    with suppress(OSError), _connection(home) as connection:
        _await_ready(connection)
        return True
    return False


@contextmanager
def _connection(home: str) -> Iterator[socket.socket]:
    """A connection to the home's fork server. Raises OSError where there is none, or where another
    user could have put or could reach it.
    """
    folder = os.open(home, os.O_PATH | os.O_DIRECTORY)
    try:
        file = os.stat(SOCKET, dir_fd=folder, follow_symlinks=False)
        _check(os.fstat(folder), _WRITABLE)
        _check(file, _OF_OTHERS)
        if not stat.S_ISSOCK(file.st_mode):
            raise FileNotFoundError
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_PATIENCE)
            connection.connect(socket_path(folder))
            if not is_own_user(connection):
                raise PermissionError
            yield connection
    finally:
        os.close(folder)


def _await_ready(connection: socket.socket) -> None:
    """Wait until the server has taken the call. Raises OSError where it does not."""
    if connection.recv(1) != READY:
        raise ConnectionError


def _check(status: os.stat_result, refused: int) -> None:
    """Raise PermissionError for what isn't this user's, or has any of these rights."""
    if status.st_uid != os.geteuid() or status.st_mode & refused:
        raise PermissionError


def _request(arguments: list[str], home: str) -> bytes:
    """The command line and surroundings of this process, as `Request` names them."""
    folder = os.getcwd()
    limits = [getattr(resource, name) for name in dir(resource) if name.startswith("RLIMIT_")]
    request = {
        "arguments": arguments,
        "environment": dict(os.environ),
        "program": program(),
        "folder": folder,
        "places": {place: location(place) for place in (folder, os.path.abspath(home))},
        "encodings": [
            (stream.encoding, stream.errors) for stream in (sys.stdin, sys.stdout, sys.stderr)
        ],
        "limits": [(kind, *resource.getrlimit(kind)) for kind in limits],
        "session": os.getsid(0),
    }
    return ascii(request).encode()


def _run(connection: socket.socket, request: bytes) -> int | None:
    # A Ctrl-C that comes before the request is out waits until it is.
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    before = signal.getsignal(signal.SIGINT)
    try:
        socket.send_fds(connection, [len(request).to_bytes(LENGTH, "big")], range(3))
        connection.sendall(request)
        if before is signal.default_int_handler:  # else whoever started us has it ignored
            signal.signal(signal.SIGINT, lambda *_: _interrupt(connection))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
        if connection.recv(1) != STARTED:
            return None
        connection.settimeout(None)
        return _exit_code(connection)
    finally:
        signal.signal(signal.SIGINT, before)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])


def _interrupt(connection: socket.socket) -> None:
    with suppress(OSError):  # it has just ended
        connection.send(INTERRUPT)


def _exit_code(connection: socket.socket) -> int:
    code = b""
    with suppress(ConnectionError):
        code = connection.recv(1)
    if not code:
        raise ForkKilled
    return code[0]
