"""The simulated network: pages, the tree, companies, and the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    pass

from tests.sandbox.gravityzone.client import Client


def test_paging_of_version_1_1(client: Client) -> None:
    name, deep = "network.getNetworkInventoryItems", {"depth": {"allItemsRecursively": True}}
    pages = [
        client.result("v1.1", name, filters=deep, page=page, perPage=30) for page in (1, 2, 3, 4)
    ]
    assert pages[0]["total"] == 60 + 3 + 4 * 4
    assert pages[0]["pagesCount"] == 3
    assert not any("total" in page or "pagesCount" in page for page in pages[1:])
    assert [page["hasMoreRecords"] for page in pages] == [True, True, False, False]
    assert [len(page["items"]) for page in pages] == [30, 30, 19, 0]


def test_paging_of_version_1_0(client: Client) -> None:
    name, deep = "network.getEndpointsList", {"depth": {"allItemsRecursively": True}}
    pages = [client.result("v1.0", name, filters=deep, page=page, perPage=50) for page in (1, 2)]
    for page in pages:
        assert (page["total"], page["pagesCount"]) == (60, 2)
        assert "hasMoreRecords" not in page
        assert all(value is not False for row in page["items"] for value in flags_of(row))
    assert len({row["id"] for page in pages for row in page["items"]}) == 60


def flags_of(row: dict[str, Any]) -> list[object]:
    return [value for name, value in row.items() if name != "isManaged"]


def test_the_tree_one_level_at_a_time(client: Client) -> None:
    """Walking direct children finds what recursion finds."""
    name = "network.getNetworkInventoryItems"
    root = client.result("v1.0", "companies.getCompanyDetails")["id"]
    found: dict[str, int] = {}
    todo = [root]
    while todo:
        parent = todo.pop()
        for row in client.result("v1.1", name, parentId=parent, perPage=1000)["items"]:
            assert row["parentId"] == parent
            found[row["id"]] = row["type"]
            if row["type"] in {1, 4}:
                todo.append(row["id"])
    deep = {"depth": {"allItemsRecursively": True}}
    rows = client.result("v1.1", name, filters=deep, perPage=1000)["items"]
    assert found == {row["id"]: row["type"] for row in rows}
    client.world.switches.recursion_spans_companies = False
    own = client.result("v1.1", name, filters=deep, perPage=1000)["items"]
    assert {row["companyId"] for row in own if row["type"] != 1} == {root}


def test_companies_one_level_at_a_time(client: Client) -> None:
    first = client.result("v1.0", "network.getCompaniesList")
    partner = client.result("v1.0", "network.getCompaniesList", filters={"companyType": 0})
    below = client.result("v1.0", "network.getCompaniesList", parentId=partner[0]["id"])
    assert (len(first), len(partner), len(below)) == (2, 1, 1)
    details = client.result("v1.0", "companies.getCompanyDetails", companyId=below[0]["id"])
    assert (details["type"], details["name"]) == (1, below[0]["name"])
    client.world.switches.customer_key = True
    assert client.call("v1.0", "network.getCompaniesList").code == -32001
    outside = client.call("v1.0", "companies.getCompanyDetails", companyId=below[0]["id"])
    assert outside.code == -32602


def test_truth_is_what_a_plain_client_reads(client: Client) -> None:
    world = client.world
    world.grow(client.incidents()[3]["incidentId"])
    world.late_incident(3)
    group = next(iter(world.inventory.groups))
    world.move_endpoint(world.add_endpoint(), group)
    world.remove_endpoint(next(iter(world.inventory.endpoints)))
    world.drift("incidents", add={"newField": 1}, retype={"severityScore": "string"}, every=2)
    kinds = {"type": {"computers": True, "virtualMachines": True}}
    deep = {"depth": {"allItemsRecursively": True}, **kinds}
    for customer in (False, True):
        world.switches.customer_key = customer
        rows = client.incidents()
        items = client.result(
            "v1.1", "network.getNetworkInventoryItems", filters=deep, perPage=1000
        )["items"]
        alerts = [
            {"incidentId": row["incidentId"], **alert}
            for row in rows
            for alert in client.result("v1.2", "incidents.getIncident", id=row["incidentId"])[
                "details"
            ]["alerts"]
        ]
        assert world.truth("incidents") == rows
        assert world.truth("endpoints") == items
        assert world.truth("alerts") == alerts
        assert rows
        assert items
    assert {type(row["severityScore"]) for row in rows} == {int, str}
