"""What the receiver counts, for Prometheus."""

from __future__ import annotations

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

from tap_gravityzone.bodies import Format

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


class Metrics:
    """Counters of one receiver, in a registry of its own; their names are an interface."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        bodies = Counter(
            "gravityzone_receiver_bodies", "Bodies that are durable.", ["format"],
            registry=registry,
        )  # fmt: skip
        self._bodies = {form: bodies.labels(form) for form in Format}
        self._events = Counter(
            "gravityzone_receiver_events", "Events in bodies that are durable.", registry=registry
        )
        self._bytes = Counter(
            "gravityzone_receiver_bytes", "Bytes of bodies that are durable.", registry=registry
        )
        self._refused = Counter(
            "gravityzone_receiver_refused", "Requests that were not taken.", ["status"],
            registry=registry,
        )  # fmt: skip
        self._commit = Histogram(
            "gravityzone_receiver_commit_seconds", "Time until a body was durable.",
            buckets=_SECONDS, registry=registry,
        )  # fmt: skip
        self._last = Gauge(
            "gravityzone_receiver_last_event_timestamp_seconds",
            "When the last body became durable, epoch seconds.", registry=registry,
        )  # fmt: skip
        self._pending = Gauge(
            "gravityzone_receiver_pending_segments",
            "Segments that are neither sealed nor uploaded yet.", registry=registry,
        )  # fmt: skip

    def stored(self, form: Format, events: int, size: int, seconds: float) -> None:
        """Count a body that is durable."""
        self._bodies[form].inc()
        self._events.inc(events)
        self._bytes.inc(size)
        self._commit.observe(seconds)
        self._last.set_to_current_time()

    def refused(self, status: int) -> None:
        """Count a request that was not taken."""
        self._refused.labels(str(status)).inc()

    def pending(self, segments: int) -> None:
        """Note how many segments wait to be sealed or uploaded."""
        self._pending.set(segments)

    def text(self) -> bytes:
        """Return all counters as Prometheus reads them."""
        return generate_latest(self._registry)
