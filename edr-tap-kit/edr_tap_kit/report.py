"""What a run has to say for itself: each thing once when it happens, all of it at the end."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

_NAMES_SHOWN = 20


@dataclass
class Drift:
    """How the rows of one stream differ from its schema."""

    unknown: Counter[str] = field(default_factory=Counter)
    mistyped: Counter[str] = field(default_factory=Counter)
    keyless: int = 0


class Report:
    """Collects what a run met; ``logger`` receives it."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._lock = threading.Lock()
        self.requests: Counter[str] = Counter()
        self.retries: Counter[str] = Counter()
        self.waited: Counter[str] = Counter()
        self.skipped: dict[str, str] = {}
        self.failed: dict[str, str] = {}
        self.completed: set[str] = set()
        self.notes: list[str] = []
        self.drift: dict[str, Drift] = {}

    def count_request(self, method: str, waited: float) -> None:
        """Count one request and the seconds that the budget held it back."""
        with self._lock:
            self.requests[method] += 1
            self.waited["request budget"] += round(waited * 1000)

    def count_retry(self, method: str, waited: float) -> None:
        """Count one repeated attempt and the seconds waited before it."""
        with self._lock:
            self.retries[method] += 1
            self.waited["retries"] += round(waited * 1000)

    def skip(self, streams: Sequence[str], reason: str) -> None:
        """Say that streams cannot be read with this key or on this tenant."""
        self.skipped |= dict.fromkeys(streams, reason)
        self._logger_of(streams[0]).warning(
            "Stream '%s' is skipped: %s", ", ".join(streams), reason
        )

    def fail(self, streams: Sequence[str], reason: str) -> None:
        """Say that streams failed; the run goes on and exits non-zero."""
        self.failed |= dict.fromkeys(streams, reason)
        self._logger_of(streams[0]).error("Stream '%s' failed: %s", ", ".join(streams), reason)

    def complete(self, streams: Sequence[str]) -> None:
        """Note that streams were read to their end."""
        self.completed.update(streams)

    def status(self, stream: str) -> str:
        """Return how a stream ended: succeeded, skipped, failed or unfinished."""
        if stream in self.failed:
            return "failed"
        if stream in self.skipped:
            return "skipped"
        return "succeeded" if stream in self.completed else "unfinished"

    def note(self, message: str) -> None:
        """Say something that the user should know, once."""
        with self._lock:
            if message in self.notes:
                return
            self.notes.append(message)
        self._logger.warning(message)

    def drifted(self, stream: str, drift: Drift) -> None:
        """Say how the rows of a stream differed from its schema; called once a stream."""
        if not (drift.unknown or drift.mistyped or drift.keyless):
            return
        self.drift[stream] = drift
        for text in _describe(drift):
            self._logger_of(stream).warning("Stream '%s': %s", stream, text)

    def summarise(self) -> None:
        """Log the summary of the run."""
        calls = ", ".join(f"{name} {count}" for name, count in sorted(self.requests.items()))
        self._logger.info("Requests: %s (%s)", self.requests.total(), calls or "none")
        waits = ", ".join(f"{ms / 1000:.1f} s for {why}" for why, ms in self.waited.items() if ms)
        if waits or self.retries:
            self._logger.info(
                "Waited: %s; repeated requests: %s", waits or "0 s", self.retries.total()
            )
        for title, streams in (("Skipped", self.skipped), ("Failed", self.failed)):
            if streams:
                self._logger.warning("%s streams: %s", title, ", ".join(sorted(streams)))
        if self.drift:
            self._logger.warning("Streams that drifted: %s", ", ".join(sorted(self.drift)))
        if self.notes:
            self._logger.warning("Said during the run: %s", " | ".join(self.notes))

    def _logger_of(self, stream: str) -> logging.Logger:
        """Return the logger by whose name structured logs tell the stream."""
        return self._logger.getChild(stream)


def _describe(drift: Drift) -> list[str]:
    texts = []
    if drift.unknown or drift.mistyped:
        parts = []
        if drift.unknown:
            parts.append(f"fields unknown to the schema: {_names(drift.unknown)}")
        if drift.mistyped:
            parts.append(f"values of an unexpected type: {_names(drift.mistyped)}")
        texts.append(
            f"schema drift, kept in the column _extra: {'; '.join(parts)}. Read them from _extra, "
            "and update the tap or refresh its catalog to get columns of their own."
        )
    if drift.keyless:
        texts.append(
            f"{drift.keyless} record(s) without a value for the primary key were skipped; "
            "report it to the vendor, the row cannot be addressed."
        )
    return texts


def _names(names: Counter[str]) -> str:
    shown = [f"{name!r} ({count})" for name, count in names.most_common(_NAMES_SHOWN)]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")
