"""Incidents are asked for three times a minute at most, against a clock that waiting moves."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from edr_sandbox.serving import Fault, Reply, Request
from edr_tap_kit.budget import Budget
from tap_gravityzone import client as client_module
from tap_gravityzone.tap import TapGravityZone

from tests.conftest import Bench
from tests.gravityzone.conftest import BenchMaker


class Clock:
    """A clock that sleeping moves, for all threads at once."""

    def __init__(self) -> None:
        self._now = 1000.0
        self._lock = threading.Lock()

    def __call__(self) -> float:
        with self._lock:
            return self._now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self._now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(client_module, "Budget", partial(Budget, clock=made, sleep=made.sleep))
    return made


def moments(bench: Bench, clock: Clock, **config: Any) -> list[float]:
    """Run in this process and return when requests for incidents arrived, by the clock."""
    found: list[float] = []
    bench.server.before_reply.append(recorder(bench, clock, found))
    settings = {**bench.config, "requests_per_second": 10, **config}
    tap = TapGravityZone(config=settings, parse_env_config=False)
    assert tap.run()
    return found


def recorder(bench: Bench, clock: Clock, found: list[float]) -> Callable[[Request, Reply], None]:
    def record(request: Request, _: Reply) -> None:
        if bench.server.simulator.name_of(request).startswith("incidents."):
            found.append(clock())

    return record


def most_within(found: list[float], seconds: float) -> int:
    return max(sum(start <= each < start + seconds for each in found) for start in found)


@pytest.mark.parametrize("parallel", [1, 4])
def test_three_a_minute_without_a_word(make: BenchMaker, clock: Clock, parallel: int) -> None:
    """The list and the details share the budget."""
    bench = make(incidents=9)
    del bench.config["max_incident_requests_per_minute"]
    found = moments(bench, clock, max_parallel_requests=parallel)
    assert len(found) == 10
    assert clock() - 1000 >= 180
    if parallel == 1:  # else each thread's own wait moves the clock of all
        assert most_within(found, 60) == 3
        assert clock() - 1000 < 190


def test_repetitions_count(make: BenchMaker, clock: Clock) -> None:
    bench = make(incidents=5)
    bench.server.faults += [
        Fault("truncate", call="incidents.", times=2, skip=1),
        Fault(call="incidents.", skip=1, times=2, status=429, headers={"Retry-After": "0"}),
    ]
    begun = clock()
    found = moments(bench, clock, max_incident_requests_per_minute=3, max_parallel_requests=1)
    asked = bench.server.calls("incidents.")
    assert len(asked) > len(found)
    assert most_within(found, 60) <= 3
    # Each three requests of those before the last, repetitions included, cost a minute.
    assert clock() - begun >= (len(asked) - 1) // 3 * 60


@pytest.mark.parametrize(("limit", "minutes"), [(1, 5), (5, 1), (0, 0)])
def test_the_setting_is_the_budget(
    make: BenchMaker, clock: Clock, limit: int, minutes: int
) -> None:
    bench = make(incidents=5)
    found = moments(bench, clock, max_incident_requests_per_minute=limit, max_parallel_requests=1)
    assert len(found) == 6
    if limit:
        assert most_within(found, 60) == limit
    assert clock() - 1000 == pytest.approx(60 * minutes, abs=60 * minutes * 0.02 + 2)
