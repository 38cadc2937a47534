"""A fork of the fork server: becomes the command of a caller, and ends with its exit code."""

from __future__ import annotations

import atexit
import gc
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import IO, Any, NoReturn, TextIO

import cli.context
from cli.forkserver.protocol import STARTED
from cli.forkserver.request import Request, receive
from cli.main import main, prepare_process
from kb import telemetry
from kb.errors import FAILED, INTERRUPTED


def answer(connection: socket.socket) -> NoReturn:
    """Run the command that is asked for over this connection, and end this process.

    Until the caller is told that the command has started, it may still run it itself.
    """
    code = FAILED
    try:
        request, streams = receive(connection)
        if request.fits_here():
            _become(request, streams, connection.fileno())
            connection.send(STARTED)
            threading.Thread(target=_heed, args=[connection], daemon=True).start()
            code = _run(request.arguments)
            with suppress(OSError):  # nobody reads any more
                finish()
            connection.send(bytes([code]))
    finally:
        os._exit(code)


def _run(arguments: list[str]) -> int:
    """The exit code of the command. A Ctrl-C that comes when it is done is too late."""
    try:
        code = main(arguments)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


def _become(request: Request, streams: Sequence[int], connection: int) -> None:
    """Take on streams, folder, environment and limits of the caller."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(request.folder)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.closerange(len(streams), connection)
    os.closerange(connection + 1, os.sysconf("SC_OPEN_MAX"))
    os.environ.clear()
    os.environ.update(request.environment)
    time.tzset()
    telemetry.switch_off()  # as `import kb` does
    prepare_process()
    request.set_limits()
    cli.context.session = request.session
    for name, (encoding, errors) in zip(
        ("stdin", "stdout", "stderr"), request.encodings, strict=True
    ):
        setattr(sys, name, reopened(getattr(sys, name), encoding, errors))


def reopened(stream: TextIO, encoding: str, errors: str) -> IO[Any]:
    """The stream as Python opens it at its start: what it buffers depends on what it leads to."""
    number = stream.fileno()
    mode, buffering = "r" if number == 0 else "w", 1 if number == 2 else -1
    return open(number, mode, buffering, encoding, errors, closefd=False)


def finish() -> None:
    """Do what Python does before its end, but for what the parent made: databases are closed, for
    one.
    """
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    gc.collect()
    sys.stdout.flush()
    sys.stderr.flush()


def _heed(connection: socket.socket) -> None:
    """Pass on each Ctrl-C of the caller; when the caller is gone, die as of a closed terminal."""
    main_thread = threading.main_thread().ident or 0
    try:
        while connection.recv(1):
            signal.pthread_kill(main_thread, signal.SIGINT)
    finally:
        os.kill(os.getpid(), signal.SIGHUP)
