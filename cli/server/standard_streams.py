"""The protocol over standard streams: when their input ends, the requests in work are answered
before anything is closed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Any, Self

import anyio
import mcp_types as types
from mcp.server.stdio import stdio_server
from mcp.shared.message import SessionMessage

_CANCELLED = "notifications/cancelled"
Message = SessionMessage | Exception


class _Unanswered:
    """The ids of requests that have no reply yet."""

    def __init__(self) -> None:
        self._ids: set[Any] = set()
        self._none = asyncio.Event()
        self._none.set()

    def note(self, message: Message) -> None:
        """Take account of a message from either side."""
        inner = message.message if isinstance(message, SessionMessage) else None
        if isinstance(inner, types.JSONRPCRequest):
            self._ids.add(inner.id)
        elif isinstance(inner, types.JSONRPCResponse | types.JSONRPCError):
            self._ids.discard(inner.id)
        elif isinstance(inner, types.JSONRPCNotification) and inner.method == _CANCELLED:
            self._ids.discard((inner.params or {}).get("requestId"))
        if self._ids:
            self._none.clear()
        else:
            self._none.set()

    async def wait(self, seconds: float) -> None:
        """Return once there are none, or the time is up."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._none.wait(), seconds)


class _Stream:
    """A stream of the SDK's, which this one stands for."""

    def __init__(self, stream: Any, unanswered: _Unanswered) -> None:
        self._stream = stream
        self._unanswered = unanswered

    async def aclose(self) -> None:
        """Close the stream."""
        await self._stream.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()


class _Requests(_Stream):
    """What the client sends. It ends once all of it is answered, or after so many seconds."""

    def __init__(self, stream: Any, unanswered: _Unanswered, seconds: float) -> None:
        super().__init__(stream, unanswered)
        self._seconds = seconds

    @property
    def last_context(self) -> Any:
        """The context in which the last message was sent, which the SDK looks for."""
        return self._stream.last_context

    async def receive(self) -> Message:
        """The next message. Raises EndOfStream."""
        try:
            message: Message = await self._stream.receive()
        except anyio.EndOfStream:
            await self._unanswered.wait(self._seconds)
            raise
        self._unanswered.note(message)
        return message

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Message:
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None


class _Replies(_Stream):
    """What the client is sent."""

    async def send(self, message: SessionMessage) -> None:
        """Send a message."""
        await self._stream.send(message)
        self._unanswered.note(message)


@asynccontextmanager
async def standard_streams(seconds: float) -> AsyncIterator[tuple[_Requests, _Replies]]:
    """Requests and replies over this process's standard streams. After the input's end, requests
    in work have so many seconds.
    """
    unanswered = _Unanswered()
    async with stdio_server() as (requests, replies):
        yield _Requests(requests, unanswered, seconds), _Replies(replies, unanswered)
