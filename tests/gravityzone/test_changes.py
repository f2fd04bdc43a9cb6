"""A tenant that changes between runs and during them: one follow-up run makes it whole."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from edr_sandbox.gravityzone.world import World

from tests.conftest import Bench
from tests.gravityzone.checking import asked_details, assert_truth, upserted
from tests.gravityzone.conftest import BenchMaker

MINUTE = timedelta(minutes=1)


def deed(world: World, rng: Random, *, removals: bool = True) -> str:
    """Do something to a random incident and return what."""
    known = list(world.incidents.by_id)
    chosen = rng.choice(known)
    deeds: dict[str, Callable[[], Any]] = {
        "triage": lambda: world.triage(chosen, status=rng.choice(["closed", "in_progress"])),
        "note": lambda: world.triage(chosen, note=f"note {rng.random()}"),
        "assign": lambda: world.triage(chosen, assignee=f"{rng.getrandbits(96):024x}"),
        "grow": lambda: world.grow(chosen),
        "reprocess": lambda: world.reprocess(chosen),
        "late": lambda: world.late_incident(rng.uniform(0, 5)),
        "new": world.add_incident,
    }
    if removals and len(known) > 5:
        deeds["remove"] = lambda: world.remove_incident(chosen)
    name = rng.choice(list(deeds))
    deeds[name]()
    return name


def test_changes_between_runs(make: BenchMaker) -> None:
    bench, rng = make(incidents=25), Random(1)
    runs = [bench.run(config={"page_size": 10})]
    for _ in range(2):
        for _ in range(6):
            deed(bench.world, rng)
        runs.append(bench.run(runs[-1].state, config={"page_size": 10}))
        assert_truth(bench, *runs, removed=True)


@pytest.mark.parametrize("seed", [1, 4])
def test_changes_during_a_run(make: BenchMaker, seed: int) -> None:
    bench, rng = make(incidents=30), Random(seed)
    start = (datetime.now(UTC) - timedelta(days=60)).isoformat()
    config = {"page_size": 10, "start_date": start}
    done: list[str] = []

    def change(*_: Any) -> None:
        if rng.random() < 0.6 and len(done) < 25:
            done.append(deed(bench.world, rng, removals=False))

    bench.server.before_reply.append(change)
    first = bench.run(config=config)
    assert len(done) > 5
    bench.server.before_reply.clear()
    second = bench.run(first.state, config=config)
    assert_truth(bench, first, second, removed=True)


def test_an_incident_that_changes_between_its_list_row_and_its_details(small: Bench) -> None:
    chosen = min(small.world.incidents.by_id)

    def grow_once(request: Any, _: Any) -> None:
        if b'"getIncident"' in request.body and chosen.encode() in request.body:
            small.server.before_reply.clear()
            small.world.grow(chosen)

    small.server.before_reply.append(grow_once)
    first = small.run()
    assert not small.server.before_reply
    small.server.log.clear()
    second = small.run(first.state)
    assert asked_details(small.server.log) == [chosen]
    assert_truth(small, first, second)


@pytest.mark.parametrize("minutes", [4, 50])
def test_an_incident_that_becomes_visible_late(small: Bench, minutes: int) -> None:
    busy = next(iter(small.world.incidents.by_id))
    small.world.triage(busy, status="in_progress")
    first = small.run()
    late = small.world.late_incident(2, at=datetime.now(UTC) - minutes * MINUTE)
    second = small.run(first.state)
    assert (late,) in upserted("incidents", second)
    assert_truth(small, first, second)


def test_a_removed_incident_is_no_trouble(small: Bench) -> None:
    first = small.run()
    gone = max(small.world.incidents.by_id.values(), key=lambda one: one.changed).id
    small.world.remove_incident(gone)
    second = small.run(first.state)
    assert not second.records["incidents"] or gone not in {
        row["incidentId"] for row in second.records["incidents"]
    }
    assert_truth(small, first, second, removed=True)
