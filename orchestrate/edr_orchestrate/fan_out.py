"""Many units at once, on one machine: bounded, pool by pool, with repetitions."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from edr_orchestrate.errors import OrchestrationError
from edr_orchestrate.running import UnitResult
from edr_orchestrate.units import Unit

Run = Callable[[Unit], UnitResult]


@dataclass(frozen=True)
class Outcome:
    """The last attempt at a unit: its result, or why it could not begin."""

    unit: Unit
    attempts: int
    result: UnitResult | None
    reason: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether the unit was read."""
        return self.result is not None and self.result.succeeded


@dataclass
class _Waiting:
    unit: Unit
    attempts: int = 0
    due: float = 0.0


class FanOut:
    """Runs units with at most ``workers`` at once, and one at a time of each pool.

    Args:
        run: Runs one unit.
        workers: How many run at once.
        attempts: How often a unit is tried in all.
        backoff_s: Seconds before the second attempt; doubles with each.
        on_outcome: Receives each outcome that is not tried again.
    """

    def __init__(
        self,
        run: Run,
        workers: int,
        *,
        attempts: int = 3,
        backoff_s: float = 30.0,
        on_outcome: Callable[[Outcome], None] = lambda _: None,
    ) -> None:
        self._run = run
        self._workers = workers
        self._attempts = attempts
        self._backoff_s = backoff_s
        self._on_outcome = on_outcome
        self._changed = threading.Condition()
        self._waiting: list[_Waiting] = []
        self._at_work: list[Unit] = []
        self._outcomes: list[Outcome] = []

    def run_all(self, units: Sequence[Unit]) -> list[Outcome]:
        """Run all units; return what came of each, in the order in which they ended."""
        self._waiting = [_Waiting(unit) for unit in units]
        with ThreadPoolExecutor(self._workers) as threads:
            ended = [threads.submit(self._work) for _ in range(self._workers)]
        for each in ended:
            each.result()
        return self._outcomes

    def _work(self) -> None:
        while entry := self._take():
            try:
                outcome = self._attempt(entry)
            finally:
                self._give_back(entry)
            if outcome is not None:
                self._outcomes.append(outcome)
                self._on_outcome(outcome)

    def _take(self) -> _Waiting | None:
        """Wait for a unit that may run now; None when there will be none."""
        with self._changed:
            while self._waiting or self._at_work:
                now = time.monotonic()
                busy = {pool for unit in self._at_work for pool in unit.pools}
                for entry in self._waiting:
                    if entry.due <= now and busy.isdisjoint(entry.unit.pools):
                        self._waiting.remove(entry)
                        self._at_work.append(entry.unit)
                        return entry
                later = [entry.due - now for entry in self._waiting if entry.due > now]
                self._changed.wait(min(later, default=None))
            return None

    def _attempt(self, entry: _Waiting) -> Outcome | None:
        """Run a unit; None when it is to be tried again."""
        entry.attempts += 1
        try:
            result, reason = self._run(entry.unit), ""
        except OrchestrationError as error:
            result, reason = None, str(error)
        outcome = Outcome(entry.unit, entry.attempts, result, reason)
        hopeless = result is not None and result.metrics.key_refused
        if outcome.succeeded or hopeless or entry.attempts >= self._attempts:
            return outcome
        entry.due = time.monotonic() + self._backoff_s * 2 ** (entry.attempts - 1)
        with self._changed:
            self._waiting.append(entry)
        return None

    def _give_back(self, entry: _Waiting) -> None:
        with self._changed:
            self._at_work.remove(entry.unit)
            self._changed.notify_all()
