"""A tap that is killed anywhere goes on from its last STATE without a loss."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from edr_sandbox.cortex_xdr.world import World

from tests.conftest import Bench
from tests.cortex_xdr.tenants import DAY, NOW, assert_complete, on_the_wire, table, utc
from tests.support.consumer import Consumer
from tests.support.running import taken_until

Row = dict[str, Any]


def run_until(bench: Bench, state: Row | None, lines: int, **config: Any) -> tuple[Consumer, bool]:
    """Run the tap, and kill it after so many lines; return what came and whether it ended."""
    files = {"settings": bench.config | config, "from": state or {}}
    arguments = [str(Path(sys.executable).parent / "tap-cortex-xdr")]
    for name, option in (("settings", "--config"), ("from", "--state")):
        file = Path(bench.folder) / f"{name}.json"
        file.write_text(json.dumps(files[name]))
        arguments += [option, str(file)]
    consumer = Consumer(initial=state or {})
    status = taken_until(arguments, consumer, lines)
    assert status in {None, 0}, "the tap failed by itself"
    return consumer, status is not None


@pytest.fixture(scope="module")
def long_world() -> World:
    """More rows than a STATE message waits for, with a crowd on one millisecond."""
    world = World(seed=5, incidents=1150, alerts=1150, endpoints=12, audits=0, now=NOW)
    for _ in range(120):
        world.add_alert(local_insert_ts=NOW - 3 * DAY)
        world.add_incident(at=NOW - 3 * DAY)
    return world


@pytest.mark.parametrize(("seed", "sort"), [(1, "honoured"), (3, "ignored")])
def test_a_killed_tap_goes_on(
    make: Callable[..., Bench], long_world: World, seed: int, sort: str
) -> None:
    bench = make(long_world, server_sort=sort)
    rng = Random(seed)
    state: Row | None = None
    parts: list[Consumer] = []
    done = False
    while not done:
        lines = rng.choice((600, 2600, 3400, 4400)) + rng.randrange(900)
        part, done = run_until(bench, state, lines, lookback_minutes=0)
        parts.append(part)
        state = part.state
        assert len(parts) < 30, "no progress"
    assert len(parts) > 1
    assert_complete(bench, *parts)


def test_a_killed_re_read_of_an_earlier_start_resumes(
    make: Callable[..., Bench], long_world: World
) -> None:
    bench = make(long_world)
    late, early = utc(NOW - 2 * DAY), utc(NOW - 40 * DAY)
    first, done = run_until(bench, None, 10**9, start_date=late)
    assert done
    second, done = run_until(bench, first.state, 3500, start_date=early)
    assert not done
    reached = second.state["bookmarks"]["alerts"]
    assert reached["start_date"] == early
    third, done = run_until(bench, second.state, 10**9, start_date=early, lookback_minutes=0)
    assert done
    assert_complete(bench, first, second, third)
    assert len(third.records["alerts"]) < len(on_the_wire(bench, "alerts"))
    assert table("alerts", second, third).keys() >= table("alerts", first).keys()
