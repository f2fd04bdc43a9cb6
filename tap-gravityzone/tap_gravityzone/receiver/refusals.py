"""Says what was refused, without letting a flood of refusals become a flood of log lines."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from tap_gravityzone.receiver.metrics import Metrics

_PERIOD = 60.0  # s


class Refusals:
    """Counts refused requests, and logs each kind of them once a minute at most."""

    def __init__(
        self, metrics: Metrics, log: Any, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._metrics = metrics
        self._log = log
        self._clock = clock
        self._said: dict[tuple[int, str], float] = {}
        self._unsaid: Counter[tuple[int, str]] = Counter()

    def note(self, status: int, reason: str, client: tuple[str, int] | None) -> None:
        """Count a refusal; ``reason`` holds nothing that came from outside."""
        self._metrics.refused(status)
        kind, now = (status, reason), self._clock()
        said = self._said.get(kind)
        if said is not None and now - said < _PERIOD:
            self._unsaid[kind] += 1
            return
        self._said[kind] = now
        self._log.warning(
            "refused", status=status, reason=reason, client=client[0] if client else None,
            alike_since_last_line=self._unsaid.pop(kind, 0),
        )  # fmt: skip
