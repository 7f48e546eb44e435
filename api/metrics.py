"""Requests by route template and status, their latency, and the generation that serves."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)


class Metrics:
    """The metrics of one application, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "qingzhun_requests",
            "Requests by method, route template and status",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "qingzhun_request_seconds",
            "Time to the end of the response",
            ("method", "route"),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._generation = Gauge(
            "qingzhun_generation_info",
            "1 for the generation that answers",
            ("generation",),
            registry=self._registry,
        )
        self._sequence = Gauge(
            "qingzhun_store_sequence", "Last change of the store", registry=self._registry
        )

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def exposition(self, generation: str | None, sequence: int) -> bytes:
        """The metrics in the Prometheus text format."""
        self._generation.clear()
        if generation is not None:
            self._generation.labels(generation).set(1)
        self._sequence.set(sequence)
        return generate_latest(self._registry)
