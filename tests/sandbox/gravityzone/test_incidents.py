"""The simulated incidents: order, filters, and what moves which date."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

from tests.sandbox.gravityzone.client import ALL, DATES, NOW, Client, at, written


@pytest.mark.parametrize("order", [None, *DATES])
def test_incidents_come_newest_first(client: Client, order: str | None) -> None:
    options = ALL if order is None else {**ALL, "sortBy": order}
    rows = client.incidents(options=options)
    moments = [at(row, order or "lastUpdated") for row in rows]
    assert len(rows) == 80
    assert moments == sorted(moments, reverse=True)


def test_the_first_digits_of_an_id_are_the_birth(client: Client) -> None:
    for row in client.incidents():
        born = datetime.fromtimestamp(int(row["incidentId"][:8], 16), UTC)
        assert at(row, "created") < born <= at(row, "lastProcessed") <= NOW
        assert at(row, "created") <= at(row, "lastUpdated")


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [
        ("startDate", "endDate", "lastUpdated"),
        ("processedStartDate", "processedEndDate", "lastProcessed"),
        ("changeStartDate", "changeEndDate", "lastIncidentChange"),
    ],
)
def test_a_pair_of_dates_selects_by_its_own_field(
    client: Client, first: str, last: str, name: str
) -> None:
    everything = client.incidents()
    moments = sorted(at(row, name) for row in everything)
    start, end = moments[20], moments[60]
    expected = {row["incidentId"] for row in everything if start <= at(row, name) <= end}
    found = client.incidents(filters={first: written(start), last: written(end)})
    assert {row["incidentId"] for row in found} == expected
    assert 0 < len(expected) < len(everything)
    for half in (first, last):
        answer = client.call("v1.2", "incidents.getIncidentsList", filters={half: written(start)})
        assert answer.code == -32602


def test_a_page_without_incidents(client: Client) -> None:
    early = {"startDate": "2001-01-01T00:00:00Z", "endDate": "2001-01-02T00:00:00Z"}
    found = client.result("v1.2", "incidents.getIncidentsList", filters=early)
    assert found == {"total": 0, "page": 1, "perPage": 1000, "pagesCount": 0, "items": []}


@pytest.mark.parametrize(
    "text", ["2026-11-01", "2026-11-01T00:00:00", "2026-11-01 00:00:00Z", "1700000000", ""]
)
def test_a_date_needs_its_offset(client: Client, text: str) -> None:
    filters = {"startDate": text, "endDate": "2026-11-20T00:00:00.000Z"}
    assert client.call("v1.2", "incidents.getIncidentsList", filters=filters).code == -32602


def test_filters_are_anded(client: Client) -> None:
    rows = client.incidents()
    for filters, test in (
        ({"status": ["open", "closed"]}, lambda x: x["status"] in {"open", "closed"}),
        ({"priority": ["high"]}, lambda x: x["priority"] == "high"),
        ({"incidentType": ["extendedIncident"]}, lambda x: "detectionName" not in x["details"]),
        (
            {"mainAction": ["blocked"], "status": ["open"]},
            lambda x: x["mainAction"] == "blocked" and x["status"] == "open",
        ),
    ):
        expected = [row for row in rows if test(row)]
        assert 0 < len(expected) < len(rows)
        assert client.incidents(filters=filters) == expected


def test_incidents_of_an_endpoint_and_of_an_assignee(client: Client) -> None:
    rows = client.incidents()
    computer = next(row["details"]["computerId"] for row in rows if "computerId" in row["details"])
    analyst = next(row["assignee"] for row in rows if row["assignee"])
    found = client.incidents(filters={"endpointId": computer})
    assert {row["details"].get("computerId") for row in found} <= {computer, None}
    assert client.incidents(filters={"assignee": analyst}) == [
        row for row in rows if row["assignee"] == analyst
    ]


def test_child_companies_are_listed_on_demand(client: Client) -> None:
    root = client.result("v1.0", "companies.getCompanyDetails")["id"]
    own = client.incidents(options={})
    assert {row["company"]["id"] for row in own} == {root}
    assert {row["company"]["id"] for row in client.incidents()} > {root}
    client.world.switches.include_children_needed = False
    assert len(client.incidents(options={})) == 80


def test_an_incident_in_full(client: Client) -> None:
    kinds = set()
    for row in client.incidents():
        full = client.result("v1.2", "incidents.getIncident", id=row["incidentId"])
        extra = full["details"].keys() - row["details"].keys()
        assert {"alerts", "nodes", "mitreTags"} <= extra
        assert full["notes"] == []
        edr = row["incidentType"] == "incident"
        assert ("triggerNodeId" in extra) == edr
        assert ("killChainPhases" in extra) != edr
        full["details"] = {name: full["details"][name] for name in row["details"]}
        del full["notes"]
        assert full == row
        kinds.add(row["incidentType"])
    assert kinds == {"incident", "extendedIncident"}


def moved(client: Client, deed: Callable[[str], object]) -> set[str]:
    """Name the members of a list item that a deed changes."""
    before = client.incidents()[5]
    deed(before["incidentId"])
    after = next(x for x in client.incidents() if x["incidentId"] == before["incidentId"])
    assert len(client.incidents()) == 80
    return {name for name in before if before[name] != after[name]}


def test_what_moves_which_date(client: Client) -> None:
    world = client.world
    hours = [NOW + timedelta(hours=hour) for hour in range(1, 6)]
    fields = {"status": "false_positive", "priority": "critical", "assignee": "a" * 24}
    triage = moved(client, lambda one: world.triage(one, at=hours[0], note="seen", **fields))
    assert triage == {"lastIncidentChange", *fields}
    reprocess = moved(client, lambda one: world.reprocess(one, at=hours[1]))
    assert reprocess == {"lastProcessed", "lastIncidentChange"}
    grown = moved(client, lambda one: world.grow(one, at=hours[2]))
    assert grown - {"details"} == {"lastUpdated", "lastProcessed", "lastIncidentChange"}
    world.switches.change_follows_engine = False
    grown = moved(client, lambda one: world.grow(one, at=hours[3]))
    assert grown - {"details"} == {"lastUpdated", "lastProcessed"}


def test_triage_is_seen_by_the_change_window_alone(client: Client) -> None:
    one = client.incidents()[30]["incidentId"]
    client.world.triage(one, priority="critical", at=NOW + timedelta(minutes=5))
    window = (written(NOW + timedelta(minutes=1)), written(NOW + timedelta(minutes=9)))
    for first, last, expected in (
        ("startDate", "endDate", []),
        ("processedStartDate", "processedEndDate", []),
        ("changeStartDate", "changeEndDate", [one]),
    ):
        found = client.incidents(filters={first: window[0], last: window[1]})
        assert [row["incidentId"] for row in found] == expected


def test_growth_adds_an_alert_and_keeps_the_others(client: Client) -> None:
    one = client.incidents()[0]["incidentId"]
    before = client.result("v1.2", "incidents.getIncident", id=one)["details"]["alerts"]
    client.world.grow(one, at=NOW)
    after = client.result("v1.2", "incidents.getIncident", id=one)["details"]["alerts"]
    assert after[1:] == before
    assert len({alert["id"] for alert in after}) == len(after)


def test_a_late_incident_is_old_and_newly_born(client: Client) -> None:
    one = client.world.late_incident(2, at=NOW)
    row = next(x for x in client.incidents() if x["incidentId"] == one)
    assert int(one[:8], 16) == int(NOW.timestamp())
    assert NOW - at(row, "lastUpdated") == timedelta(days=2)
    assert at(row, "lastProcessed") == NOW
    client.world.remove_incident(one)
    assert one not in {x["incidentId"] for x in client.incidents()}
    assert client.call("v1.2", "incidents.getIncident", id=one).code == -32602
