"""One HTTP reply, read in a thread of its own, so that the caller sets how long it waits, whatever
the server does.

Timeouts of sockets are no such limit: each byte that drips in, each address of a name and each
redirect begins anew.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

_AHEAD = 32  # pieces read before somebody wants them: what a fast server can make us hold
_LONGEST_REFUSAL = 100_000
Until = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Head:
    """The status and the headers of a reply."""

    status: int
    headers: Mapping[str, str]


class Reply:
    """The reply to one request. What goes wrong on the way is raised where the reply is read.

    `until` gives the time.monotonic() to wait for; after it, TimeoutError is raised. Close it when
    it is read no more. `timeout` is for the socket, where it is not the client's own.
    """

    def __init__(
        self,
        client: httpx.Client,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        timeout: httpx.Timeout | None = None,
    ) -> None:
        self._parts: Queue[Head | bytes | Exception | None] = Queue(_AHEAD)
        self._closed = Event()
        self._socket: socket.socket | None = None
        Thread(
            target=self._read,
            args=(client, method, path, body, timeout or client.timeout),
            daemon=True,
        ).start()

    def head(self, until: Until) -> Head:
        """The status and headers, before anything else is read."""
        part = self._next(until)
        assert isinstance(part, Head)
        return part

    def pieces(self, until: Until) -> Iterator[bytes]:
        """The body as it comes."""
        while (part := self._next(until)) is not None:
            assert isinstance(part, bytes)
            yield part

    def text(self, until: Until, longest: int = _LONGEST_REFUSAL) -> str:
        """The body as text, up to about `longest` bytes, or what came of it in time."""
        body = b""
        with suppress(Exception):
            for piece in self.pieces(until):
                body += piece
                if len(body) > longest:
                    break
        return body.decode("utf-8", "replace")

    def close(self) -> None:
        """Read no more, and let the server know."""
        self._closed.set()
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits for it

    def _next(self, until: Until) -> Head | bytes | None:
        seconds = until() - time.monotonic()
        try:
            if seconds <= 0:
                raise TimeoutError
            part = self._parts.get(timeout=seconds)
        except Empty:
            raise TimeoutError from None
        if isinstance(part, Exception):
            raise part
        return part

    def _read(
        self,
        client: httpx.Client,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        timeout: httpx.Timeout,
    ) -> None:
        try:
            with client.stream(method, path, json=body, timeout=timeout) as response:
                stream = response.extensions.get("network_stream")
                self._socket = stream.get_extra_info("socket") if stream else None
                self._put(Head(response.status_code, response.headers))
                for piece in response.iter_bytes():
                    self._put(piece)
                    if self._closed.is_set():
                        return
                self._socket = None  # the connection may serve the next request
            self._put(None)
        except Exception as error:
            self._put(error)

    def _put(self, part: Head | bytes | Exception | None) -> None:
        while not self._closed.is_set():
            try:
                self._parts.put(part, timeout=0.1)
                return
            except Full:
                continue
