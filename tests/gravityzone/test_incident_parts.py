"""One reading of an incident's details feeds all streams that are made of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random
from typing import Any

import pytest
from edr_sandbox.serving import Fault, Reply, Request

from tests.conftest import Bench
from tests.gravityzone.checking import DETAILS, asked_details, assert_truth, news
from tests.gravityzone.conftest import BenchMaker
from tests.gravityzone.tables import INCIDENT_PARTS, assert_tables, choosing, read
from tests.gravityzone.test_kill import killed_after

FAMILY = ("incidents", "alerts", *INCIDENT_PARTS)


@pytest.fixture
def noted(make: BenchMaker) -> Bench:
    """A tenant with notes on some incidents."""
    bench = make(companies=3, incidents=30)
    for number, incident in enumerate(list(bench.world.incidents.by_id)):
        if number % 3 == 0:
            # Not in the second in which it is listed: it would be read again.
            moment = datetime.now(UTC) - timedelta(seconds=10)
            bench.world.triage(incident, at=moment, note=f"note {number}")
    return bench


def assert_all(bench: Bench, *runs: Any, removed: bool = False) -> None:
    assert_truth(bench, *runs, streams=["incidents", "alerts"], removed=removed)
    assert_tables(bench, INCIDENT_PARTS, *runs, present_only=removed)


def asked(bench: Bench) -> list[str]:
    return asked_details(bench.server.log)


def test_each_incident_is_asked_for_once(noted: Bench) -> None:
    run = read(noted, *FAMILY)
    assert sorted(asked(noted)) == sorted(noted.world.incidents.by_id)
    assert_all(noted, run)


def test_details_of_changed_incidents_alone(noted: Bench) -> None:
    first = read(noted, *FAMILY)
    noted.server.log.clear()
    quiet = read(noted, *FAMILY, state=first.state)
    assert not asked(noted)
    changed = list(noted.world.incidents.by_id)[4:7]
    noted.world.triage(changed[0], note="more")
    noted.world.grow(changed[1])
    noted.world.triage(changed[2], status="closed")
    last = read(noted, *FAMILY, state=quiet.state)
    assert sorted(asked(noted)) == sorted(changed)
    assert_all(noted, first, quiet, last)


@pytest.mark.parametrize("late", INCIDENT_PARTS)
def test_a_stream_that_is_selected_later_gets_all_of_its_rows(noted: Bench, late: str) -> None:
    first = read(noted, "incidents", "alerts")
    noted.server.log.clear()
    second = read(noted, "incidents", "alerts", late, state=first.state)
    assert sorted(asked(noted)) == sorted(noted.world.incidents.by_id)
    assert_tables(noted, [late], first, second)
    noted.server.log.clear()
    read(noted, "incidents", "alerts", late, state=second.state)
    assert not asked(noted)


def test_an_incident_that_changes_twice_within_a_second(noted: Bench) -> None:
    """The list shows whole seconds: the second change, after the details, leaves no trace."""
    first = read(noted, "incidents", "alerts")
    moment = datetime.now(UTC).replace(microsecond=0)
    # Of these, nothing in the list counts the alerts.
    rows = noted.world.truth("incidents")
    incident = next(row["incidentId"] for row in rows if row["incidentType"] == "extendedIncident")
    noted.world.grow(incident, at=moment)
    again = [incident]

    def grow_again(request: Request, reply: Reply) -> None:
        reply.headers["Date"] = format_datetime(moment, usegmt=True)
        if b'"getIncident"' in request.body and incident.encode() in request.body and again:
            noted.world.grow(again.pop(), at=moment)

    noted.server.before_reply.append(grow_again)
    second = read(noted, "incidents", "alerts", state=first.state)
    assert not again
    noted.server.before_reply.clear()
    third = read(noted, "incidents", "alerts", state=second.state)
    assert_truth(noted, first, second, third, streams=["incidents", "alerts"])


def test_parts_without_their_incidents(noted: Bench) -> None:
    run = read(noted, "incident_mitre", "incident_notes")
    assert set(run.keys) == {"incident_mitre", "incident_notes"}
    assert_tables(noted, run.keys, run)


@pytest.mark.parametrize("code", [-32602, -32002])
def test_incidents_that_vanish_before_their_details(noted: Bench, code: int) -> None:
    noted.switches.vanished_code = code
    gone: list[str] = []

    def remove_two(request: Request, _: Reply) -> None:
        if b"getIncidentsList" in request.body and not gone:
            gone.extend(list(noted.world.incidents.by_id)[5:7])
            for incident in gone:
                noted.world.remove_incident(incident)

    noted.server.before_reply.append(remove_two)
    run = read(noted, *FAMILY)
    assert gone
    (said,) = news(run)
    assert "rows that the vendor does not know (any more) are left out: 2, the first: " in said
    assert_all(noted, run, removed=True)


def test_killed_at_any_line_and_resumed(noted: Bench) -> None:
    rng, state, runs = Random(3), None, []
    path = noted.folder / "parts.json"
    path.write_text(json.dumps(choosing(*FAMILY)))
    for _ in range(4):
        run = killed_after(
            noted, rng.randint(60, 300), {"max_parallel_requests": 2}, state, "--catalog", str(path)
        )
        runs.append(run)
        state = run.states[-1] if run.states else state
    assert any(run.exit_code < 0 for run in runs), "no run was killed in the middle"
    runs.append(read(noted, *FAMILY, state=state))
    assert_all(noted, *runs)


def test_a_fault_that_lasts_fails_the_details_and_the_next_run_reads_the_rest(
    noted: Bench,
) -> None:
    skip = 14  # the list's name holds that of the details
    noted.server.faults.append(Fault(call=DETAILS, skip=skip, times=999))
    # One at a time: of several in flight the one that fails may be an early one.
    config = {"max_retries": 0, "max_parallel_requests": 1}
    first = read(noted, *FAMILY, config=config, succeeds=False)
    assert "incident_mitre" in first.stderr
    noted.server.faults.clear()
    noted.server.log.clear()
    second = read(noted, *FAMILY, state=first.state)
    assert 0 < len(asked(noted)) <= 30 - 10
    assert_all(noted, first, second)


def test_something_else_in_the_place_of_techniques_keeps_no_other_back(noted: Bench) -> None:
    odd = next(
        one.id
        for one in noted.world.incidents.by_id.values()
        if noted.world.view.incident_details(one)["details"]["mitreTags"]
    )

    def spoil(request: Request, reply: Reply) -> None:
        if b'"getIncident"' in request.body and odd.encode() in request.body:
            tags = reply.body["result"]["details"]["mitreTags"]
            tags.insert(0, {"category": "Odd", "techniques": "none"})
            tags.append("odd")

    noted.server.before_reply.append(spoil)
    first = read(noted, *FAMILY)
    assert any("hold something else" in line for line in first.warnings)
    assert_all(noted, first)
    noted.server.before_reply.clear()
    noted.server.log.clear()
    second = read(noted, *FAMILY, state=first.state)
    assert odd in asked(noted), "it is read again"
    assert_all(noted, first, second)
