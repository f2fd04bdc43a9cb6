"""Queries in flight: four and never more, in order all the same; and the quota that is left."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from edr_sandbox.serving import Reply, Request

from tests.cortex_xdr.queries import (
    START,
    WEEK,
    Row,
    assert_events,
    bookmark_of,
    busy_world,
    entry,
    frames,
    refused,
    settings,
    truth,
)
from tests.cortex_xdr.tenants import DAY, HOUR, NOW, epoch
from tests.kit.quick import Quick, errors

Swift = Callable[..., Quick]
WIDE = {"max_parallel_requests": 8}
QUOTA = "xql/get_quota"


class Running:
    """Counts the queries that run at the vendor, and remembers the most of them."""

    def __init__(self, bench: Quick) -> None:
        self._now: set[str] = set()
        self._lock = threading.Lock()
        self.most = 0
        bench.server.before_reply.append(self)

    def __call__(self, request: Request, reply: Reply) -> None:
        with self._lock:
            if START in request.path and reply.status == 200:
                self._now.add(reply.body["reply"])
                self.most = max(self.most, len(self._now))
            elif request.path.rstrip("/").endswith("get_query_results"):
                status = reply.body["reply"].get("status", "")
                if status.upper() != "PENDING":
                    self._now.discard(request.json()["request_data"]["query_id"])


@pytest.mark.parametrize(("width", "most"), [(8, 4), (4, 4), (2, 2), (1, 1)])
def test_four_queries_run_at_once_and_never_more(swift: Swift, width: int, most: int) -> None:
    bench = swift(busy_world(), xql_pending_polls=4)
    running = Running(bench)
    run = bench.run(config=settings(entry(window_minutes=360), max_parallel_requests=width))
    assert running.most == most
    assert_events(bench, run)
    assert {one.status for one in bench.server.calls(START)} == {200}
    assert sorted(frames(bench)) == [(at, at + DAY // 4) for at in range(NOW - WEEK, NOW, DAY // 4)]
    times = [row["_time"] for row in run.records["process_events"]]
    assert times == sorted(times)
    reached = [
        state["bookmarks"]["process_events"].get("read_through", "")
        for state in run.states
        if "process_events" in state["bookmarks"]
    ]
    assert reached == sorted(reached)
    assert epoch(bookmark_of(run)["read_through"]) == NOW


def test_a_result_that_is_halved_runs_no_fifth_query(swift: Swift) -> None:
    """The halves are asked for while other windows are in flight."""
    bench = swift(busy_world(), xql_pending_polls=3, xql_cap=9, xql_total=5000)
    running = Running(bench)
    run = bench.run(config=settings(entry(), **WIDE))
    assert_events(bench, run)
    assert len(frames(bench)) > 7
    assert running.most == 4
    assert {one.status for one in bench.server.calls(START)} == {200}


def test_a_window_that_fails_surfaces_in_its_place(swift: Swift) -> None:
    bench = swift(busy_world())
    failing = NOW - WEEK + 2 * DAY
    handle = bench.server.simulator.handle

    def refusing(request: Request) -> Reply:
        data = request.json().get("request_data", {})
        if START in request.path and data["timeframe"]["from"] == failing:
            return Reply(refused("no", 400), 400)
        return handle(request)

    bench.server.simulator.handle = refusing
    run = bench.run(config=settings(entry(), **WIDE), succeeds=False)
    assert "Stream 'process_events' failed: xql/start_xql_query (HTTP 400)" in run.stderr
    assert_events(bench, run, high=failing)
    assert epoch(bookmark_of(run)["read_through"]) == failing
    assert run.records["incidents"]
    bench.server.simulator.handle = handle
    size = len(bench.server.log)
    rest = bench.run(run.state, config=settings(entry(), **WIDE))
    assert min(frames(bench, since=size))[0] == failing - HOUR
    assert_events(bench, run, rest)


# The quota


@pytest.fixture
def bench(swift: Swift) -> Quick:
    """A tenant of 5 units, of which each query takes 0.0016."""
    return swift(busy_world())


def test_a_quota_below_the_floor_runs_no_query(bench: Quick) -> None:
    config = settings(entry(), entry(name="other"), xql_quota_floor=6, **WIDE)
    run = bench.run(config=config, succeeds=False)
    for name in ("process_events", "other"):
        assert any(
            f"Stream '{name}' failed: 5 units of the XQL quota are left, less than "
            "xql_quota_floor (6). The quota is renewed every night" in line
            for line in errors(run)
        )
    assert not frames(bench)
    assert len(bench.server.calls(QUOTA)) == 1, "asked once a run"
    assert run.records["incidents"]
    assert "process_events" not in (run.state["bookmarks"] or {}) or not (
        {"replication_key_value", "read_through"} & bookmark_of(run).keys()
    )


def test_what_is_left_is_learned_from_the_answers(bench: Quick) -> None:
    config = settings(entry(), xql_quota_floor=4.995)
    run = bench.run(config=config, succeeds=False)
    assert "4.9936 units of the XQL quota are left" in run.stderr
    assert len(frames(bench)) == 4
    assert len(bench.server.calls(QUOTA)) == 1
    reached = NOW - WEEK + 4 * DAY
    assert epoch(bookmark_of(run)["read_through"]) == reached
    assert_events(bench, run, high=reached)
    again = bench.run(run.state, config=config, succeeds=False)
    assert len(frames(bench)) == 4, "the next run sees by the quota itself that nothing is left"
    size = len(bench.server.log)
    rest = bench.run(again.state, config=config | {"xql_quota_floor": 1})
    assert frames(bench, since=size)[0][0] == reached - HOUR
    assert_events(bench, run, rest)


@pytest.mark.parametrize("floor", [0, 4.5, None])
def test_a_quota_above_the_floor_is_no_hindrance(bench: Quick, floor: float | None) -> None:
    run = bench.run(config=settings(entry(), xql_quota_floor=floor, **WIDE))
    assert_events(bench, run)
    assert len(bench.server.calls(QUOTA)) == (0 if floor is None else 1)


@pytest.mark.parametrize("reply", [{"license_quota": None}, {}, [], "none"])
def test_a_quota_that_is_not_told_is_no_hindrance(bench: Quick, reply: Any) -> None:
    def hide(request: Request, answer: Reply) -> None:
        if QUOTA in request.path:
            answer.body["reply"] = reply
        elif isinstance(answer.body, dict) and isinstance(answer.body["reply"], dict):
            answer.body["reply"].pop("remaining_quota", None)

    bench.server.before_reply.append(hide)
    assert_events(bench, bench.run(config=settings(entry(), xql_quota_floor=3)))


def test_a_floor_below_zero_is_no_setting(bench: Quick) -> None:
    run = bench.run(config=settings(entry(), xql_quota_floor=-1), succeeds=False)
    assert "Setting 'xql_quota_floor' must be at least 0" in run.stderr
    assert not bench.server.log


def test_the_rows_of_the_truth_are_several_a_window(bench: Quick) -> None:
    days: dict[int, list[Row]] = {}
    for row in truth(bench):
        days.setdefault(row["_time"] // DAY, []).append(row)
    assert len(days) >= 7
