"""What /metrics tells Prometheus, of this process."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.datastructures import MutableHeaders

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Metrics:
    """The figures of one process. Questions and answers are in none of them."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        names = ("route", "status")
        self.requests = Counter(
            "kb_requests", "Requests by route and status", names, registry=self._registry
        )
        self.seconds = Histogram(
            "kb_request_seconds", "Seconds of a request", ("route",), registry=self._registry
        )
        self.answers = Counter(
            "kb_answers", "Answers by their status", ("status",), registry=self._registry
        )
        self.active = Gauge(
            "kb_active_requests", "Requests in work or waiting", registry=self._registry
        )

    def text(self) -> bytes:
        """The figures in Prometheus' text format."""
        return generate_latest(self._registry)


class Counted:
    """Counts each request by its route, not its path: ids are in paths.

    Starlette's own base for such a class would wrap what the app raises while it reads a body, and
    its refusals would go unknown.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and count it when its reply has been sent."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Content-Type-Options"] = "nosniff"
            await send(message)

        try:
            await self._app(scope, receive, marked)
        finally:
            route = getattr(scope.get("route"), "path", "unknown")
            self._metrics.requests.labels(route, str(status)).inc()
            self._metrics.seconds.labels(route).observe(time.perf_counter() - began)
