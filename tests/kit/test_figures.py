"""The metric messages of a run: what its summary says, for machines."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import pytest
from edr_sandbox.serving import Fault, Reply, Request

from tests.kit.quick import CALLS, Quick, rewrite
from tests.support.running import Run

Points = dict[str, list[dict[str, Any]]]


def points(run: Run) -> Points:
    """Return the metric messages by metric: value and tags."""
    found: Points = {}
    for line in run.stderr.splitlines():
        if "METRIC: " in line:
            point = json.loads(line.partition("METRIC: ")[2])
            assert point["tags"].pop("pid") > 0
            found.setdefault(point["metric"], []).append({"is": point["value"], **point["tags"]})
    return found


def test_a_good_run_tells_requests_and_how_far_each_stream_was_read(bench: Quick) -> None:
    run = bench.run()
    told = points(run)
    sent = {exchange.call for exchange in bench.server.log}
    assert sum(each["is"] for each in told["http_request_count"]) == len(bench.server.log)
    assert len(told["http_request_count"]) <= len(sent) * 2
    counted = {each["stream"] for each in told["record_count"]}
    until = {each["stream"]: each["is"] for each in told["read_until"]}
    assert until.keys() == counted
    assert len(set(until.values())) == 1
    for bookmark in told["bookmark"]:
        reached = run.state["bookmarks"][bookmark["stream"]]["replication_key_value"]
        assert bookmark["is"] == pytest.approx(_seconds(reached), abs=0.001)
        assert bookmark["is"] <= until[bookmark["stream"]]
    assert "incidents" in {each["stream"] for each in told["bookmark"]}
    assert not told.keys() & {"stream_status", "http_retry_count"}
    assert abs(told["clock_skew"][0]["is"]) < 30


def test_repetitions_and_failures_are_told(bench: Quick) -> None:
    call = CALLS[bench.tap]["endpoints"]
    bench.server.faults.append(Fault(call=call, status=503, times=10**6))
    told = points(bench.run(config={"max_retries": 2}, succeeds=False))
    assert {"is": 1, "stream": "endpoints", "status": "failed"} in told["stream_status"]
    assert "endpoints" not in {each["stream"] for each in told["read_until"]}
    assert [each["is"] for each in told["http_retry_count"]] == [2]
    assert {each["reason"] for each in told["wait_duration"]} >= {"retries"}


def test_a_dead_key_leaves_streams_unfinished(bench: Quick) -> None:
    bench.server.faults.append(Fault(status=401, times=10**6))
    told = points(bench.run(succeeds=False))
    assert {each["status"] for each in told["stream_status"]} <= {"unfinished", "succeeded"}
    assert "incidents" in {each["stream"] for each in told["stream_status"]}


def test_drift_is_told_by_stream_and_kind(bench: Quick) -> None:
    def change(_: Any, rows: list[Any]) -> None:
        for row in rows:
            row["brand_new"] = 1

    rewrite(bench, "endpoints", change)
    told = points(bench.run())
    (drift,) = [each for each in told["drift_count"] if each["stream"] == "endpoints"]
    assert drift["kind"] == "unknown"
    assert drift["is"] >= len(bench.truth("endpoints"))


def test_the_vendors_clock_is_compared(bench: Quick) -> None:
    def shift(_: Request, reply: Reply) -> None:
        then = datetime.fromtimestamp(datetime.now(UTC).timestamp() + 600, UTC)
        reply.headers["Date"] = format_datetime(then, usegmt=True)

    bench.server.before_reply.append(shift)
    (skew,) = points(bench.run())["clock_skew"]
    assert 570 < skew["is"] < 630


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
