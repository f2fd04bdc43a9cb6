"""The tenant changes while it is read: a run and one that follows it hold the truth."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from edr_sandbox.cortex_xdr.world import FUTURE, World
from edr_sandbox.serving import Reply, Request

from tests.conftest import Bench
from tests.cortex_xdr.tenants import (
    ALERTS,
    ENDPOINTS,
    INCIDENTS,
    NOW,
    asked,
    assert_complete,
    bounds,
    epoch,
    on_the_wire,
    small_world,
    table,
)

Catalog = Callable[..., dict[str, Any]]
SMALL_PAGES = {"page_size": 6, "lookback_minutes": 0}


class Schedule:
    """Changes a tenant in front of each reply, from one seed; a frozen clock moves on with it."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.rng = Random(seed)
        self.busy = 40

    def __call__(self, _: Request, __: Reply) -> None:
        if not self.busy:
            return
        self.busy -= 1
        world, rng = self.world, self.rng
        with world.lock:
            if world.now_ms is not None:
                world.now_ms += 5000
            for key in rng.sample(world.keys("incidents"), 2):
                world.change_incident(key, notes=f"{self.busy}")
            if rng.random() < 0.3:
                world.add_incident()
            world.add_alert()
            world.remove_alert(rng.choice(world.keys("alerts")))
            world.remove_endpoint(rng.choice(world.keys("endpoints")))
            world.add_endpoint()

    def stop(self) -> None:
        self.busy = 0


def assert_holds(bench: Bench, *runs: Any, stream: str, key: str) -> None:
    """Assert that all rows are held as they are now; what vanished may be held as well."""
    held = table(stream, *runs)
    present = {(row[key],) for row in on_the_wire(bench, stream)}
    assert present <= held.keys()


@pytest.mark.parametrize(("now", "seed"), [(NOW, 1), (None, 3)])
def test_two_runs_hold_the_truth_of_a_moving_tenant(
    make: Callable[..., Bench], now: int | None, seed: int
) -> None:
    world = small_world(now, incidents=40, alerts=60, endpoints=40)
    bench = make(world)
    schedule = Schedule(world, seed)
    bench.server.before_reply.append(schedule)
    first = bench.run(config=SMALL_PAGES)
    assert schedule.busy < 25, "the tenant did not move while it was read"
    schedule.stop()
    second = bench.run(first.state, config=SMALL_PAGES)
    assert_complete(bench, second, streams=("endpoints",))
    for stream, key in (("incidents", "incident_id"), ("alerts", "alert_id")):
        held = table(stream, first, second)
        rows = on_the_wire(bench, stream)
        assert {(row[key],) for row in rows} <= held.keys(), stream
        if stream == "incidents":
            for row in rows:
                assert held[row[key],]["notes"] == row["notes"]
    assert_holds(bench, first, second, stream="events", key="_event_id")


@pytest.mark.parametrize("sort", ["honoured", "ignored"])
def test_endpoints_that_stay_are_in_a_run_during_which_others_come_and_go(
    make: Callable[..., Bench], catalog: Catalog, sort: str
) -> None:
    world = small_world(None, endpoints=60)
    bench = make(world, first_seen_sort=sort)
    there = set(world.keys("endpoints"))

    def change(request: Request, _: Reply) -> None:
        if ENDPOINTS in request.path:
            keys = world.keys("endpoints")
            gone = (keys[0], keys[len(keys) // 2])
            for key in gone:
                world.remove_endpoint(key)
                there.discard(key)
            world.add_endpoint()

    bench.server.before_reply.append(change)
    run = bench.run(config={"page_size": 10}, catalog=catalog("endpoints"))
    assert len(there) > 30
    assert {(key,) for key in there} <= run.table("endpoints").keys()


def test_alerts_that_vanish_while_time_windows_are_read_hide_no_other(
    make: Callable[..., Bench], catalog: Catalog
) -> None:
    world = small_world(alerts=60)
    bench = make(world, server_sort="ignored")
    rng = Random(4)

    def change(request: Request, _: Reply) -> None:
        if ALERTS in request.path and len(world.keys("alerts")) > 40:
            world.remove_alert(rng.choice(world.keys("alerts")))

    bench.server.before_reply.append(change)
    run = bench.run(config={"page_size": 6}, catalog=catalog("alerts"))
    assert {(key,) for key in world.keys("alerts")} <= run.table("alerts").keys()


def test_a_naive_reader_loses_rows_on_the_same_schedule(make: Callable[..., Bench]) -> None:
    """Shows that the schedule is hard: offsets under a fixed bound skip what slides past them."""
    world = small_world(incidents=40)
    bench = make(world, level="standard")
    schedule = Schedule(world, 1)
    bench.server.before_reply.append(schedule)
    bound = world.now()
    seen = naive_read(bench, {"operator": "lte", "value": bound})
    schedule.stop()
    seen |= naive_read(bench, {"operator": "gte", "value": bound})
    assert set(world.keys("incidents")) - seen, "the naive reader lost nothing"
    first = bench.run(config=SMALL_PAGES)
    assert_complete(bench, first, streams=("incidents",))


def naive_read(bench: Bench, bound: dict[str, Any]) -> set[str]:
    """Read incidents as many integrations do: ascending, by offset, until a page is short."""
    headers = {
        "authorization": bench.config["api_key"],
        "x-xdr-auth-id": "7",
        "content-type": "application/json",
    }
    seen: set[str] = set()
    offset = 0
    while True:
        data = {
            "filters": [{"field": "modification_time", **bound}],
            "search_from": offset,
            "search_to": offset + 6,
            "sort": {"field": "modification_time", "keyword": "asc"},
        }
        body = json.dumps({"request_data": data}).encode()
        request = Request("POST", f"/public_api/v1/{INCIDENTS}", headers, body)
        reply, _ = bench.server.answer(request)
        rows = reply.body["reply"]["incidents"]
        seen |= {row["incident_id"] for row in rows}
        if len(rows) < 6:
            return seen
        offset += 6


def test_an_incident_of_the_future_hides_nothing(make: Callable[..., Bench]) -> None:
    world = small_world(None)
    bench = make(world)
    early, other = world.keys("incidents")[:2]
    world.future(early)
    first = bench.run()
    assert first.table("incidents")[early,]["modification_time"] == "2030-01-01T00:00:00.000Z"
    reached = epoch(first.state["bookmarks"]["incidents"]["replication_key_value"])
    assert reached <= time.time() * 1000 < FUTURE
    world.change_incident(other, notes="later")
    second = bench.run(first.state, config={"lookback_minutes": 0})
    assert second.table("incidents")[other,]["notes"] == "later"
    assert bounds(asked(bench, INCIDENTS)[-1])["gte"] <= reached
    assert_complete(bench, first, second, streams=("incidents",))


def test_an_alert_that_arrives_late_is_found_by_when_it_was_stored(small: Bench) -> None:
    """Its detection lies days before the bookmark; the time of storing does not."""
    first = small.run()
    small.world.now_ms = NOW + 1000
    late = small.world.add_alert(detection_timestamp=NOW - 20 * 86_400_000)
    second = small.run(first.state, config={"lookback_minutes": 0})
    assert (late,) in second.table("alerts")
    assert_complete(small, first, second)


def test_a_change_of_an_alert_inside_the_look_back_arrives(small: Bench) -> None:
    newest = small.world.keys("alerts")[-1]
    first = small.run()
    small.world.change_alert(newest, severity="critical", name="renamed")
    second = small.run(first.state)
    assert second.table("alerts")[newest,]["name"] == "renamed"
    assert_complete(small, first, second)


def test_rows_that_come_into_scope_again_are_found_by_a_look_back(small: Bench) -> None:
    world = small.world
    hidden = world.keys("incidents")[-2:]
    world.restrict("incidents", hidden)
    first = small.run()
    assert len(first.records["incidents"]) == 12
    world.permit("incidents", hidden)
    second = small.run(first.state, config={"lookback_minutes": 60 * 24 * 60})
    assert_complete(small, first, second)
