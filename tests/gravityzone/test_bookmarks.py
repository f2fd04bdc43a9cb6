"""What a state makes the next run ask for, and what it writes for that."""

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
    changed_at,
    moment,
    upserted,
    windows,
)
from tests.gravityzone.conftest import BenchMaker

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def ago(**span: float) -> str:
    return (datetime.now(UTC) - timedelta(**span)).isoformat(timespec="seconds")


def bookmark(state: Any, stream: str = "incidents") -> datetime:
    return moment(state["bookmarks"][stream]["replication_key_value"])


def test_a_run_without_changes_costs_two_lists_and_no_details(small: Bench) -> None:
    first = small.run()
    small.server.log.clear()
    second = small.run(first.state)
    assert len(small.server.calls(LIST)) == 2
    assert not [one for one in small.server.calls() if one.call == DETAILS]
    assert not second.records["alerts"]
    assert second.state == first.state


@pytest.mark.parametrize(("setting", "minutes"), [(None, 60), (0, 0), (1440, 1440)])
def test_a_run_asks_from_the_bookmark_less_the_look_back(
    small: Bench, setting: int | None, minutes: int
) -> None:
    first = small.run()
    newest = max(map(changed_at, small.world.truth("incidents")))
    assert bookmark(first.state) == newest
    small.server.log.clear()
    config = {} if setting is None else {"lookback_minutes": setting}
    second = small.run(first.state, config=config)
    asked = windows(small.server.calls(LIST))
    assert {name for name, _, _ in asked} == {"changeStartDate", "processedStartDate"}
    expected = newest - timedelta(minutes=minutes)
    for _, low, high in asked:
        assert expected - 2 * SECOND <= low <= expected
        assert high > datetime.now(UTC)
    written = {row["incidentId"] for row in second.records["incidents"]}
    truth = small.world.truth("incidents")
    assert written == {row["incidentId"] for row in truth if changed_at(row) >= expected}


def test_a_changed_incident_costs_exactly_its_details(small: Bench) -> None:
    first = small.run()
    triaged, grown, left = list(small.world.incidents.by_id)[:3]
    # What changed in this very second may do so again, and would be asked for once more.
    before = datetime.now(UTC) - 5 * SECOND
    small.world.triage(triaged, at=before, status="closed", note="Looked at")
    small.world.grow(grown, at=before)
    small.server.log.clear()
    second = small.run(first.state)
    assert sorted(asked_details(small.server.log)) == sorted([triaged, grown])
    assert left not in {row["incidentId"] for row in second.records["incidents"]}
    assert_truth(small, first, second)
    small.server.log.clear()
    third = small.run(second.state)
    assert not asked_details(small.server.log)
    assert_truth(small, first, second, third)


@pytest.mark.parametrize("naive", [False, True])
def test_a_start_date_leaves_out_what_changed_before(small: Bench, naive: bool) -> None:
    start = datetime.now(UTC).replace(microsecond=0) - 10 * DAY
    text = start.replace(tzinfo=None).isoformat() if naive else start.isoformat()
    run = small.run(config={"start_date": text})
    wanted = {
        row["incidentId"] for row in small.world.truth("incidents") if changed_at(row) >= start
    }
    assert {row["incidentId"] for row in run.records["incidents"]} == wanted
    assert {row["incidentId"] for row in run.records["alerts"]} == wanted
    assert 0 < len(wanted) < 12
    for _, low, _ in windows(small.server.calls(LIST)):
        assert start - 2 * SECOND <= low


def test_a_start_date_moved_earlier_is_read_from(small: Bench) -> None:
    late = small.run(config={"start_date": ago(days=5)})
    assert len(late.records["incidents"]) < 12
    early = small.run(late.state, config={"start_date": ago(days=90)})
    assert_truth(small, early, streams=["incidents"])
    assert_truth(small, late, early)
    small.server.log.clear()
    again = small.run(early.state, config={"start_date": ago(days=90)})
    assert len(windows(small.server.calls(LIST))) == 2
    assert len(again.records["incidents"]) < 12


def test_a_start_date_moved_later_keeps_the_bookmark(small: Bench) -> None:
    first = small.run(config={"start_date": ago(days=90)})
    small.server.log.clear()
    second = small.run(first.state, config={"start_date": ago(days=20)})
    assert len(small.server.calls(LIST)) == 2
    assert bookmark(second.state) == bookmark(first.state)


@pytest.mark.parametrize("refused", [False, True])
def test_shards_together_equal_one_run(make: BenchMaker, refused: bool) -> None:
    bench = make(incidents=40)
    bench.switches.change_filter_refused = refused
    # Worked on long after the engine was done with them: their stamps lie in different shards.
    for incident_id in list(bench.world.incidents.by_id)[:5]:
        at = datetime.now(UTC) - 2 * DAY
        bench.world.triage(incident_id, status="closed", at=at)
    edges = [None, ago(days=20), ago(days=10), ago(days=5), None]
    runs = []
    for start, end in zip(edges, edges[1:], strict=False):
        config = {name: date for name, date in (("start_date", start), ("end_date", end)) if date}
        run = bench.run(config=config)
        if end:
            assert bookmark(run.state) <= moment(end)
        runs.append(run)
    assert_truth(bench, *runs)
    total = sum(len(run.table("incidents")) for run in runs)
    if not refused:
        assert total == len(upserted("incidents", *runs)), "shards overlap"


def test_a_shard_stops_short_of_its_end_for_ever(small: Bench) -> None:
    config = {"end_date": ago(days=10)}
    first = small.run(config=config)
    second = small.run(first.state, config=config)
    end = moment(config["end_date"])
    for row in first.records["incidents"] + second.records["incidents"]:
        assert moment(row["lastIncidentChange"]) < end
    assert bookmark(second.state) == bookmark(first.state) < end


def test_a_future_stamp_does_not_hide_what_comes_before_it(small: Bench) -> None:
    strange, usual = list(small.world.incidents.by_id)[:2]
    small.world.triage(strange, priority="high", at=datetime.now(UTC) + 3 * DAY)
    first = small.run()
    assert bookmark(first.state) <= datetime.now(UTC)
    small.world.triage(usual, priority="low")
    second = small.run(first.state)
    assert_truth(small, first, second)


def test_the_columns_of_the_tap_itself(small: Bench) -> None:
    run = small.run()
    truth = {row["incidentId"]: row for row in small.world.truth("incidents")}
    for row in run.records["incidents"]:
        assert moment(row["_changed_at"]) == changed_at(truth[row["incidentId"]])
        born = small.world.incidents.by_id[row["incidentId"]].born
        assert moment(row["_born_at"]) == datetime.fromtimestamp(born, UTC)
