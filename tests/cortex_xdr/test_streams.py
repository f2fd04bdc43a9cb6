"""Each stream equals the tenant, in every call shape and page size, with the fewest calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Bench
from tests.cortex_xdr.tenants import (
    ALERTS,
    DAY,
    ENDPOINTS,
    INCIDENTS,
    KEYS,
    NOW,
    STREAMS,
    V1_FLAT,
    V1_MULTI,
    asked,
    assert_complete,
    on_the_wire,
    small_world,
    table,
)

Catalog = Callable[..., dict[str, Any]]
SHAPES: dict[str, tuple[dict[str, Any], str]] = {
    "v2": ({}, ALERTS),
    "v1_multi": ({"v2_missing": "404_json"}, V1_MULTI),
    "v1": ({"v2_missing": "404_json", "v1_multi_missing": "404_json"}, V1_FLAT),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_full_refresh_equals_the_tenant(make: Callable[..., Bench], shape: str) -> None:
    switches, call = SHAPES[shape]
    bench = make(small_world(), **switches)
    run = bench.run()
    assert_complete(bench, run, shape=shape)
    assert [entry.call for entry in bench.server.calls("alerts")][-1] == call
    if shape == "v2":
        assert not run.warnings
    else:
        assert f"{call} was read instead of {ALERTS}" in run.warnings[0]
    # Nothing was read twice: no record comes more than once.
    for stream in STREAMS:
        assert len(run.records[stream]) == len(run.table(stream))


@pytest.mark.parametrize("shape", SHAPES)
def test_some_alerts_have_several_events_and_some_none(small: Bench, shape: str) -> None:
    """The comparisons of this file would prove little on a tenant without them."""
    counts = [len(row["events"]) for row in small.world.tables["alerts"].rows.values()]
    assert {0, 1, 2} <= set(counts)
    assert len(on_the_wire(small, "events", shape)) == sum(
        min(count, 1) if shape == "v1" else count for count in counts
    )


@pytest.mark.parametrize("page_size", [1, 7, 1000])
def test_any_page_size_reads_all(small: Bench, page_size: int) -> None:
    run = small.run(config={"page_size": page_size})
    assert_complete(small, run)
    sizes = {request["search_to"] - request["search_from"] for request in asked(small)}
    assert sizes == {min(100, max(2, page_size))}


@pytest.mark.parametrize("page_size", [5, 6])
def test_more_rows_of_one_millisecond_than_a_page_holds(small: Bench, page_size: int) -> None:
    world, at = small.world, NOW - 2 * DAY
    for _ in range(23):
        world.add_incident(at=at)
        world.add_alert(local_insert_ts=at)
        world.add_endpoint(at=at)
    run = small.run(config={"page_size": page_size})
    assert_complete(small, run)


def test_a_page_is_exactly_full(make: Callable[..., Bench]) -> None:
    bench = make(small_world(incidents=20, alerts=30, endpoints=10))
    assert_complete(bench, bench.run(config={"page_size": 10}))


def test_an_empty_tenant_is_read_without_a_record(make: Callable[..., Bench]) -> None:
    bench = make(small_world(incidents=0, alerts=0, endpoints=0))
    run = bench.run()
    assert run.records == {stream: [] for stream in STREAMS}
    assert len(bench.server.log) == 3
    assert not run.warnings


def test_a_second_run_costs_one_call_a_family(small: Bench) -> None:
    first = small.run()
    before = len(small.server.log)
    second = small.run(first.state)
    assert [entry.call.partition("/")[2] for entry in small.server.log[before:]] == [
        ALERTS.partition("/")[2],
        ENDPOINTS,
        INCIDENTS,
    ]
    assert len(second.records["incidents"]) < len(first.records["incidents"])
    assert len(second.records["alerts"]) < len(first.records["alerts"])
    assert_complete(small, first, second)


def test_a_second_run_moves_no_bookmark(small: Bench) -> None:
    first = small.run()
    second = small.run(first.state)
    for stream in ("incidents", "alerts", "events"):
        assert second.state["bookmarks"][stream] == first.state["bookmarks"][stream]


def test_one_read_of_the_alerts_feeds_alerts_and_events(small: Bench) -> None:
    small.run()
    assert len(small.server.calls("alerts")) == 1


@pytest.mark.parametrize("chosen", ["alerts", "events", "incidents", "endpoints"])
def test_a_stream_alone(small: Bench, catalog: Catalog, chosen: str) -> None:
    run = small.run(catalog=catalog(chosen))
    assert list(run.schemas) == [chosen]
    assert_complete(small, run, streams=(chosen,))
    assert len(small.server.log) == 1


def test_the_events_alone_leave_a_state_with_every_page(small: Bench, catalog: Catalog) -> None:
    run = small.run(catalog=catalog("events"), config={"page_size": 10})
    pages = len(small.server.calls(ALERTS))
    assert pages > 2
    assert len(run.states) >= pages - 1


@pytest.mark.parametrize(("first", "later"), [("alerts", "events"), ("events", "alerts")])
def test_a_stream_of_the_family_added_later_is_read_from_the_start(
    small: Bench, catalog: Catalog, first: str, later: str
) -> None:
    before = small.run(catalog=catalog(first))
    after = small.run(before.state, catalog=catalog("alerts", "events"))
    assert_complete(small, after, streams=(later,))
    assert asked(small, ALERTS)[-1]["filters"] == []
    assert after.state["bookmarks"][later]["replication_key_value"]


def test_every_time_of_a_record_is_utc_with_the_vendors_digits(small: Bench) -> None:
    run = small.run()
    for stream, column in (
        ("incidents", "modification_time"),
        ("alerts", "local_insert_ts"),
        ("endpoints", "first_seen"),
        ("events", "event_timestamp"),
    ):
        values = [row[column] for row in run.records[stream] if row.get(column)]
        assert values
        assert all(len(value) == len("2025-06-15T15:06:40.000Z") for value in values), column


def test_incremental_streams_come_oldest_first(small: Bench) -> None:
    run = small.run(config={"page_size": 6})
    for stream, column in (("incidents", "modification_time"), ("alerts", "local_insert_ts")):
        times = [row[column] for row in run.records[stream]]
        assert times == sorted(times)


def test_keys_are_those_promised(small: Bench) -> None:
    run = small.run()
    assert run.keys == {name: [key] for name, key in KEYS.items()} | {"events": ["_event_id"]}
    assert len(table("events", run)) == len(on_the_wire(small, "events"))
