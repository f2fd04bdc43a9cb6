"""The vendor's request budget, kept by design rather than by 429 answers."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

# The vendor counts when a request arrives, we when it leaves: a window that is a little longer
# here keeps the two from disagreeing over a few milliseconds of network.
_MARGIN = 1.01


@dataclass(frozen=True)
class Limit:
    """At most ``count`` requests in any ``seconds``."""

    count: int
    seconds: float


class Budget:
    """Delays requests so that no limit is ever exceeded; safe to share between threads.

    Args:
        per_second: The budget over all methods, spread evenly.
        methods: Further limits by group name; see ``group_of``.
        group_of: Maps a method name to its group, or to ``None``.
    """

    def __init__(
        self,
        per_second: float,
        methods: Mapping[str, Limit] | None = None,
        group_of: Callable[[str], str | None] = lambda _: None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval = _MARGIN / per_second
        self._limits = dict(methods or {})
        self._group_of = group_of
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next = clock()
        self._sent: dict[str, deque[float]] = {
            name: deque(maxlen=limit.count) for name, limit in self._limits.items()
        }

    def acquire(self, method: str) -> float:
        """Wait until ``method`` may be sent; return the seconds waited."""
        with self._lock:
            now = self._clock()
            slot = max(now, self._next)
            group = self._group_of(method)
            if group in self._limits:
                limit, sent = self._limits[group], self._sent[group]
                if len(sent) == limit.count:
                    slot = max(slot, sent[0] + limit.seconds * _MARGIN)
                sent.append(slot)
            # A method that waits for its own limit leaves the slots before it to the others.
            self._next = max(now, self._next) + self._interval
        wait = slot - now
        if wait > 0:
            self._sleep(wait)
        return max(wait, 0.0)
