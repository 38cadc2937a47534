"""The fork server of a home, a process of its own: `python -m cli.forkserver.listener HOME`.

It has one thread and opens nothing but its socket, so that its forks are as good as new processes.
It ends when its standard input does, which whoever started it keeps open: also by being killed.
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cli.forkserver import SOCKET
from cli.forkserver.protocol import READY, is_own_user, location, socket_path

_WAITING = 64  # callers, while a fork is made


def listen(home: Path) -> None:
    """Import the program, and then fork for each caller until standard input ends."""
    from cli.main import prepare_process

    prepare_process()
    from cli.forkserver.preload import preload

    preload()
    if len(os.listdir("/proc/self/task")) > 1:  # it might hold a lock, which forks keep for ever
        sys.exit("kb: a library has threads, so kb ask and kb search are not answered by forks")
    signal.signal(signal.SIGCHLD, _bury)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    with _bound(home) as callers, selectors.DefaultSelector() as waiting:
        waiting.register(callers, selectors.EVENT_READ)
        waiting.register(sys.stdin, selectors.EVENT_READ)
        while True:
            for key, _ in waiting.select():
                if key.fileobj is sys.stdin:
                    return
                with suppress(OSError):  # a caller that is gone, or no memory for a fork
                    _fork_for(callers)


def _bury(*_: object) -> None:
    """Take note of the forks that have ended, so that the system forgets them."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


@contextmanager
def _bound(home: Path) -> Iterator[socket.socket]:
    """The home's socket, for this user alone. One that a killed server left is replaced."""
    folder = os.open(home, os.O_PATH | os.O_DIRECTORY)
    with socket.socket(socket.AF_UNIX) as callers:
        with suppress(FileNotFoundError):
            os.unlink(SOCKET, dir_fd=folder)
        before = os.umask(0o177)
        callers.bind(socket_path(folder))
        os.umask(before)
        own = location(socket_path(folder))
        callers.listen(_WAITING)
        callers.setblocking(False)
        try:
            yield callers
        finally:
            with suppress(OSError):
                if location(socket_path(folder)) == own:
                    os.unlink(SOCKET, dir_fd=folder)
            os.close(folder)


def _fork_for(callers: socket.socket) -> None:
    """Take the next caller. The fork reads the request: nobody keeps the others waiting."""
    connection, _ = callers.accept()
    with connection:
        if not is_own_user(connection):
            return
        connection.send(READY)
        if not os.fork():
            from cli.forkserver.fork import answer

            connection.setblocking(True)
            answer(connection)


if __name__ == "__main__":
    try:
        listen(Path(sys.argv[1]))
    except OSError as error:
        sys.exit(f"kb: kb ask and kb search are not answered by forks: {error}")
