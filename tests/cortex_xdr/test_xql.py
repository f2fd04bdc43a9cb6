"""Streams of the setting ``xql_queries``: windows, results of both kinds, bookmarks, the cap."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from edr_sandbox.serving import Fault
from tap_cortex_xdr.streams.xql import XqlStream
from tap_cortex_xdr.tap import TapCortexXDR

from tests.conftest import Bench
from tests.cortex_xdr.queries import (
    MINUTE,
    POLL,
    SCHEMA,
    START,
    STREAM,
    WEEK,
    Row,
    assert_events,
    at_start,
    bookmark_of,
    busy_world,
    entry,
    frames,
    refused,
    settings,
    truth,
)
from tests.cortex_xdr.tenants import DAY, HOUR, NOW, asked, epoch, small_world, utc


@pytest.fixture
def bench(make: Callable[..., Bench]) -> Bench:
    """A tenant with several events a day."""
    return make(busy_world())


# Reading


@pytest.mark.parametrize(
    "switches",
    [
        {},
        {"xql_stream_above": 2},
        {"xql_status_case": "lower", "xql_stream_above": 2},
        {"xql_pending_polls": 0},
        {"xql_pending_polls": 4, "xql_to": "exclusive"},
    ],
)
def test_the_rows_of_all_windows(make: Callable[..., Bench], switches: Row) -> None:
    bench = make(busy_world(), **switches)
    run = bench.run(config=settings(entry()))
    assert_events(bench, run)
    assert frames(bench) == [
        (NOW - WEEK + day * DAY, NOW - WEEK + (day + 1) * DAY) for day in range(7)
    ]
    polls = [one for one in bench.server.log if one.call.endswith(POLL)]
    assert len(polls) == 7 * (1 + switches.get("xql_pending_polls", 1))
    assert all("limit" not in request for request in asked(bench, POLL) if "query_id" in request)
    assert any(STREAM in one.call for one in bench.server.log) == ("xql_stream_above" in switches)
    times = [row["_time"] for row in run.records["process_events"]]
    assert times == sorted(times)
    assert epoch(bookmark_of(run)["replication_key_value"]) == max(
        row["_time"] for row in truth(bench)
    )
    assert epoch(bookmark_of(run)["read_through"]) == NOW
    assert "drift" not in run.stderr


def test_without_a_schema_all_but_the_keys_is_in_extra(bench: Bench) -> None:
    run = bench.run(config=settings(entry(replication_key="insert_timestamp")))
    schema = run.schemas["process_events"]
    time = {"type": ["string", "null"], "format": "date-time"}
    assert set(schema["properties"]) == {"_time", "event_id", "insert_timestamp", "_extra"}
    assert schema["properties"]["_time"] == schema["properties"]["insert_timestamp"] == time
    assert schema["properties"]["event_id"] == {"type": "string"}
    assert schema["required"] == ["event_id"]
    assert "_extra" in schema["description"]
    record = run.records["process_events"][0]
    assert record["_extra"]["event_type"]
    assert not run.warnings


def test_with_a_schema_its_columns_are_filled_and_the_rest_drifts(bench: Bench) -> None:
    run = bench.run(config=settings(entry(schema=SCHEMA)))
    columns = run.schemas["process_events"]["properties"]
    assert columns["event_id"] == {"type": "string"}
    assert columns["event_type"] == {"type": ["string", "null"]}
    assert columns["_extra"]["type"] == ["object", "null"]
    assert run.schemas["process_events"]["required"] == ["event_id"]
    record = run.records["process_events"][0]
    assert record["event_type"]
    assert "event_type" not in record["_extra"]
    assert_events(bench, run)
    assert "Stream 'process_events': schema drift" in run.stderr


def test_the_tenant_and_the_keys_of_an_entry(bench: Bench) -> None:
    keys = ["alert_id", "event_id"]
    run = bench.run(config=settings(entry(primary_keys=keys, schema=None), tenant="acme"))
    assert run.keys["process_events"] == ["_tenant", *keys]
    assert {row["_tenant"] for row in run.records["process_events"]} == {"acme"}
    assert len(run.table("process_events")) == len(truth(bench))


def test_without_a_replication_key_each_run_reads_all(bench: Bench) -> None:
    config = settings(entry(replication_key=None, window_minutes=7 * 1440))
    run = bench.run(config=config)
    again = bench.run(run.state if run.states else None, config=config)
    for each in (run, again):
        assert_events(bench, each)
    assert frames(bench) == [(NOW - WEEK, NOW)] * 2


def test_without_a_start_the_last_day_is_read_and_it_is_said(make: Callable[..., Bench]) -> None:
    bench = make(small_world(None, alerts=900))
    run = bench.run(config={"xql_queries": [entry()]})
    ((low, high),) = frames(bench)
    assert high - low == DAY
    assert len(run.table("process_events")) > 5
    assert sum("the last 24 hours are read" in line for line in run.stderr.splitlines()) == 2
    size = len(bench.server.log)
    again = bench.run(run.state, config={"xql_queries": [entry()]})
    ((low_again, _),) = frames(bench, since=size)
    assert low_again == high // 1000 * 1000 - HOUR
    assert "the last 24 hours" not in again.stderr


def test_a_first_run_that_fails_leaves_its_day_to_the_next(make: Callable[..., Bench]) -> None:
    bench = make(small_world(None, alerts=900))
    bench.server.faults.append(Fault(call=START, status=400, body=refused("no", 400)))
    config = {"xql_queries": [entry()]}
    run = bench.run(config=config, succeeds=False)
    ((low, high),) = frames(bench)
    size = len(bench.server.log)
    again = bench.run(run.state, config=config)
    assert high - low == DAY
    # The next run has two windows: they are asked for side by side.
    assert min(frames(bench, since=size))[0] == low // 1000 * 1000 - HOUR
    assert len(again.table("process_events")) > 5


# Bookmarks


@pytest.mark.parametrize(
    ("own", "taps", "minutes"), [(None, None, 60), (None, 5, 5), (30, 5, 30), (0, 5, 0)]
)
def test_the_next_run_reads_from_the_bookmark_less_the_look_back(
    bench: Bench, own: int | None, taps: int | None, minutes: int
) -> None:
    middle = NOW - 3 * DAY
    more = {} if taps is None else {"lookback_minutes": taps}
    query = entry(lookback_minutes=own)
    first = bench.run(config=settings(query, **more, end_date=utc(middle)))
    assert_events(bench, first, high=middle)
    size = len(bench.server.log)
    second = bench.run(first.state, config=settings(query, **more))
    assert frames(bench, since=size)[0][0] == middle - minutes * MINUTE
    assert_events(bench, first, second)


def test_a_row_that_arrives_late_is_read_within_the_look_back(bench: Bench) -> None:
    first = bench.run(config=settings(entry()))
    late = NOW - HOUR // 2
    bench.world.add_alert(local_insert_ts=NOW - 1, detection_timestamp=late)
    second = bench.run(first.state, config=settings(entry(lookback_minutes=24 * 60)))
    assert_events(bench, first, second)


@pytest.mark.parametrize("outcome", ["PARTIAL_SUCCESS", "partial_success"])
def test_a_partial_window_is_written_and_read_again(bench: Bench, outcome: str) -> None:
    bench.switches.set(xql_status_case="lower" if outcome.islower() else "upper")

    def act(count: int) -> None:
        # Decided when a query starts: the third and the fifth of the seven are partial.
        part = count + 1 in (3, 5)
        bench.switches.set(xql_outcome="PARTIAL_SUCCESS" if part else "SUCCESS")

    at_start(bench, act)
    run = bench.run(config=settings(entry()))
    assert_events(bench, run)
    third = NOW - WEEK + 2 * DAY
    for state in run.states:
        bookmark = state["bookmarks"].get("process_events", {})
        for name in ("replication_key_value", "read_through"):
            assert name not in bookmark or epoch(bookmark[name]) <= third
    assert epoch(bookmark_of(run)["read_through"]) == third
    said = [line for line in run.warnings if "only part of a result" in line]
    assert len(said) == 2, "once when it happens, once in the summary"
    size = len(bench.server.log)
    bench.run(run.state, config=settings(entry()))
    assert frames(bench, since=size)[0][0] == third - HOUR


def test_a_stream_of_fewer_rows_than_promised_is_partial(bench: Bench) -> None:
    bench.switches.set(xql_stream_above=0)
    body = json.dumps({"event_id": "1-0", "_time": NOW - DAY}).encode() + b"\n"
    bench.server.faults.append(Fault(call=STREAM, status=200, body=body))
    config = settings(entry(window_minutes=7 * 1440))
    run = bench.run(config=config)
    assert len(run.table("process_events")) == 1
    assert "only part of a result" in run.stderr
    assert "replication_key_value" not in bookmark_of(run)
    assert epoch(bookmark_of(run)["read_through"]) == NOW - WEEK


def test_another_replication_key_moves_at_the_end_of_a_window(bench: Bench) -> None:
    """A row that was stored early may have happened late: no bookmark inside a window."""
    bench.server.faults.append(Fault(call=START, skip=3, status=400, body=refused("no", 400)))
    key = "insert_timestamp"
    run = bench.run(config=settings(entry(replication_key=key)), succeeds=False)
    assert_events(bench, run, high=NOW - WEEK + 3 * DAY)
    allowed = {NOW - WEEK + day * DAY for day in range(4)}
    reached = {
        epoch(state["bookmarks"]["process_events"]["read_through"])
        for state in run.states
        if "read_through" in state["bookmarks"].get("process_events", {})
    }
    assert reached <= allowed
    assert max(reached) == NOW - WEEK + 3 * DAY


@pytest.mark.parametrize(("key", "follows"), [("_time", True), ("insert_timestamp", False)])
def test_a_bookmark_inside_a_window_never_passes_an_unwritten_row(
    bench: Bench, key: str, follows: bool
) -> None:
    queries = settings(entry(replication_key=key, window_minutes=7 * 1440))
    tap = TapCortexXDR(config=bench.config | queries)
    stream = tap.streams["process_events"]
    assert isinstance(stream, XqlStream)
    left = {row["event_id"]: row["_time"] for row in truth(bench)}
    reached = set()
    for record in stream.read():
        stream._increment_stream_state(record)
        del left[record.get("event_id")]
        if left:
            reached.add(stream.bookmark.value)
            assert epoch(stream.bookmark.value or utc(NOW - WEEK)) <= min(left.values())
    assert (len(reached) > 5) is follows
    assert stream.bookmark.value == utc(NOW)


# The cap


def test_a_result_at_the_cap_is_halved(bench: Bench) -> None:
    # Rows that share a moment stay together, however short a window is.
    most = max(
        sum(abs(row["_time"] - other["_time"]) <= MINUTE for other in truth(bench))
        for row in truth(bench)
    )
    bench.switches.set(xql_cap=most + 1)
    run = bench.run(config=settings(entry(window_minutes=7 * 1440)))
    assert_events(bench, run)
    sent = frames(bench)
    assert sent[0] == (NOW - WEEK, NOW)
    assert sent[1] == (NOW - WEEK, NOW - WEEK // 2)
    times = [row["_time"] for row in run.records["process_events"]]
    assert times == sorted(times)


def test_a_result_that_is_cut_without_a_word_is_halved(bench: Bench) -> None:
    bench.switches.set(xql_cap=9, xql_total=5000)
    run = bench.run(config=settings(entry(window_minutes=7 * 1440)))
    assert_events(bench, run)
    assert len(frames(bench)) > 2


def test_a_minute_beyond_the_cap_fails(bench: Bench) -> None:
    bench.switches.set(xql_cap=0)
    run = bench.run(config=settings(entry()), succeeds=False)
    assert "Stream 'process_events' failed: the 1000000 rows of the minute from" in run.stderr
    shortest = min(high - low for low, high in frames(bench))
    assert MINUTE / 2 < shortest <= MINUTE
