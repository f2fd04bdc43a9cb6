"""Details, groups, tasks, licences and switches of the methods over tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from edr_sandbox.gravityzone import World

from tests.sandbox.gravityzone.client import NOW, Client, ids, items


def test_groups_one_level_at_a_time(client: Client) -> None:
    name, tree, switches = "network.getCustomGroupsList", client.world.inventory, client.world
    found: set[str] = set()
    todo = list(tree.companies)
    depth = 0
    while todo:
        below = [row for parent in todo for row in client.result("v1.0", name, parentId=parent)]
        assert all(set(row) == {"id", "name"} for row in below)
        todo = ids(below)
        found |= set(todo)
        depth += bool(todo)
    assert found == {row["id"] for row in client.world.truth("custom_groups")}
    assert depth == 3
    (top,) = client.result("v1.0", name)
    assert top == {"id": tree.root.group, "name": "Computers and Groups"}
    fresh = client.world.add_group(tree.root.group, "Fresh")
    assert fresh in ids(client.result("v1.0", name, parentId=tree.root.group))
    client.world.remove_group(fresh)
    assert fresh not in ids(client.result("v1.0", name, parentId=tree.root.group))
    assert client.call("v1.0", name, parentId=fresh).code == -32602
    switches.switches.groups_start_below_top = True
    assert ids(client.result("v1.0", name)) == ids(
        client.result("v1.0", name, parentId=tree.root.group)
    )
    switches.switches.arrays_wrapped = True
    assert set(client.result("v1.0", name)) == {"items"}
    switches.switches.company_is_no_group = True
    assert client.call("v1.0", name, parentId=tree.root.id).code == -32602
    switches.switches.customer_key = True
    assert client.call("v1.0", name, parentId=tree.root.group).code == -32602


def test_details_of_a_managed_endpoint(client: Client) -> None:
    name, world = "network.getManagedEndpointDetails", client.world
    managed = [one for one in world.inventory.endpoints.values() if one.managed]
    unmanaged = [one for one in world.inventory.endpoints.values() if not one.managed]
    one = next(x for x in managed if x.scanned)
    plain = client.result("v1.0", name, endpointId=one.id)
    assert (plain["id"], plain["companyId"], plain["group"]["id"]) == (
        one.id, one.company, one.parent,
    )  # fmt: skip
    assert {"agent", "malwareStatus", "policy", "modules", "lastSeen", "state"} <= set(plain)
    assert plain in world.truth("endpoint_details")
    full = dict.fromkeys(
        ["includeScanLogs", "returnProductOutdated", "includeLastLoggedUsers"],
        True,
    )
    more = client.result("v1.0", name, endpointId=one.id, options=full)
    assert set(more) - set(plain) == {"lastSuccessfulScan", "lastLoggedUsers"}
    assert set(more["agent"]) - set(plain["agent"]) == {"productOutdated"}
    world.change_endpoint(one.id, lastSeen="2026-11-20T11:59:59", name="renamed")
    changed = client.result("v1.0", name, endpointId=one.id)
    assert (changed["lastSeen"], changed["name"]) == ("2026-11-20T11:59:59", "renamed")
    world.remove_endpoint(one.id)
    for gone in (one.id, unmanaged[0].id, "b" * 24):
        assert client.call("v1.0", name, endpointId=gone).code == -32602
    world.switches.vanished_code = -32002
    assert client.call("v1.0", name, endpointId=one.id).code == -32002
    assert client.call("v1.0", name).code == -32602


def test_tasks_and_their_subtasks(client: Client) -> None:
    name = "network.getTaskStatus"
    tasks = items(client, "network.getScanTasksList")
    for member, value in (("status", 3), ("name", tasks[2]["name"])):
        found = items(client, "network.getScanTasksList", **{member: value})
        assert found == [row for row in tasks if row[member] == value]
        assert 0 < len(found) < len(tasks)
    by_task: dict[str, int] = {}
    for row in client.world.truth("scan_task_subtasks"):
        by_task[row["_task"]] = by_task.get(row["_task"], 0) + 1
    done = {row["id"] for row in tasks if row["status"] == 3}
    large = max(done & set(by_task), key=lambda one: by_task[one])
    header = client.result("v1.1", name, taskId=large)
    assert {"name", "startDate", "status", "type"} <= set(header)
    assert "subtasks" not in header
    assert client.result("v1.0", name, taskId=large) == header
    seen: list[dict[str, Any]] = []
    for page in range(1, 99):
        options = {"returnSubtasks": True, "page": page, "perPage": 2}
        answer = client.result("v1.1", name, taskId=large, options=options)
        assert answer["totalTargetsCount"] == by_task[large]
        assert {key: answer[key] for key in header} == header
        seen += answer["subtasks"]
        if not answer["hasMoreSubtasks"]:
            break
    assert len({row["endpointId"] for row in seen}) == len(seen) == by_task[large] > 4
    exact = {"returnSubtasks": True, "perPage": by_task[large]}
    assert not client.result("v1.1", name, taskId=large, options=exact)["hasMoreSubtasks"]
    whole = {"returnSubtasks": True, "perPage": 1000}
    middle = sorted(row["endDate"] for row in seen)[len(seen) // 2]
    choices: list[tuple[dict[str, Any], Callable[[dict[str, Any]], bool]]] = [
        ({"status": 3}, lambda row: row["status"] == 3),
        ({"endedAfter": f"{middle}Z"}, lambda row: row["endDate"] >= middle),
        ({"endedBefore": f"{middle}Z"}, lambda row: row["endDate"] <= middle),
    ]
    for filters, fits in choices:
        answer = client.result("v1.1", name, taskId=large, options=whole, subtaskFilters=filters)
        assert answer["subtasks"] == [row for row in seen if fits(row)]
    none = client.result("v1.1", name, taskId=large, options=whole, subtaskFilters={"status": 1})
    assert (none["subtasks"], none["totalTargetsCount"]) == ([], by_task[large])
    for wrong in (
        {"options": {"perPage": 1001}}, {"options": {"page": 0}}, {"page": 1},
        {"subtaskFilters": {"status": 4}}, {"taskId": "c" * 24}, {"taskId": "x"},
    ):  # fmt: skip
        assert client.call("v1.1", name, **{"taskId": large, **wrong}).code == -32602, wrong
    assert client.call("v1.0", name, taskId=large, options=whole).code == -32602


@pytest.mark.parametrize(
    ("table", "name", "parameter"),
    [
        ("policies", "policies.getPolicyDetails", "policyId"),
        ("packages", "packages.getPackageDetails", "packageId"),
        ("scan_tasks", "network.getTaskStatus", "taskId"),
    ],
)
def test_details_beyond_the_reach_are_refused(
    client: Client, table: str, name: str, parameter: str
) -> None:
    world = client.world
    mine = world.add_row(table, company_id=list(world.inventory.companies)[1])
    theirs = world.add_row(table, company_id=world.inventory.root.id)
    client.result("v1.0", name, **{parameter: theirs})
    world.switches.customer_key = True
    client.result("v1.0", name, **{parameter: mine})
    assert client.call("v1.0", name, **{parameter: theirs}).code == -32602
    world.switches.vanished_code = -32002
    assert client.call("v1.0", name, **{parameter: theirs}).code == -32002


def test_unfinished_subtasks_have_empty_ends(client: Client) -> None:
    rows = client.world.truth("scan_task_subtasks")
    assert {row["status"] for row in rows} == {1, 2, 3}
    for row in rows:
        assert (row["endDate"] == "") == (row["errorCode"] == "") == (row["status"] != 3)
    assert {type(row["errorCode"]) for row in rows} == {int, str}


@pytest.mark.parametrize("version", ["v1.0", "v1.1"])
def test_details_of_policies(client: Client, version: str) -> None:
    world = client.world
    listed = items(client, "policies.getPoliciesList")
    one = listed[3]
    found = client.result(version, "policies.getPolicyDetails", policyId=one["id"])
    assert set(found) == {"id", "name", "createdBy", "createDate", "lastModifyDate", "settings"}
    assert (found["id"], found["name"]) == (one["id"], one["name"])
    world.change_row("policies", one["id"], lastModifyDate=NOW, name="Other")
    later = client.result(version, "policies.getPolicyDetails", policyId=one["id"])
    assert (later["lastModifyDate"], later["name"]) == ("2026-11-20T12:00:00", "Other")
    assert items(client, "policies.getPoliciesList")[3]["name"] == "Other"
    world.remove_row("policies", one["id"])
    assert client.call(version, "policies.getPolicyDetails", policyId=one["id"]).code == -32602
    world.switches.missing_methods = ("policies.getPolicyDetails@v1.1",)
    refused = client.call(version, "policies.getPolicyDetails", policyId=one["id"]).code
    assert refused == (-32601 if version == "v1.1" else -32602)


def test_packages_and_their_links(client: Client) -> None:
    listed = items(client, "packages.getPackagesList")
    one = listed[0]
    found = client.result("v1.0", "packages.getPackageDetails", packageId=one["id"])
    assert found["packageName"] == one["name"]
    assert {"modules", "roles", "scanMode", "settings", "deploymentOptions"} <= set(found)
    owner = client.world.tables.table("packages")[one["id"]].company
    links = client.result("v1.0", "packages.getInstallationLinks", companyId=owner)
    assert {row["companyId"] for row in links} == {owner}
    asked = {"companyId": owner, "packageName": one["name"]}
    chosen = client.result("v1.0", "packages.getInstallationLinks", **asked)
    assert chosen == [row for row in links if row["packageName"] == one["name"]] != []
    assert client.call("v1.0", "packages.getPackageDetails", packageId="a" * 24).code == -32602


def test_reports(client: Client) -> None:
    name = "reports.getReportsList"
    rows = items(client, name)
    kind = rows[0]["type"]
    assert items(client, name, type=kind) == [row for row in rows if row["type"] == kind]
    assert items(client, name, name=rows[1]["name"]) == [rows[1]]
    assert {row["occurrence"] for row in rows} <= {2, 3, 4, 5, 6}
    assert len(rows) == len(client.world.truth("reports")) - 1 == 8
    assert client.call("v1.0", name, type=40).code == -32602


def test_licences(client: Client) -> None:
    name, world = "licensing.getLicenseInfo", client.world
    company = next(
        one for one in world.inventory.companies
        if len(world.tables.of_company("licenses", one)) > 1
    )  # fmt: skip
    one = client.result("v1.0", name, companyId=company)
    page = client.result("v1.0", name, companyId=company, returnAllProducts=True)
    assert one == page["items"][0]
    assert [row["isAddon"] for row in page["items"]] == [False] + [True] * (page["total"] - 1)
    world.switches.products_as_list = True
    assert client.result("v1.0", name, companyId=company, returnAllProducts=True) == page["items"]
    for row in world.tables.of_company("licenses", company):
        world.remove_row("licenses", row.id)
    assert client.call("v1.0", name, companyId=company).code == -32001


def test_monthly_usage(client: Client) -> None:
    name, world = "licensing.getMonthlyUsage", client.world
    of_type = "licensing.getMonthlyUsagePerProductType"
    monthly = [one for one in world.inventory.companies.values() if one.license_type == 3]
    yearly = [one for one in world.inventory.companies.values() if one.license_type != 3]
    company = monthly[0].id
    now = client.result("v1.0", name, companyId=company)
    assert now == client.result("v1.0", name, companyId=company, targetMonth="11/2026")
    before = client.result("v1.0", name, companyId=company, targetMonth="10/2026")
    assert now != before
    unknown = client.result("v1.0", name, companyId=company, targetMonth="01/2020")
    assert set(unknown) == set(now)
    assert set(unknown.values()) == {0}
    row = next(r for r in world.tables.of_company("monthly_usage", company)
               if r.values["_month"] == "11/2026")  # fmt: skip
    world.change_row("monthly_usage", row.id, endpointMonthlyUsage=12345)
    assert client.result("v1.0", name, companyId=company)["endpointMonthlyUsage"] == 12345
    usages = client.result("v1.0", of_type, companyId=company, targetMonth="11/2026")["usages"]
    assert sorted(usage["productType"] for usage in usages) == [0, 3]
    for code in (-32001, -32000):
        world.switches.no_monthly_licence_code = code
        assert client.call("v1.0", name, companyId=yearly[0].id).code == code
        asked = {"companyId": yearly[0].id, "targetMonth": "11/2026"}
        assert client.call("v1.0", of_type, **asked).code == code
    for wrong in ("2026-11", "13/2026", "1/2026", 11, ""):
        for method in (name, of_type):
            asked = {"companyId": company, "targetMonth": wrong}
            assert client.call("v1.0", method, **asked).code == -32602, wrong
    assert client.call("v1.0", of_type, companyId=company).code == -32602


def test_push(client: Client) -> None:
    settings = client.result("v1.0", "push.getPushEventSettings")
    assert {"status", "serviceType", "serviceSettings", "subscribeToEventTypes"} <= set(settings)
    assert settings["serviceSettings"]["authorization"]
    stats = client.result("v1.0", "push.getPushEventStats")
    assert set(stats) == {"count", "error", "lastUpdateTime"}
    row_id = next(iter(client.world.tables.table("push_stats")))
    later = NOW + timedelta(hours=1)
    client.world.change_row("push_stats", row_id, lastUpdateTime=later)
    stats = client.result("v1.0", "push.getPushEventStats")
    assert stats["lastUpdateTime"] == "2026-11-20T13:00:00"
    client.world.switches.push_never_configured = True
    assert client.call("v1.0", "push.getPushEventSettings").code == -32000
    client.world.switches.push_unset_code = -32002
    assert client.call("v1.0", "push.getPushEventSettings").code == -32002


def test_companies_come_and_change(client: Client) -> None:
    world = client.world
    fresh = world.add_company("Fresh Customer", at=NOW)
    assert fresh in ids(client.result("v1.0", "network.getCompaniesList"))
    world.change_company(fresh, name="Renamed", isSuspended=True)
    details = client.result("v1.0", "companies.getCompanyDetails", companyId=fresh)
    assert (details["name"], details["isSuspended"]) == ("Renamed", True)
    assert {"contactPerson", "riskScore", "subscribedServices", "customFields"} <= set(details)
    (top,) = client.result("v1.0", "network.getCustomGroupsList", parentId=fresh)
    assert top["name"] == "Computers and Groups"


def test_totals_may_be_absent(client: Client) -> None:
    client.world.switches.totals_absent = True
    answer = client.result("v1.0", "policies.getPoliciesList", perPage=5)
    assert set(answer) == {"page", "perPage", "items"}
    newer = client.result("v1.1", "network.getNetworkInventoryItems", perPage=1)
    assert set(newer) == {"page", "perPage", "items", "hasMoreRecords", "total", "pagesCount"}


def test_tables_follow_the_seed_and_leave_the_rest_alone() -> None:
    first, same, other = (World(seed=seed, now=NOW) for seed in (5, 5, 6))
    for table in ("quarantine_items", "licenses", "phasr_recommendations", "scan_task_subtasks"):
        assert first.truth(table) == same.truth(table) != other.truth(table)
    first.add_row("policies")
    first.add_incident(at=NOW)
    same.add_incident(at=NOW)
    assert first.truth("incidents") == same.truth("incidents")
