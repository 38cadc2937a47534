"""Takes work from routes to the workers' threads: how many wait, and how long an answer may take."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import TypeVar, cast

from cli.server.metrics import Metrics
from cli.server.replies import Refused
from cli.server.workers import View, Workers
from kb.audience import Viewer
from kb.settings import Settings

S = TypeVar("S")
T = TypeVar("T")
_END = object()


class Desk:
    """Runs work of a request in a worker's thread. Raises Refused: 429 where too many wait, 503
    where it takes too long.
    """

    def __init__(self, workers: Workers, settings: Settings, metrics: Metrics) -> None:
        self._workers = workers
        self._most = workers.count + settings.server_waiting
        self._timeout = settings.server_timeout
        self._metrics = metrics
        self._active = 0

    async def run(self, work: Callable[[View], T], viewer: Viewer) -> T:
        """The result of a piece of work for who looks."""
        return await self._in_time(self._started(work, viewer))

    async def stream(
        self, work: Callable[[View, Callable[[S], None]], T], viewer: Viewer
    ) -> AsyncIterator[S | T]:
        """What a piece of work for who looks passes on meanwhile, then its result. It goes on to its
        end also where nobody reads on, so that what was asked is kept.
        """
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[object] = asyncio.Queue()

        def put(item: object) -> None:
            loop.call_soon_threadsafe(queue.put_nowait, item)

        future = self._started(lambda view: work(view, put), viewer)
        future.add_done_callback(lambda _: queue.put_nowait(_END))
        while (item := await self._in_time(queue.get())) is not _END:
            yield cast(S, item)
        yield await future

    def _started(self, work: Callable[[View], T], viewer: Viewer) -> asyncio.Future[T]:
        """A piece of work, begun or waiting. Its place is taken until it ends, also where its
        client is gone or was told that it takes too long.
        """
        if self._active >= self._most:
            raise Refused.busy("too many questions are waiting")
        loop = asyncio.get_running_loop()

        def ended(_: object) -> None:
            with suppress(RuntimeError):  # the server has stopped
                loop.call_soon_threadsafe(self._count, -1)

        future = self._workers.run(work, viewer)
        self._count(1)
        future.add_done_callback(ended)
        return asyncio.wrap_future(future)

    async def _in_time(self, work: Awaitable[T]) -> T:
        try:
            return await asyncio.wait_for(work, self._timeout)
        except TimeoutError:
            hint = "ask again, or raise server_timeout"
            raise Refused(503, "timeout", "the answer took too long", hint) from None

    def _count(self, change: int) -> None:
        self._active += change
        self._metrics.active.set(self._active)
