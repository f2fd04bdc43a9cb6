"""XQL queries that fail, are refused or meet a fault; the other streams complete."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable

import pytest
from edr_sandbox.serving import Fault

from tests.conftest import Bench
from tests.cortex_xdr.queries import (
    POLL,
    START,
    STREAM,
    Row,
    assert_events,
    at_start,
    busy_world,
    entry,
    frames,
    refused,
    settings,
)


@pytest.fixture
def bench(make: Callable[..., Bench]) -> Bench:
    """A tenant with several events a day."""
    return make(busy_world())


@pytest.mark.parametrize("outcome", ["FAIL", "CANCELED", "TIMEOUT"])
def test_a_failed_query_is_named_and_the_others_complete(bench: Bench, outcome: str) -> None:
    other = entry(name="a_bad_one")

    def act(_: int) -> None:
        bench.switches.set(xql_outcome="SUCCESS")

    bench.switches.set(xql_outcome=outcome, xql_status_case="lower")
    at_start(bench, act)
    run = bench.run(config=settings(other, entry()), succeeds=False)
    assert f"Stream 'a_bad_one' failed: the query ended with {outcome}" in run.stderr
    assert "Query execution ran out of resources" in run.stderr
    assert "Failed streams: a_bad_one." in run.stderr
    assert_events(bench, run)
    assert run.records["incidents"]
    assert frames(bench)[0] == frames(bench)[1]


def test_a_wrong_query_is_refused_once(bench: Bench) -> None:
    bad = (entry(name="no_dataset", query="preset = x"), entry(name="x", query="dataset = nope"))
    run = bench.run(config=settings(*bad), succeeds=False)
    assert "no viable alternative, line 1, column 1. Correct the query." in run.stderr
    assert "dataset nope not found" in run.stderr
    assert len(frames(bench)) == 2


def test_an_exhausted_quota_is_said_and_not_repeated(bench: Bench) -> None:
    bench.switches.set(xql_quota_exhausted=True)
    run = bench.run(config=settings(entry()), succeeds=False)
    assert "the XQL quota of this tenant is used up: the daily query quota" in run.stderr
    assert "remaining quota 0.0" in run.stderr
    assert len(frames(bench)) == 1
    assert run.records["incidents"]


def test_too_many_parallel_queries_are_waited_for(bench: Bench) -> None:
    bench.switches.set(xql_others_running=6)
    run = bench.run(config=settings(entry()))
    assert_events(bench, run)
    assert "parallel running queries" in run.stderr
    assert len(frames(bench)) == 7 + 3


@pytest.mark.parametrize("status", [200, 500])
def test_an_error_in_place_of_rows_is_no_row(bench: Bench, status: int) -> None:
    bench.switches.set(xql_stream_above=0)
    body = refused("stream is invalid")
    bench.server.faults.append(Fault(call=STREAM, status=status, body=body))
    run = bench.run(config=settings(entry()), succeeds=False)
    assert "stream is invalid" in run.stderr
    assert not run.records["process_events"]


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "truncate"},
        {"body": b"<html>maintenance</html>", "status": 200},
        {"body": b"", "status": 200},
        {"body": refused("try again"), "status": 200},
        {"status": 503},
    ],
)
def test_a_passing_fault_of_every_call_loses_nothing(bench: Bench, fault: Row) -> None:
    bench.switches.set(xql_stream_above=0)
    for call in (STREAM, POLL, START):
        bench.server.faults.append(Fault(call=call, times=2, skip=1, **fault))
    run = bench.run(config=settings(entry()))
    assert_events(bench, run)
    assert "repeated requests: 6" in run.stderr


def test_a_key_without_the_right_skips_the_stream(bench: Bench) -> None:
    bench.switches.set(role_missing=("xql/",))
    run = bench.run(config=settings(entry()))
    assert "Stream 'process_events' is skipped: xql/start_xql_query (HTTP 403)" in run.stderr
    assert run.records["incidents"]


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
@pytest.mark.parametrize("times", [2, 99], ids=["passing", "lasting"])
def test_rows_that_break_off_are_asked_for_again(bench: Bench, packed: bool, times: int) -> None:
    bench.switches.set(xql_stream_above=0)
    # Long enough that its head, by which rows are told from errors, is whole.
    noise = random.Random(7)
    rows = b"".join(b'{"x": "%s"}\n' % noise.randbytes(500).hex().encode() for _ in range(300))
    body = gzip.compress(rows)[:-100] if packed else rows[:-100]
    bench.server.faults.append(Fault(call=STREAM, status=200, times=times, body=body))
    lasts = times > 2
    run = bench.run(config={**settings(entry()), "max_retries": 2}, succeeds=not lasts)
    assert "the rows of the result break off" in run.stderr
    if lasts:
        assert "Stream 'process_events' failed: " in run.stderr
        assert not run.records["process_events"]
    else:
        assert_events(bench, run)
