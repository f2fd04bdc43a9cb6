"""Filters, scopes and order of the lists over tables."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.gravityzone.client import NOW, Client, ids, items

COMPUTERS = "quarantine/computers.getQuarantineItemsList"
PHASR = "phasr.getPhasrRecommendations"


@pytest.mark.parametrize(
    ("name", "filters", "member"),
    [
        (COMPUTERS, {"threatName": "Example.Trojan.A"}, "threatName"),
        (COMPUTERS, {"actionStatus": 1}, "actionStatus"),
        ("quarantine/exchange.getQuarantineItemsList", {"actionStatus": 0}, "actionStatus"),
    ],
)
def test_quarantine_filters(client: Client, name: str, filters: Any, member: str) -> None:
    everything = items(client, name)
    (wanted,) = filters.values()
    found = items(client, name, filters=filters)
    assert found == [row for row in everything if row[member] == wanted]
    assert 0 < len(found) < len(everything)
    client.world.switches.filters_ignored = True
    assert items(client, name, filters=filters) == everything


def test_quarantine_of_a_file_an_address_and_an_endpoint(client: Client) -> None:
    everything = items(client, COMPUTERS)
    one = everything[10]
    for asked in (
        {"filters": {"filePath": one["details"]["filePath"]}},
        {"filters": {"ip": one["endpointIP"]}},
        {"endpointId": one["endpointId"]},
    ):
        found = ids(items(client, COMPUTERS, **asked))
        assert one["id"] in found
        assert len(found) < len(everything)
    client.world.remove_endpoint(one["endpointId"])
    assert client.call("v1.0", COMPUTERS, endpointId=one["endpointId"]).code == -32602
    exchange = COMPUTERS.replace("computers", "exchange")
    assert client.call("v1.0", exchange, filters={"filePath": "c:\\x"}).code == -32602


def test_quarantine_dates_are_naive_and_filtered_as_instants(client: Client) -> None:
    switches = client.world.switches
    local = items(client, COMPUTERS)
    switches.quarantine_dates = "utc"
    utc = items(client, COMPUTERS)
    switches.quarantine_dates = "offset"
    offset = items(client, COMPUTERS)
    for one, other, full in zip(local, utc, offset, strict=True):
        assert len(one["quarantinedOn"]) == len("2026-01-01T00:00:00")
        assert full["quarantinedOn"][:19] == one["quarantinedOn"] != other["quarantinedOn"]
        assert full["quarantinedOn"][19:] in {"+02:00", "+03:00"}
    switches.quarantine_dates = "utc"
    middle = utc[len(utc) // 2]["quarantinedOn"]
    late = ids(items(client, COMPUTERS, filters={"startDate": f"{middle}Z"}))
    early = ids(items(client, COMPUTERS, filters={"endDate": middle}))
    assert set(late) == {row["id"] for row in utc if row["quarantinedOn"] >= middle}
    assert set(early) == {row["id"] for row in utc if row["quarantinedOn"] <= middle}
    assert client.call("v1.0", COMPUTERS, filters={"startDate": "yesterday"}).code == -32602
    client.world.change_row("quarantine_items", early[0], quarantinedOn=NOW)
    caught = items(client, COMPUTERS, filters={"startDate": "2026-11-20T12:00:00.000Z"})
    assert ids(caught) == [early[0]]


SCOPED = [
    (COMPUTERS, "v1.0"),
    ("incidents.getBlocklistItems", "v1.2"),
    ("incidents.getCustomRulesList", "v1.0"),
    ("maintenanceWindows.getMaintenanceWindowsList", "v1.0"),
    (PHASR, "v1.0"),
]


@pytest.mark.parametrize(("name", "version"), SCOPED)
def test_lists_hold_one_company(client: Client, name: str, version: str) -> None:
    """Without ``companyId`` the key's own, whose rows are not those of another company."""
    world = client.world
    root, customer, *_ = world.inventory.companies
    mine = ids(items(client, name, version))
    assert mine == ids(items(client, name, version, companyId=root))
    theirs = [ids(items(client, name, version, companyId=one)) for one in world.inventory.companies]
    assert sum(map(len, theirs)) == len(set().union(*theirs)) > len(mine) > 0
    world.switches.lists_span_children = True
    assert set(ids(items(client, name, version))) == set().union(*theirs)
    assert ids(items(client, name, version, companyId=root)) == theirs[0]
    world.switches.lists_span_children = False
    world.switches.customer_key = True
    assert ids(items(client, name, version)) == theirs[1]
    assert ids(items(client, name, version, companyId=customer)) == theirs[1]
    paged = {"page": 1, "perPage": 10}
    assert client.call(version, name, companyId=root, **paged).code == -32602
    world.switches.company_id_refused = True
    assert client.call(version, name, companyId=customer, **paged).code == -32602


def test_custom_rules_are_of_two_types(client: Client) -> None:
    name = "incidents.getCustomRulesList"
    detections, exclusions = (ids(items(client, name, type=kind)) for kind in (1, 2))
    assert detections
    assert not set(detections) & set(exclusions)
    assert ids(items(client, name)) == exclusions
    assert client.call("v1.0", name, type=3).code == -32602


@pytest.mark.parametrize("direction", ["ASC", "DESC", None])
@pytest.mark.parametrize("order", ["createdOn", "attackSurfaceReduction", None])
def test_recommendations_are_sorted(client: Client, order: str | None, direction: str) -> None:
    client.world.switches.lists_span_children = True
    params = {"sort": order, "dir": direction}
    rows = items(client, PHASR, **{name: value for name, value in params.items() if value})
    found = [row[order or "createdOn"] for row in rows]
    assert len(set(found)) > 50
    assert found == sorted(found, reverse=direction != "ASC")


def test_recommendations_are_filtered(client: Client) -> None:
    everything = items(client, PHASR)
    low, high = sorted(row["createdOn"] for row in everything)[10:20:9]
    found = items(client, PHASR, createdOnMin=low, createdOnMax=high)
    assert found == [row for row in everything if low <= row["createdOn"] <= high]
    assert len(found) == 10
    one = everything[3]
    for asked, fits in (
        ({"categoryIds": [1, 2]}, lambda row: row["category"] in {1, 2}),
        ({"actionTaken": [0]}, lambda row: row["actionTaken"] == 0),
        ({"type": [2]}, lambda row: row["type"] == 2),
        ({"ruleIds": [one["ruleId"]]}, lambda row: row["ruleId"] == one["ruleId"]),
        ({"objectId": one["id"]}, lambda row: row is one),
        (
            {"behavioralProfileResources": [one["resource"]["id"]]},
            lambda row: row["resource"] == one["resource"],
        ),
        (
            {"behavioralProfileIdentities": [one["identity"]["id"]]},
            lambda row: row is one,
        ),
    ):
        chosen = items(client, PHASR, **asked)
        assert chosen == [row for row in everything if fits(row)], asked
        assert 0 < len(chosen) < len(everything), asked
    refused: list[dict[str, Any]] = [
        {"createdOnMin": "2026-01-01T00:00:00Z"}, {"categoryIds": [6]}, {"categoryIds": []},
        {"type": 1}, {"sort": "category"}, {"dir": "asc"}, {"category": [1]},
    ]  # fmt: skip
    for wrong in refused:
        assert client.call("v1.0", PHASR, **wrong).code == -32602, wrong


def test_recommendations_where_clouds_may_differ(client: Client) -> None:
    everything = items(client, PHASR)
    low, high = sorted(row["createdOn"] for row in everything)[10:20:9]
    bounds = {"createdOnMin": low, "createdOnMax": high}
    client.world.switches.phasr_bounds_exclusive = True
    found = items(client, PHASR, **bounds)
    assert found == [row for row in everything if low < row["createdOn"] < high]
    client.world.switches.phasr_unsorted = True
    world = client.world
    moment = "2026-01-01T00:00:00+00:00"
    world.change_row("phasr_recommendations", everything[0]["id"], createdOn=moment)
    unsorted = [row["createdOn"] for row in items(client, PHASR, sort="createdOn", dir="ASC")]
    assert unsorted != sorted(unsorted)


def test_patches_are_of_endpoints_or_of_a_company(client: Client) -> None:
    world = client.world
    for table, name in (
        ("missing_patches", "patchManagement.getMissingPatches"),
        ("installed_patches", "patchManagement.getInstalledPatches"),
    ):
        truth = world.truth(table)
        endpoint = truth[0]["endpointId"]
        company = world.inventory.endpoints[endpoint].company
        of_endpoint = items(client, name, endpointsIds=[endpoint])
        of_company = items(client, name, companyId=company)
        assert len(of_endpoint) == len([x for x in truth if x["endpointId"] == endpoint])
        assert len(of_endpoint) < len(of_company) < len(truth)
        all_endpoints = list(world.inventory.endpoints)
        assert len(items(client, name, endpointsIds=all_endpoints)) == len(truth)
        for member in ("type", "severity"):
            found = items(client, name, companyId=company, filters={member: 1})
            assert found == [row for row in of_company if row[member] == 1]
            assert len(found) < len(of_company)
        refused: list[dict[str, Any]] = [
            {}, {"endpointsIds": [endpoint], "companyId": company}, {"endpointsIds": []},
            {"endpointsIds": ["a" * 24]}, {"endpointIds": [endpoint]}, {"endpointsIds": ["x"]},
            {"companyId": company, "filters": {"severity": 6}},
        ]  # fmt: skip
        for wrong in refused:
            assert client.call("v1.0", name, **wrong).code == -32602, wrong
        world.switches.customer_key = True
        own = world.view.key_company.id
        assert client.call("v1.0", name, companyId=own).code == -32602
        outside = [x["endpointId"] for x in truth if x["_company"] != own]
        assert client.call("v1.0", name, endpointsIds=outside[:1]).code == -32602
        world.switches.customer_key = False
