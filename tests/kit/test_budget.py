"""The vendor's request budget, against a clock that the test moves."""

from __future__ import annotations

import math
import threading
import time

import pytest
from edr_tap_kit.budget import Budget, Limit
from hypothesis import given
from hypothesis import strategies as st

GROUPS = {"slow": Limit(3, 60.0), "slower": Limit(1, 10.0)}


class Clock:
    """A clock that sleeping moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


class Standing(Clock):
    """A clock that stands still: what many threads see that ask at the same moment."""

    def sleep(self, seconds: float) -> None:
        assert seconds > 0


def group_of(method: str) -> str | None:
    return method if method in GROUPS else None


def most_in_a_window(moments: list[float], seconds: float) -> int:
    return max(
        (sum(start <= moment < start + seconds for moment in moments) for start in moments),
        default=0,
    )


STEPS = st.lists(
    st.tuples(st.sampled_from(["any", "slow", "slower", "unknown"]), st.floats(0, 30)), max_size=40
)


@given(st.floats(0.1, 50), STEPS, st.sampled_from([Clock, Standing]))
def test_no_limit_is_ever_exceeded(
    per_second: float, steps: list[tuple[str, float]], clock_type: type[Clock]
) -> None:
    clock = clock_type()
    budget = Budget(per_second, GROUPS, group_of, clock=clock, sleep=clock.sleep)
    sent: dict[str, list[float]] = {}
    for method, pause in steps:
        clock.now += pause
        asked = clock.now
        sent.setdefault(method, []).append(asked + budget.acquire(method))
    everything = sorted(moment for moments in sent.values() for moment in moments)
    gaps = [later - earlier for earlier, later in zip(everything, everything[1:], strict=False)]
    assert all(gap >= 1 / per_second for gap in gaps), "more than the budget over all methods"
    if per_second >= 1:
        assert most_in_a_window(everything, 1.0) <= math.ceil(per_second)
    for group, limit in GROUPS.items():
        assert most_in_a_window(sent.get(group, []), limit.seconds) <= limit.count


def test_waits_are_no_longer_than_needed() -> None:
    clock = Clock()
    budget = Budget(10, {"slow": Limit(2, 60)}, group_of, clock=clock, sleep=clock.sleep)
    assert budget.acquire("any") == 0
    assert budget.acquire("any") == pytest.approx(0.1, rel=0.02)
    clock.now += 5
    assert budget.acquire("any") == 0, "an idle budget lets the next one go at once"
    clock.now += 5
    first = clock.now
    budget.acquire("slow")
    budget.acquire("slow")
    budget.acquire("slow")
    assert clock.now - first == pytest.approx(60, rel=0.02)


def test_a_group_that_waits_holds_nobody_else_up() -> None:
    clock = Standing()
    budget = Budget(10, {"slow": Limit(1, 60)}, group_of, clock=clock, sleep=clock.sleep)
    assert budget.acquire("slow") == 0
    waits = [budget.acquire("slow") for _ in range(3)]
    assert waits == pytest.approx([60, 120, 180], rel=0.02)
    assert budget.acquire("any") == pytest.approx(0.1, rel=0.02)
    assert budget.acquire("any") == pytest.approx(0.2, rel=0.02)


def test_groups_do_not_count_for_each_other() -> None:
    clock = Clock()
    budget = Budget(1000, GROUPS, group_of, clock=clock, sleep=clock.sleep)
    for _ in range(3):
        budget.acquire("slow")
    assert budget.acquire("slower") < 1
    assert budget.acquire("slow") > 50


def test_threads_share_one_budget() -> None:
    budget = Budget(200)
    moments: list[float] = []

    def ask() -> None:
        for _ in range(5):
            budget.acquire("any")
            moments.append(time.monotonic())

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(moments) - min(moments) >= 19 / 200 * 0.98
