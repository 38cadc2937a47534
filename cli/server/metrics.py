"""What /metrics tells Prometheus, of this process."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


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
