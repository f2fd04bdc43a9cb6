"""Where the reference is unsure or tenants differ, both answers are survived without a loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from edr_sandbox.cortex_xdr.world import World

from tests.conftest import Bench
from tests.cortex_xdr.tenants import (
    ALERTS,
    DAY,
    ENDPOINTS,
    NOW,
    V1_FLAT,
    V1_MULTI,
    asked,
    assert_complete,
    on_the_wire,
    small_world,
    table,
)
from tests.support.comparing import differences

Catalog = Callable[..., dict[str, Any]]

# What a tenant may do without anything being lost or said.
QUIET: dict[str, dict[str, Any]] = {
    "endpoint keyword in any case": {"endpoint_keyword": "any", "incident_id_order": "text"},
    "lte exclusive": {"lte": "exclusive"},
    "offsets refused": {"deep_offsets": "refused"},
    "totals too small": {"total": "smaller"},
    "totals null": {"total": "null"},
    "ids as integers": {"alert_ids_as_int": True},
    "times in seconds": {"times": "seconds"},
    "times as floats": {"times": "floats"},
    "times as text": {"times": "text"},
    "first_seen filter refused": {"first_seen_filter": "refused"},
    "first_seen filter ignored": {"first_seen_filter": "ignored"},
    "first_seen sort refused": {"first_seen_sort": "refused"},
    "first_seen sort ignored": {"first_seen_sort": "ignored"},
    "first_seen sort ignored, totals null": {"first_seen_sort": "ignored", "total": "null"},
    "first_seen sort refused with objects": {
        "first_seen_sort": "refused",
        "validation_errors": "objects",
    },
    "endpoint_id sort refused": {"endpoint_id_sort": "refused"},
    "endpoint_id sort ignored": {"endpoint_id_sort": "ignored"},
}
# How the alerts' sort may fail; the note says so once.
UNSORTED: dict[str, dict[str, Any]] = {
    "refused": {"server_sort": "refused"},
    "refused with objects": {"server_sort": "refused", "validation_errors": "objects"},
    "ignored": {"server_sort": "ignored"},
    "ignored, totals too small": {"server_sort": "ignored", "total": "smaller"},
    "ignored, lte exclusive": {"server_sort": "ignored", "lte": "exclusive"},
    "ignored, times as floats": {"server_sort": "ignored", "times": "floats"},
}


@pytest.fixture
def crowded() -> World:
    """A world in which more rows than a page of 6 share a millisecond."""
    world = small_world()
    for _ in range(8):
        world.add_incident(at=NOW - 3 * DAY)
        world.add_alert(local_insert_ts=NOW - 3 * DAY)
        world.add_endpoint(at=NOW - 300 * DAY)
    return world


@pytest.mark.parametrize("case", QUIET)
def test_nothing_is_lost_or_said(make: Callable[..., Bench], crowded: World, case: str) -> None:
    bench = make(crowded, **QUIET[case])
    run = bench.run(config={"page_size": 6})
    assert_complete(bench, run)
    assert not run.warnings


@pytest.mark.parametrize("case", UNSORTED)
def test_alerts_that_cannot_be_sorted_by_their_time(
    make: Callable[..., Bench], crowded: World, catalog: Catalog, case: str
) -> None:
    bench = make(crowded, **UNSORTED[case])
    run = bench.run(config={"page_size": 6}, catalog=catalog("alerts", "events"))
    assert_complete(bench, run, streams=("alerts", "events"))
    said, summary = run.warnings
    assert "the tenant does not sort" in said
    assert "Said during the run" in summary
    assert len(bench.server.log) < 150


@pytest.mark.parametrize(
    ("stream", "switches"),
    [
        ("alerts", {"server_sort": "ignored"}),
        ("endpoints", {"first_seen_sort": "ignored", "total": "null"}),
    ],
)
def test_an_ignored_sort_whose_first_page_is_one_millisecond(
    make: Callable[..., Bench], catalog: Catalog, stream: str, switches: dict[str, Any]
) -> None:
    """Newest first, such a page looks like one that is sorted as asked."""
    world = small_world()
    for _ in range(8):
        world.add_alert(local_insert_ts=NOW - 777)
        world.add_endpoint(at=NOW - 777)
    bench = make(world, **switches)
    run = bench.run(config={"page_size": 6}, catalog=catalog(stream))
    assert_complete(bench, run, streams=(stream,))


@pytest.mark.parametrize(
    ("switches", "path", "shape", "missing"),
    [
        (("v2_missing",), V1_MULTI, "v1_multi", "404_html"),
        (("v2_missing", "v1_multi_missing"), V1_FLAT, "v1", "500"),
    ],
)
def test_a_tenant_without_the_newer_call(
    make: Callable[..., Bench],
    catalog: Catalog,
    switches: tuple[str, ...],
    path: str,
    shape: str,
    missing: str,
) -> None:
    bench = make(small_world(), **dict.fromkeys(switches, missing))
    config = {"max_retries": 2, "page_size": 15}
    run = bench.run(config=config, catalog=catalog("alerts", "events"))
    assert_complete(bench, run, shape=shape, streams=("alerts", "events"))
    assert bench.server.log[-1].call == path
    assert f"{path} was read instead of {ALERTS}" in run.warnings[0]
    assert len(run.warnings) == 2


@pytest.mark.parametrize("status", [404, 500])
def test_a_call_that_the_tenant_does_not_know(small: Bench, status: int) -> None:
    del small.server.simulator.calls[ALERTS]
    small.switches.set(unknown_path=status)
    run = small.run(config={"max_retries": 1})
    assert_complete(small, run, shape="v1_multi")


@pytest.mark.parametrize(
    ("empty_counts", "empty_list"),
    [("null", "null"), ("zero", "missing"), ("missing", "list"), ("missing", "missing")],
)
def test_an_empty_answer_in_any_form(
    make: Callable[..., Bench], catalog: Catalog, empty_counts: str, empty_list: str
) -> None:
    world = small_world(incidents=0, alerts=0, endpoints=0)
    bench = make(world, empty_counts=empty_counts, empty_list=empty_list)
    run = bench.run(catalog=catalog("alerts"))
    assert run.records["alerts"] == []
    assert not run.warnings
    assert len(bench.server.log) == 1


def test_event_arrays_without_their_nulls_stay_together(make: Callable[..., Bench]) -> None:
    """Which entry belongs to which event is unknown: one record keeps the arrays."""
    bench = make(small_world(), event_arrays="nulls_dropped")
    run = bench.run(config={"page_size": 15})
    assert_complete(bench, run, streams=("alerts",))
    alerts = {row["alert_id"]: row for row in on_the_wire(bench, "alerts")}
    counts = {key: len(row["events"]) for key, row in bench.world.tables["alerts"].rows.items()}
    members = {name for row in on_the_wire(bench, "events") for name in row if name[0] != "_"}
    members -= {"alert_id", "local_insert_ts"}
    together = 0
    for key, alert in alerts.items():
        arrays = {name: alert[name] for name in members if alert[name] is not None}
        records = [row for row in run.records["events"] if row["alert_id"] == key]
        if len({len(array) for array in arrays.values()}) < 2:
            assert [row["_aligned"] for row in records] == [True] * counts[key]
            continue
        together += 1
        (record,) = records
        assert record["_aligned"] is False
        assert record["_event_id"] == f"{key}-0"
        beside = {name: alert[name] for name in ("alert_id", "local_insert_ts")}
        assert not differences(arrays | beside, record)
    assert together > 3
    assert all(f"{key}-0" in {row["_event_id"] for row in run.records["events"]}
               for key, count in counts.items() if count)  # fmt: skip


def test_ten_thousand_alerts_without_deep_offsets(
    make: Callable[..., Bench], catalog: Catalog
) -> None:
    count = 10_300
    world = World(seed=5, incidents=0, alerts=count, endpoints=5, audits=0, now=NOW)
    bench = make(world, deep_offsets="refused")
    run = bench.run(catalog=catalog("alerts", "events"), config={"page_size": 100})
    emitted = table("alerts", run)
    assert emitted.keys() == {(key,) for key in world.keys("alerts")}
    assert len(run.records["events"]) == len(world.truth("events"))
    assert len(bench.server.log) <= -(-count // 100) * 1.05
    assert max(request["search_to"] for request in asked(bench)) <= 800, "the pages in flight"
    assert len(run.states) >= 10


@pytest.mark.parametrize("lost", [1, 6])
def test_endpoints_without_the_time_that_sorts_them(
    make: Callable[..., Bench], catalog: Catalog, lost: int
) -> None:
    """An endpoint without first_seen lies in no range of it; six of them fill the first page."""
    world = small_world()
    for _ in range(lost):
        world.change_endpoint(world.add_endpoint(), first_seen=None)
    bench = make(world)
    run = bench.run(config={"page_size": 4}, catalog=catalog("endpoints"))
    assert_complete(bench, run, streams=("endpoints",))
    fields = {request["sort"]["field"] for request in asked(bench, ENDPOINTS)}
    assert ("endpoint_id" in fields) == (lost > 4)
