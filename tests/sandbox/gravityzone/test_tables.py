"""Every method over a table: its shape, the bounds of its pages, and who may call it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from edr_sandbox.gravityzone.kinds import KINDS

from tests.sandbox.gravityzone.client import Client

PAGE = {"total", "page", "perPage", "pagesCount", "items"}


@dataclass
class Case:
    """A list method: what it must be asked with, how large its pages get, what its rows hold."""

    name: str
    table: str
    members: set[str]
    version: str = "v1.0"
    params: dict[str, Any] = field(default_factory=dict)
    largest: int = 100
    mandatory: bool = False


QUARANTINE = {"id", "quarantinedOn", "actionStatus", "companyId", "endpointId", "threatName"}
LISTS = [
    Case(
        "accounts.getAccountsList",
        "accounts",
        {"id", "email", "profile", "role", "rights", "companyId", "companyName"},
    ),
    Case("policies.getPoliciesList", "policies", {"id", "name", "companyId", "companyName"}),
    Case("packages.getPackagesList", "packages", {"id", "name", "type"}),
    Case("reports.getReportsList", "reports", {"id", "name", "type", "occurrence"}),
    Case("network.getScanTasksList", "scan_tasks", {"id", "name", "status", "startDate"}),
    Case("quarantine/computers.getQuarantineItemsList", "quarantine_items", QUARANTINE),
    Case("quarantine/exchange.getQuarantineItemsList", "quarantine_items", QUARANTINE, "v1.1"),
    Case(
        "incidents.getBlocklistItems",
        "blocklist_items",
        {"id", "type", "source", "company", "owner", "created", "details"},
        "v1.2",
        mandatory=True,
    ),
    Case(
        "incidents.getCustomRulesList",
        "custom_rules",
        {"id", "name", "settings", "company"},
        largest=1000,
    ),
    Case(
        "licensing.getLicenseInfo",
        "licenses",
        {"subscriptionType", "expiryDate", "usedSlots", "totalSlots", "licenseKey"},
        params={"returnAllProducts": True},
    ),
    Case("patchManagement.getMissingPatches", "missing_patches", {"name", "type", "severity"}),
    Case("patchManagement.getInstalledPatches", "installed_patches", {"name", "type", "severity"}),
    Case("maintenanceWindows.getMaintenanceWindowsList", "maintenance_windows", {"id", "name"}),
    Case(
        "phasr.getPhasrRecommendations",
        "phasr_recommendations",
        {"id", "category", "type", "actionTaken", "createdOn"},
    ),
]
EVERY_LIST = pytest.mark.parametrize("case", LISTS, ids=lambda case: case.name)
# Methods that are no lists, and the area that each belongs to.
OTHERS: list[tuple[str, str, dict[str, Any]]] = [
    ("v1.0", "network.getCustomGroupsList", {}),
    ("v1.0", "network.getManagedEndpointDetails", {"endpointId": "a" * 24}),
    ("v1.1", "network.getTaskStatus", {"taskId": "a" * 24}),
    ("v1.0", "companies.getCompanyDetails", {}),
    ("v1.0", "policies.getPolicyDetails", {"policyId": "a" * 24}),
    ("v1.0", "packages.getPackageDetails", {"packageId": "a" * 24}),
    ("v1.0", "packages.getInstallationLinks", {}),
    ("v1.0", "licensing.getMonthlyUsage", {}),
    ("v1.0", "licensing.getMonthlyUsagePerProductType", {"targetMonth": "11/2026"}),
    ("v1.0", "push.getPushEventSettings", {}),
    ("v1.0", "push.getPushEventStats", {}),
]
EVERY_METHOD = pytest.mark.parametrize(
    ("version", "name", "params"),
    [*((case.version, case.name, {"page": 1, "perPage": 1, **case.params}) for case in LISTS),
     *OTHERS],
)  # fmt: skip


def asked(client: Client, case: Case, **params: Any) -> dict[str, Any]:
    """Return the parameters that a list needs, those of patches among them."""
    if case.name.startswith("patchManagement"):
        return {"companyId": client.world.inventory.root.id, **case.params, **params}
    return {"page": 1, "perPage": 7, **case.params, **params}


@EVERY_LIST
def test_pages_hold_every_row_once(client: Client, case: Case) -> None:
    rows: list[dict[str, Any]] = []
    first = client.result(case.version, case.name, **asked(client, case, perPage=7))
    assert set(first) == PAGE
    assert first["total"] > 0
    assert first["pagesCount"] == -(-first["total"] // 7)
    for page in range(1, first["pagesCount"] + 1):
        answer = client.result(case.version, case.name, **asked(client, case, page=page, perPage=7))
        assert {name: answer[name] for name in ("total", "page", "perPage")} == {
            "total": first["total"], "page": page, "perPage": 7,
        }  # fmt: skip
        rows += answer["items"]
    assert len(rows) == first["total"]
    assert all(case.members <= set(row) for row in rows)
    assert not any(name.startswith("_") for row in rows for name in row)
    assert len({json.dumps(row) for row in rows}) == len(rows)
    beyond = asked(client, case, page=first["pagesCount"] + 1, perPage=7)
    assert client.result(case.version, case.name, **beyond)["items"] == []


@EVERY_LIST
def test_bounds_of_pages(client: Client, case: Case) -> None:
    full = client.result(case.version, case.name, **asked(client, case, perPage=case.largest))
    assert full["perPage"] == case.largest
    for wrong in (
        {"perPage": case.largest + 1}, {"perPage": 0}, {"page": 0}, {"page": "1"},
        {"perPage": True}, {"pages": 1}, {"filters": {"unheardOf": 1}},
    ):  # fmt: skip
        answer = client.call(case.version, case.name, **asked(client, case, **wrong))
        assert (answer.status, answer.code) == (200, -32602), wrong
    for name in ("page", "perPage"):
        less = {key: value for key, value in asked(client, case).items() if key != name}
        assert ("error" in client.call(case.version, case.name, **less).json) == case.mandatory


@EVERY_LIST
def test_an_empty_table_has_no_pages(client: Client, case: Case) -> None:
    for row_id in list(client.world.tables.table(case.table)):
        client.world.remove_row(case.table, row_id)
    answer = client.result(case.version, case.name, **asked(client, case))
    assert (answer["total"], answer["pagesCount"], answer["items"]) == (0, 0, [])


@EVERY_METHOD
def test_areas_licences_and_versions(
    client: Client, version: str, name: str, params: dict[str, Any]
) -> None:
    switches, area = client.world.switches, name.partition(".")[0].partition("/")[0]
    others = tuple(each for each in switches.enabled_apis if each != area)
    assert len(others) == len(switches.enabled_apis) - 1
    switches.enabled_apis = others
    refused = client.call(version, name, **params)
    assert (refused.status, refused.code) == (403, -32000)
    assert area.lower() in refused.json["error"]["data"]["details"].lower()
    switches.area_refusal = "-32001"
    assert client.call(version, name, **params).code == -32001
    switches.enabled_apis = (area,)
    allowed = client.call(version, name, **params).json.get("error", {})
    assert "not allowed" not in str(allowed)
    switches.licence_missing = (area,)
    assert "valid license" in str(client.call(version, name, **params).json["error"])
    switches.missing_methods = (name,)
    assert client.call(version, name, **params).code == -32601
    switches.missing_methods = ()
    assert client.call("v1.2" if version != "v1.2" else "v1.1", name, **params).code == -32601


@pytest.mark.parametrize(
    ("group", "version", "name", "params"),
    [
        ("push", "v1.0", "push.getPushEventStats", {}),
        ("push", "v1.0", "push.getPushEventSettings", {}),
        ("companies", "v1.0", "licensing.getLicenseInfo", {}),
        ("companies", "v1.0", "companies.getCompanyDetails", {}),
        ("incidents", "v1.2", "incidents.getBlocklistItems", {"page": 1, "perPage": 1}),
        ("incidents", "v1.0", "incidents.getCustomRulesList", {}),
        ("general", "v1.0", "policies.getPoliciesList", {}),
    ],
)
def test_budgets(client: Client, group: str, version: str, name: str, params: Any) -> None:
    switches = client.world.switches
    switches.rate_limits = True
    switches.limits = {**dict.fromkeys(switches.limits, (99, 1.0)), group: (1, 600.0)}
    client.result(version, name, **params)
    assert client.call(version, name, **params).status == 429


@pytest.mark.parametrize("table", KINDS)
def test_rows_come_change_and_go(client: Client, table: str) -> None:
    world = client.world
    before = world.truth(table)
    given: dict[str, Any] = {"someField": 1}
    if table == "scan_task_subtasks":
        given["_task"] = next(iter(world.tables.table("scan_tasks")))
    row_id = world.add_row(table, company_id=world.inventory.root.id, **given)
    assert [row for row in world.truth(table) if row.get("someField") == 1] == [
        world.truth(table)[-1]
    ]
    sent = client.send("/_sandbox/change_row", {"table": table, "row_id": row_id, "someField": 2})
    assert sent.status == 200
    assert world.truth(table)[-1]["someField"] == 2
    world.drift(table, add={"drifted": True})
    assert world.truth(table)[-1]["drifted"]
    world.remove_row(table, row_id)
    after = [
        {key: value for key, value in row.items() if key != "drifted"} for row in world.truth(table)
    ]
    assert after == before


def test_an_unknown_table_or_row_is_no_deed(client: Client) -> None:
    with pytest.raises(ValueError, match="no such table"):
        client.world.add_row("nothing")
    with pytest.raises(KeyError):
        client.world.remove_row("policies", "a" * 24)


def test_secrets_are_known(client: Client) -> None:
    """A tap can be checked against them, for the vendor does send them."""
    secrets = client.world.secrets()
    sent = [json.dumps(client.result("v1.0", "push.getPushEventSettings"))]
    for company in client.world.inventory.companies:
        asked = {"companyId": company, "returnAllProducts": True}
        sent.append(json.dumps(client.result("v1.0", "licensing.getLicenseInfo", **asked)))
        links = client.result("v1.0", "packages.getInstallationLinks", companyId=company)
        sent.append(json.dumps(links))
    for package in client.world.tables.table("packages"):
        details = client.result("v1.0", "packages.getPackageDetails", packageId=package)
        assert "id" not in details
        sent.append(json.dumps(details))
    everything = "".join(sent)
    assert len(secrets) > 15
    assert [secret for secret in secrets if secret not in everything] == []
