"""Where vendors, editions and clouds answer differently, every answer is survived."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.conftest import Bench
from tests.gravityzone.checking import (
    DETAILS,
    LIST,
    asked_details,
    assert_truth,
    errors,
    news,
    upserted,
    windows,
)
from tests.gravityzone.conftest import BenchMaker

# Where nothing tells that an analyst changed an incident, its change cannot be seen.
BLIND = {"change_filter_refused": True}

INCIDENT_SWITCHES: list[dict[str, Any]] = [
    {"change_absent": True},
    {"change_null_until_touched": True},
    {"change_follows_engine": False},
    {"change_filter_refused": True},
    {"sort_by_refused": True},
    {"sort_by_must_match": True, "max_window_days": 40},
    {"include_children_needed": False, "only_numeric_offsets": True},
    {"status_ints": True, "end_exclusive": True},
    {"mixed_offsets": True, "int_ids": True},
    {"max_window_days": 7},
    {"max_window_days": 2, "sort_by_must_match": True},
    {"filters_ignored": True},
    {"total_null": True},
    {"duplicate_rows": True},
]


def name_of(switches: dict[str, Any]) -> str:
    return "-".join(switches)


def switch(bench: Bench, switches: dict[str, Any]) -> None:
    for name, value in switches.items():
        setattr(bench.switches, name, value)


@pytest.mark.parametrize("switches", INCIDENT_SWITCHES, ids=name_of)
def test_both_answers_are_survived(make: BenchMaker, switches: dict[str, Any]) -> None:
    bench = make(incidents=25)
    switch(bench, switches)
    start = (datetime.now(UTC) - timedelta(days=60)).isoformat()
    config = {"start_date": start, "page_size": 10}
    first = bench.run(config=config)
    assert_truth(bench, first)
    known = list(bench.world.incidents.by_id)
    late = bench.world.late_incident(2)
    bench.world.grow(known[0])
    bench.world.reprocess(known[1])
    if switches != BLIND:
        bench.world.triage(known[2], status="closed")
    bench.server.log.clear()
    second = bench.run(first.state, config=config)
    assert_truth(bench, first, second)
    wanted = {late, *known[: 2 if switches == BLIND else 3]}
    if switches.get("filters_ignored") is None:
        assert wanted <= set(asked_details(bench.server.log))


def test_short_windows_begin_where_the_incidents_do(make: BenchMaker) -> None:
    """And not in the year of the product, which took two thousand requests."""
    bench = make(incidents=25, days=40)
    bench.switches.max_window_days = 7
    old = bench.world.late_incident(created_days_ago=300)
    run = bench.run(config={"page_size": 10})
    assert_truth(bench, run)
    assert old in {row["incidentId"] for row in run.records["incidents"]}
    assert len(bench.server.calls(LIST)) < 250


def test_short_windows_where_no_order_shows_where_the_incidents_begin(make: BenchMaker) -> None:
    bench = make(incidents=12, days=40)
    bench.switches.max_window_days, bench.switches.total_null = 31, True
    assert_truth(bench, bench.run(config={"page_size": 10}))


@pytest.mark.parametrize("switches", [{"change_absent": True}, BLIND], ids=name_of)
def test_changes_that_may_stay_unseen_are_said_once(small: Bench, switches: dict[str, Any]) -> None:
    switch(small, switches)
    start = (datetime.now(UTC) - timedelta(days=60)).isoformat()
    run = small.run(config={"start_date": start})
    assert len(news(run)) == 1
    for word in ("lastIncidentChange", "analyst", "incident_reread_days"):
        assert word in news(run)[0]


def test_a_tenant_like_any_other_is_not_warned_of(small: Bench) -> None:
    assert not news(small.run())


def test_a_stamp_that_is_filtered_by_but_not_shown(small: Bench) -> None:
    small.switches.change_absent = True
    first = small.run()
    oldest = min(small.world.incidents.by_id.values(), key=lambda one: one.changed).id
    small.world.triage(oldest, status="closed")
    second = small.run(first.state)
    assert_truth(small, first, second)
    small.server.log.clear()
    small.run(second.state)
    assert not asked_details(small.server.log), "details were read again without a change"


def test_ignored_filters_are_said_and_survived(small: Bench) -> None:
    small.switches.filters_ignored = True
    start = datetime.now(UTC) - timedelta(days=10)
    run = small.run(config={"start_date": start.isoformat()})
    assert any("ignores the date filters" in line for line in news(run))
    small.switches.filters_ignored = False
    honoured = small.run(config={"start_date": start.isoformat()})
    assert upserted("incidents", run) == upserted("incidents", honoured)


@pytest.mark.parametrize(
    ("stream", "page"), [("endpoints", 2), ("endpoints", 4), ("incidents", 1), ("incidents", 2)]
)
def test_an_announced_page_that_is_empty_fails_the_stream(
    make: BenchMaker, stream: str, page: int
) -> None:
    bench = make(incidents=10, endpoints=10)
    first = bench.run(config={"page_size": 3})
    bench.world.grow(next(iter(bench.world.incidents.by_id)))
    bench.switches.empty_page = page
    bench.switches.enabled_apis = ("network" if stream == "endpoints" else stream,)
    run = bench.run(first.state, config={"page_size": 3}, succeeds=False)
    assert any(stream in line for line in errors(run))
    for name, bookmark in first.state["bookmarks"].items():
        assert run.state["bookmarks"][name].get("replication_key_value") == bookmark.get(
            "replication_key_value"
        )


@pytest.mark.parametrize("vanished_code", [-32602, -32002])
def test_an_incident_that_vanishes_before_its_details(small: Bench, vanished_code: int) -> None:
    small.switches.vanished_code = vanished_code
    gone = sorted(small.world.incidents.by_id)[3]

    def vanish(request: Any, _: Any) -> None:
        if b'"getIncidentsList"' in request.body and gone in small.world.incidents.by_id:
            small.world.remove_incident(gone)

    small.server.before_reply.append(vanish)
    run = small.run()
    assert gone in {row["incidentId"] for row in run.records["incidents"]}
    assert_truth(small, run, removed=True)
    assert len(small.server.calls(DETAILS)) >= 12


def test_naive_dates_are_of_the_configured_zone(make: BenchMaker) -> None:
    bench = make(companies=1, days=9)
    bench.switches.naive_dates = True
    start = (datetime.now(UTC) - timedelta(days=20)).isoformat()
    config = {"naive_timezone": "Europe/Bucharest", "start_date": start}
    first = bench.run(config=config)
    assert_truth(bench, first, offset=timedelta(hours=2))
    bench.server.log.clear()
    bench.run(first.state, config=config)
    assert len(windows(bench.server.calls(LIST))) == 2
    assert not asked_details(bench.server.log)
