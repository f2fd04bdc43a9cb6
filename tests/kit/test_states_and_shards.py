"""Where a run begins: moved dates, odd bookmarks, dates to come, and periods in several shards."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from edr_tap_kit import documents

from tests.cortex_xdr import tenants
from tests.gravityzone.checking import LIST, moment, windows
from tests.kit.cli import CommandLine
from tests.kit.quick import TAPS, Quick, quick
from tests.support.running import Run

DAY = timedelta(days=1)
INCREMENTAL = {
    "tap-cortex-xdr": {
        "incidents": "modification_time", "alerts": "local_insert_ts", "events": "local_insert_ts",
    },
    "tap-gravityzone": {
        "incidents": "_changed_at", "alerts": "_changed_at", "events": "_received_at",
    },
}  # fmt: skip
CASES = [(tap, stream) for tap in TAPS for stream in INCREMENTAL[tap]]


@pytest.fixture(params=TAPS)
def bench(request: pytest.FixtureRequest, forked: CommandLine, tmp_path: Path) -> Iterator[Quick]:
    with quick(request.param, forked, tmp_path, incidents=30) as made:
        if made.tap == "tap-gravityzone":
            scatter(made)
        yield made


def scatter(bench: Quick) -> None:
    """Fill the spool, one file for each of the last days."""
    for days, path in enumerate(bench.world.push_bodies(bench.folder / "spool")):
        stored = time.time() - days * 86_400 - 60
        os.utime(path, (stored, stored))


def now_of(bench: Quick) -> datetime:
    """Return the tenant's time."""
    if bench.tap == "tap-gravityzone":
        return datetime.now(UTC)
    return datetime.fromtimestamp(bench.world.now() / 1000, UTC)


def tables(*runs: Run, tap: str) -> dict[str, dict[Any, Any]]:
    """Return the incremental streams as an upserting loader holds them after the runs."""
    held: dict[str, dict[Any, Any]] = {stream: {} for stream in INCREMENTAL[tap]}
    for run in runs:
        for stream in held:
            held[stream] |= run.table(stream)
    return held


@pytest.mark.parametrize("days", [[9], [12, 8, 3], [10.5, 10.25, 10, 9.99]], ids=str)
def test_shards_equal_one_run_over_their_period(bench: Quick, days: list[float]) -> None:
    """The period of all streams is the same, and ends before now."""
    now = now_of(bench).replace(microsecond=0)
    start, end = now - 16 * DAY, now - 1 * DAY
    edges = [start, *(now - day * DAY for day in days), end]
    config = {"start_date": start.isoformat(), "end_date": end.isoformat(), "page_size": 10}
    whole = bench.run(config=config)
    shards = [
        bench.run(config=config | {"start_date": low.isoformat(), "end_date": high.isoformat()})
        for low, high in zip(edges, edges[1:], strict=False)
    ]
    merged, expected = tables(*shards, tap=bench.tap), tables(whole, tap=bench.tap)
    for stream, rows in expected.items():
        assert len(rows) > 5, stream
        assert merged[stream] == rows, stream
        assert sum(len(shard.table(stream)) for shard in shards) == len(rows), "shards overlap"


def test_a_shard_border_in_any_zone_is_one_instant(bench: Quick) -> None:
    now = now_of(bench).replace(microsecond=0)
    border = now - 8 * DAY
    runs = [
        bench.run(config={"start_date": (now - 16 * DAY).isoformat(), "end_date": written})
        for written in (
            border.isoformat(),
            border.astimezone(timezone(timedelta(hours=5, minutes=30))).isoformat(),
            border.replace(tzinfo=None).isoformat(),
            border.isoformat().replace("+00:00", ".000000Z"),
        )
    ]
    first = tables(runs[0], tap=bench.tap)
    assert all(first.values())
    for run in runs[1:]:
        assert tables(run, tap=bench.tap) == first


@pytest.mark.parametrize("earlier", [20, None])
def test_a_start_date_moved_earlier_is_read_from(bench: Quick, earlier: int | None) -> None:
    now = now_of(bench)
    late = bench.run(config={"start_date": (now - 4 * DAY).isoformat()})
    config = {"start_date": (now - earlier * DAY).isoformat()} if earlier else {}
    early = bench.run(late.state, config=config)
    expected = tables(bench.run(config=config), tap=bench.tap)
    held = tables(late, early, tap=bench.tap)
    for stream, rows in expected.items():
        assert held[stream].keys() == rows.keys(), stream
        assert len(late.table(stream)) < len(rows), stream
    again = bench.run(early.state, config=config)
    for stream, rows in expected.items():
        assert len(again.records[stream]) < len(rows), f"{stream} is read from there for ever"


def test_a_follower_alone_in_the_state_does_not_hide_its_lead(bench: Quick) -> None:
    first = bench.run()
    kept = "events" if bench.tap == "tap-cortex-xdr" else "alerts"
    state = {"bookmarks": {kept: first.state["bookmarks"][kept]}}
    assert tables(bench.run(state), tap=bench.tap).keys()
    bench.assert_truth(first, bench.run(state))
    lead = "alerts" if bench.tap == "tap-cortex-xdr" else "incidents"
    assert len(bench.run(state).table(lead)) == len(bench.truth(lead))


WRITTEN = [
    lambda at: at.isoformat(),
    lambda at: at.astimezone(timezone(timedelta(hours=-11))).isoformat(),
    lambda at: at.astimezone(timezone(timedelta(hours=5, minutes=45))).isoformat(sep=" "),
    lambda at: at.replace(tzinfo=None).isoformat(timespec="seconds"),
    lambda at: at.replace(tzinfo=None).isoformat() + ".123456789Z",
    lambda at: at.replace(tzinfo=None).isoformat() + ",5Z",
    lambda at: int(at.timestamp()),
    lambda at: int(at.timestamp() * 1000),
]


def run_from(bench: Quick, state: dict[str, Any]) -> Run:
    """Run from a state that was written by hand, without a look-back."""
    begun = {"bookmarks": documents.bookmarks(state)}
    return bench.run(state, begun=begun, config={"lookback_minutes": 0})


@pytest.mark.parametrize("number", range(len(WRITTEN)))
def test_a_bookmark_in_any_form_is_its_instant(bench: Quick, number: int) -> None:
    """Written by another tool or by hand: the run asks from there, and moves on from there."""
    at = (now_of(bench) - 6 * DAY).replace(microsecond=0)
    streams = INCREMENTAL[bench.tap]
    state = {"bookmarks": {stream: {"replication_key_value": WRITTEN[number](at)}
             for stream in streams}}  # fmt: skip
    run = run_from(bench, state)
    if bench.tap == "tap-cortex-xdr":
        for call in (tenants.INCIDENTS, tenants.ALERTS):
            low = tenants.bounds(tenants.asked(bench, call)[0])["gte"]
            assert at.timestamp() * 1000 - 1000 < low <= at.timestamp() * 1000
    else:
        low = min(low for _, low, _ in windows(bench.server.calls(LIST)))
        assert at - timedelta(seconds=2) <= low <= at
    for stream in streams:
        assert run.records[stream], stream
        reached = moment(run.state["bookmarks"][stream]["replication_key_value"])
        newest = max(moment(row[streams[stream]]) for row in run.records[stream])
        assert reached == newest > at


def test_bookmarks_of_a_family_in_different_zones_are_compared_as_instants(bench: Quick) -> None:
    """As texts the earlier one would be the later one."""
    at = (now_of(bench) - 6 * DAY).replace(microsecond=0, hour=12)
    early = at.astimezone(timezone(timedelta(hours=12))).isoformat()  # the next day's midnight
    late = (at + timedelta(hours=6)).astimezone(timezone(timedelta(hours=-12))).isoformat()
    assert early > late
    lead, follower = (
        ("alerts", "events") if bench.tap == "tap-cortex-xdr" else ("incidents", "alerts")
    )
    state = {"bookmarks": {lead: {"replication_key_value": late},
                           follower: {"replication_key_value": early}}}  # fmt: skip
    run_from(bench, state)
    if bench.tap == "tap-cortex-xdr":
        low = tenants.bounds(tenants.asked(bench, tenants.ALERTS)[0])["gte"]
        assert low == at.timestamp() * 1000
    else:
        low_at = min(low for _, low, _ in windows(bench.server.calls(LIST)))
        assert at - timedelta(seconds=2) <= low_at <= at


@pytest.mark.parametrize("stream", ["incidents", "alerts"])
def test_a_row_of_the_future_starves_no_later_run(
    forked: CommandLine, tmp_path: Path, stream: str
) -> None:
    """Cortex alerts and incidents whose time has not come are written, and hide nothing."""
    folder = tmp_path / "running"
    folder.mkdir()
    with tenants.tenant(folder, tenants.small_world(None)) as tenant:
        bench = Quick(**vars(tenant), forked=forked)
        ahead = bench.world.now() + 400 * 86_400_000
        if stream == "alerts":
            odd = bench.world.add_alert(at=ahead)
        else:
            odd = bench.world.add_incident(at=ahead)
        runs = [bench.run()]
        assert (odd,) in runs[0].table(stream)
        for _ in range(2):
            reached = moment(runs[-1].state["bookmarks"][stream]["replication_key_value"])
            assert reached <= datetime.now(UTC)
            bench.world.add_alert()
            bench.world.add_incident()
            runs.append(bench.run(runs[-1].state, config={"lookback_minutes": 0}))
            bench.assert_truth(*runs)


def test_a_bookmark_in_the_future_hides_nothing_that_is_new(bench: Quick) -> None:
    """A machine whose clock was wrong wrote it."""
    first = bench.run()
    state = first.state
    for stream in INCREMENTAL[bench.tap]:
        state["bookmarks"][stream]["replication_key_value"] = "2099-01-01T00:00:00Z"
    if bench.tap == "tap-cortex-xdr":
        now = round(time.time() * 1000)
        bench.world.change_incident(bench.world.keys("incidents")[0], at=now, status="new")
        bench.world.add_alert(local_insert_ts=now)
    else:
        bench.world.triage(bench.world.truth("incidents")[0]["incidentId"], status="closed")
        bench.world.add_incident()
    second = bench.run(state)
    bench.assert_truth(first, second)
    assert sum("lies in the future" in line for line in second.warnings) >= 2
