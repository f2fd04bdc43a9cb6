"""What the tests of ``xql_queries`` share: an entry, its truth, and what was asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from edr_sandbox.cortex_xdr.world import World
from edr_sandbox.cortex_xdr.xql import dataset
from edr_sandbox.serving import Reply, Request

from tests.conftest import Bench
from tests.cortex_xdr.tenants import DAY, NOW, asked, small_world, utc
from tests.support.comparing import assert_same_table
from tests.support.consumer import Consumer

Row = dict[str, Any]

MINUTE = 60_000
START, POLL, STREAM = "xql/start_xql_query", "xql/get_query_results", "get_query_results_stream"
WEEK = 7 * DAY
RANGE = {"start_date": utc(NOW - WEEK), "end_date": utc(NOW)}
SCHEMA: Row = {
    "type": "object",
    "required": ["event_type"],
    "properties": {
        "event_id": {"type": "string"},
        "_time": {"type": "string", "format": "date-time"},
        "insert_timestamp": {"type": "string", "format": "date-time"},
        "event_type": {"type": "string"},
        "actor_process_os_pid": {"type": "integer"},
    },
}


def busy_world(now: int | None = NOW) -> World:
    return small_world(now, alerts=240)


def entry(**more: Any) -> Row:
    """Return an entry over the events; ``None`` takes a member away."""
    given = {
        "name": "process_events",
        "query": "dataset = xdr_data | fields *",
        "primary_keys": ["event_id"],
        "replication_key": "_time",
        "window_minutes": 1440,
        **more,
    }
    return {name: value for name, value in given.items() if value is not None}


def settings(*entries: Row, **more: Any) -> Row:
    """Return settings with queries, which run one after another unless ``more`` says otherwise."""
    return {**RANGE, "max_parallel_requests": 1, **more, "xql_queries": list(entries)}


def truth(bench: Bench, low: int = NOW - WEEK, high: int = NOW) -> list[Row]:
    rows = dataset(bench.world, "xdr_data")
    return [row for row in rows if low <= row["_time"] < high]


def assert_events(bench: Bench, *runs: Consumer, low: int = NOW - WEEK, high: int = NOW) -> None:
    """Assert that an upserting loader holds exactly the events of the range."""
    emitted: dict[tuple[Any, ...], Row] = {}
    for run in runs:
        emitted |= run.table("process_events")
    rows = truth(bench, low, high)
    assert len(rows) > 5
    assert_same_table(emitted, rows, lambda row: (row["event_id"],))


def frames(bench: Bench, since: int = 0) -> list[tuple[int, int]]:
    found = [request["timeframe"] for request in asked(bench, START, since=since)]
    return [(each["from"], each["to"]) for each in found]


def bookmark_of(run: Consumer) -> Row:
    found: Row = run.state["bookmarks"]["process_events"]
    return found


def refused(extra: Any, status: int = 500) -> Row:
    return {"reply": {"err_code": status, "err_msg": "no", "err_extra": extra}}


def at_start(bench: Bench, act: Callable[[int], None]) -> None:
    """Call ``act`` with the number of each query, from 1, once it has been started."""
    count = 0

    def hook(request: Request, _reply: Reply) -> None:
        nonlocal count
        if START in request.path:
            count += 1
            act(count)

    bench.server.before_reply.append(hook)
