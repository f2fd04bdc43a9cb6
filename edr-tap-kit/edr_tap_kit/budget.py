"""The vendor's request budget, kept by design rather than by 429 answers."""

from __future__ import annotations

import threading
import time
from bisect import insort
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_MOST_IN_A_SECOND = 10_000  # more than any machine sends


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
        sleep: Callable[[float], None] = time.sleep,  # tests bring their own
    ) -> None:
        self._interval = _kept(1.0) / per_second
        self._limits = dict(methods or {})
        self._group_of = group_of
        self._clock = clock
        self._sleep = sleep
        # Sleepers wake late: what counts is when they do.
        in_a_second = max(1, int(min(per_second, _MOST_IN_A_SECOND)))
        self._second = _kept(in_a_second / per_second)
        self._left: deque[float] = deque(maxlen=in_a_second)
        self._lock = threading.Lock()
        # Moments given away that still keep others at a distance, ascending.
        self._taken: list[float] = []
        self._sent: dict[str, deque[float]] = {
            name: deque(maxlen=limit.count) for name, limit in self._limits.items()
        }

    def acquire(self, method: str) -> float:
        """Wait until ``method`` may be sent; return the seconds waited."""
        with self._lock:
            now = self._clock()
            earliest = now
            group = self._group_of(method) or ""
            sent = self._sent.get(group)
            if sent is not None and len(sent) == sent.maxlen:
                earliest = max(now, sent[0] + _kept(self._limits[group].seconds))
            slot = self._first_free(now, earliest)
            if sent is not None:
                sent.append(slot)
        due = slot
        if slot > now:
            self._sleep(slot - now)
        while (wait := self._leave(due)) > 0:
            self._sleep(wait)
            due += wait
        return due - now

    def _leave(self, due: float) -> float:
        """Let a request go that was due at a moment, or return how many seconds later it may."""
        with self._lock:
            now = max(due, self._clock())
            if len(self._left) == self._left.maxlen and now < self._left[0] + self._second:
                return self._left[0] + self._second - now
            self._left.append(now)
            return 0.0

    def _first_free(self, now: float, earliest: float) -> float:
        """Take the first moment at a distance from all others.

        A method that waits for its own limit leaves the moments before it to the others.
        """
        self._taken = [taken for taken in self._taken if taken > now - self._interval]
        slot = earliest
        for taken in self._taken:
            if slot <= taken - self._interval:
                break
            slot = max(slot, taken + self._interval)
        insort(self._taken, slot)
        return slot


def _kept(seconds: float) -> float:
    """Return how long a window of the vendor's is here.

    It counts when a request arrives, we when it leaves: a window that is a little longer keeps the
    two from disagreeing over some milliseconds of network, or of a machine that is busy.
    """
    return seconds * 1.01 + 0.01
