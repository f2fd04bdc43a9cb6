"""Request budgets: sliding windows over the wall clock."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Callable


class RateLimiter:
    """Admits at most ``count`` requests of a group within any ``seconds``.

    Refused requests do not count.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._admitted: dict[str, deque[float]] = defaultdict(deque)

    def admits(self, group: str, count: int, seconds: float) -> bool:
        """Tell whether another request of a group may pass now, and count it if so."""
        now = self._clock()
        admitted = self._admitted[group]
        while admitted and now - admitted[0] >= seconds:
            admitted.popleft()
        if len(admitted) >= count:
            return False
        admitted.append(now)
        return True

    def forget(self) -> None:
        """Start all windows afresh."""
        self._admitted.clear()
