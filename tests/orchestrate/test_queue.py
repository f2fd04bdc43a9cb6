"""The queue of many units: pools, workers, repetitions, and an end on demand."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from edr_orchestrate.errors import OrchestrationError
from edr_orchestrate.fan_out import FanOut
from edr_orchestrate.metrics import RunMetrics
from edr_orchestrate.project import Plugin
from edr_orchestrate.running import UnitResult
from edr_orchestrate.units import Unit

PLUGIN = Plugin("tap-gravityzone", {}, ())


def unit(name: str, *pools: str) -> Unit:
    return Unit(
        name, "gravityzone", "eu", None, "dev", PLUGIN, PLUGIN, (), {}, pools or (name,),
        frozenset(),
    )  # fmt: skip


def result(unit: Unit, status: int = 0, *errors: str) -> UnitResult:
    metrics = RunMetrics(errors=errors)
    return UnitResult(unit.name, status, datetime.now(UTC), 0.0, metrics, Path("run.log"))


def test_units_of_a_pool_run_one_after_another_and_others_beside_them() -> None:
    at_work: Counter[str] = Counter()
    lock, most = threading.Lock(), Counter[str]()
    together = threading.Barrier(3, timeout=30)

    def run(unit: Unit) -> UnitResult:
        with lock:
            at_work.update(unit.pools)
            for pool in unit.pools:
                most[pool] = max(most[pool], at_work[pool])
        if unit.tenant in {"a1", "b1", "c1"}:
            together.wait()  # only passed when three pools are at work at once
        with lock:
            at_work.subtract(unit.pools)
        return result(unit)

    units = [unit(f"{pool}{number}", pool) for pool in "abc" for number in range(1, 6)]
    outcomes = FanOut(run, 3).run_all(units)
    assert {outcome.unit.tenant for outcome in outcomes} == {each.tenant for each in units}
    assert set(most.values()) == {1}


def test_a_unit_of_two_pools_waits_for_both() -> None:
    order: list[str] = []

    def run(unit: Unit) -> UnitResult:
        order.append(unit.tenant)
        return result(unit)

    FanOut(run, 1).run_all([unit("both", "key", "file"), unit("key", "key"), unit("file", "file")])
    assert order == ["both", "key", "file"]


@pytest.mark.parametrize(
    ("ends", "attempts", "succeeded"),
    [
        ([lambda unit: result(unit, 1), lambda unit: result(unit, -9), result], 3, True),
        ([lambda unit: result(unit, 1)] * 9, 3, False),
        ([lambda unit: result(unit, 1, "X does not accept the key.")] * 9, 1, False),
    ],
    ids=["recovers", "stays broken", "dead key"],
)
def test_what_fails_is_tried_again_unless_that_is_in_vain(
    ends: list[Callable[[Unit], UnitResult]], attempts: int, succeeded: bool
) -> None:
    left = iter(ends)

    def run(unit: Unit) -> UnitResult:
        return next(left)(unit)

    (outcome,) = FanOut(run, 2, attempts=3, backoff_s=0.001).run_all([unit("acme")])
    assert (outcome.attempts, outcome.succeeded) == (attempts, succeeded)


def test_a_unit_that_cannot_begin_is_told_and_keeps_no_other_from_it() -> None:
    def run(unit: Unit) -> UnitResult:
        if unit.tenant == "acme":
            raise OrchestrationError("the secret of env KEY is empty or missing")
        return result(unit)

    outcomes = FanOut(run, 1, attempts=1).run_all([unit("acme"), unit("other")])
    assert [(each.unit.tenant, each.succeeded) for each in outcomes] == [
        ("acme", False), ("other", True),
    ]  # fmt: skip
    assert outcomes[0].reason == "the secret of env KEY is empty or missing"


def test_repetitions_back_off(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    began: list[float] = []

    def run(unit: Unit) -> UnitResult:
        began.append(now[0])
        return result(unit, 1)

    queue = FanOut(run, 1, attempts=3, backoff_s=30)

    def wait(timeout: float | None) -> bool:
        now[0] += timeout or 0
        return True

    monkeypatch.setattr(queue._changed, "wait", wait)
    queue.run_all([unit("acme")])
    assert began == [0, 30, 90]


def test_an_interrupt_begins_nothing_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = threading.Event()
    stopped = threading.Event()
    names: list[str] = []

    def run(unit: Unit) -> UnitResult:
        names.append(unit.tenant)
        begun.set()
        stopped.wait(30)
        return result(unit, 1)

    def interrupted(*_: object) -> None:
        begun.wait(30)
        raise KeyboardInterrupt

    queue = FanOut(run, 1, attempts=3, backoff_s=1000)
    stop = queue._stop

    def stop_and_tell() -> None:
        stop()
        stopped.set()

    monkeypatch.setattr("edr_orchestrate.fan_out.wait", interrupted)
    monkeypatch.setattr(queue, "_stop", stop_and_tell)
    with pytest.raises(KeyboardInterrupt):
        queue.run_all([unit("first"), unit("second")])
    assert names == ["first"]
