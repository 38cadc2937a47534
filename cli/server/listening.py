"""The socket that the server listens on, the processes that serve it, and how long a client may
take to send its request.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from cli.server.deliveries import stopping
from kb.errors import KbError
from kb.home import Home
from kb.settings import Settings

_HEADER_SECONDS = 15.0
_STOP_SECONDS = 30  # that answers in work are waited for
_ADDRESSES = "--host takes an address of this machine: 127.0.0.1 for itself, 0.0.0.0 for all"
_HINTS = {
    errno.EADDRINUSE: "another program listens there: end it, or choose another --port N",
    errno.EADDRNOTAVAIL: _ADDRESSES,
    errno.EACCES: "choose a port from 1024 on: --port N",
}
# What the processes of a server are told: they are started anew, and share nothing else.
_PATH, _FOUND = "KB_SERVED_HOME", "KB_SERVED_FOUND"


def listening_socket(settings: Settings) -> socket.socket:
    """A socket at the address and port that are set. Raises KbError where they can't be had."""
    host, port = settings.server_host, settings.server_port
    try:
        family, kind, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "that is no name of a machine"
        raise KbError(f"can't listen at {host}: {reason}", _ADDRESSES) from error
    listener = socket.socket(family, kind)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
    except OSError as error:
        listener.close()
        message = f"can't listen at {host}, port {port}: {error.strerror}"
        raise KbError(message, _HINTS.get(error.errno or 0, "choose another: --port N")) from error
    return listener


def run(home: Home, settings: Settings, listener: socket.socket, processes: int) -> None:
    """Serve what comes to a socket until stopped, by one process or by several."""
    from uvicorn.supervisors import Multiprocess

    flags = {"server_host": settings.server_host, "server_port": settings.server_port}
    os.environ.update({f"KB_{name.upper()}": str(value) for name, value in flags.items()})
    os.environ.update({_PATH: str(home.path), _FOUND: "1" if home.is_found else ""})
    config = uvicorn.Config(
        "cli.server.listening:served_app", factory=True, http=SlowClientsOut, ws="none",
        log_level="warning", server_header=False, proxy_headers=False, workers=processes,
        timeout_graceful_shutdown=_STOP_SECONDS, limit_concurrency=2000,
    )  # fmt: skip
    if processes == 1:
        uvicorn.Server(config).run([listener])
    else:
        Multiprocess(config, sockets=[listener]).run()


def served_app() -> FastAPI:
    """The application of the home that the environment names."""
    from cli.server.app import make_app

    os.umask(0o077)
    return make_app(Home(Path(os.environ[_PATH]), is_found=bool(os.environ[_FOUND])))


class SlowClientsOut(H11Protocol):
    """HTTP as uvicorn speaks it, closing connections whose headers don't arrive in time."""

    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def on_response_complete(self) -> None:
        """Begin to wait for the next request."""
        super().on_response_complete()
        self._wait()

    def shutdown(self) -> None:
        """The server stops: so do the streams that never end by themselves."""
        stopping.set()
        super().shutdown()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        if self._timer:
            self._timer.cancel()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = self.loop.call_later(_HEADER_SECONDS, self._close_if_waiting)

    def _close_if_waiting(self) -> None:
        is_working = self.cycle is not None and not self.cycle.response_complete
        if not is_working and not self.transport.is_closing():
            self.transport.close()
