"""The socket that the server listens on, and how long a client may take to send its request."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from kb.errors import KbError
from kb.settings import Settings

_HEADER_SECONDS = 15.0


def listening_socket(settings: Settings) -> socket.socket:
    """A socket at the address and port that are set. Raises KbError where they can't be had."""
    host, port = settings.server_host, settings.server_port
    try:
        family, kind, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
    except OSError as error:
        raise KbError(
            f"can't listen at {host}, port {port}: {error.strerror}", "choose another: --port N"
        ) from error
    return listener


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
