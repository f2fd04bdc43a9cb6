"""Rows that vanish or move between the list and what is asked for afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from edr_sandbox.serving import Reply, Request

from tests.conftest import Bench
from tests.gravityzone.checking import errors, news
from tests.gravityzone.conftest import BenchMaker
from tests.gravityzone.tables import assert_table, read
from tests.gravityzone.test_parts import GONE, MARK, refusing


@pytest.fixture
def tree(make: BenchMaker) -> Bench:
    return make(companies=4, endpoints=20, incidents=4)


def vanishing(bench: Bench, listing: bytes, remove: Callable[[], Any]) -> None:
    def once(request: Request, _: Reply) -> None:
        if listing in request.body:
            bench.server.before_reply.remove(once)
            remove()

    bench.server.before_reply.append(once)


@pytest.mark.parametrize("code", [-32602, -32002])
@pytest.mark.parametrize(
    ("table", "details", "listing"),
    [
        ("policies", "policy_details", b'"getPoliciesList"'),
        ("packages", "package_details", b'"getPackagesList"'),
        ("scan_tasks", "scan_task_details", b'"getScanTasksList"'),
        ("scan_tasks", "scan_task_subtasks", b'"getScanTasksList"'),
    ],
)
def test_rows_that_vanish_before_their_details(
    tree: Bench, table: str, details: str, listing: bytes, code: int
) -> None:
    tree.switches.vanished_code = code
    gone = list(tree.world.tables.table(table))[-1]

    def remove() -> None:
        for row in tree.world.tables.subtasks(gone):
            tree.world.remove_row("scan_task_subtasks", row.id)
        tree.world.remove_row(table, gone)

    vanishing(tree, listing, remove)
    run = read(tree, details, config={"emit_activate_version_messages": True})
    assert f"Stream '{details}': rows that the vendor does not know (any more)" in news(run)[0]
    assert ": 1, the first: " in news(run)[0]
    assert_table(tree, details, run)
    assert not run.activated, "the vendor says the same of a row that the key may not read"
    again = read(tree, details, config={"emit_activate_version_messages": True})
    assert not again.warnings
    assert again.activated.keys() == {details}


@pytest.mark.parametrize("customer", [True, False])
def test_endpoints_that_vanish_before_their_details_and_patches(
    tree: Bench, customer: bool
) -> None:
    tree.switches.customer_key = customer
    reach = tree.world.view.family()
    managed = [e for e in tree.world.inventory.endpoints.values() if e.managed]
    gone = next(one.id for one in managed if one.company in reach)
    patches = tree.world.tables.table("missing_patches")
    for row in [row for row in patches.values() if row.values["endpointId"] == gone]:
        tree.world.remove_row("missing_patches", row.id)
    stream = "missing_patches" if customer else "endpoint_details"
    vanishing(tree, b"getNetworkInventoryItems", lambda: tree.world.remove_endpoint(gone))
    run = read(tree, stream, config=MARK)
    (said,) = (line for line in news(run) if "does not know (any more)" in line)
    assert f"Stream '{stream}'" in said
    assert_table(tree, stream, run)
    assert not run.activated


def test_a_company_that_vanishes_before_its_details(tree: Bench) -> None:
    company = list(tree.world.inventory.companies)[-1]
    tree.server.before_reply.append(refusing(company, "getCompanyDetails", GONE))
    run = read(tree, "companies", config=MARK)
    (said,) = (line for line in news(run) if "cannot be read" in line)
    assert "Stream 'companies': 1 of its parts cannot be read" in said
    assert len(run.table("companies")) == 3
    assert not run.activated, "the vendor says the same of a company that the key may not read"


@pytest.mark.parametrize("of", ["company", "group"])
def test_groups_that_are_refused_are_not_told_to_be_gone(tree: Bench, of: str) -> None:
    world = tree.world
    company = list(world.inventory.companies.values())[1]
    top = company.group
    world.add_group(top, "Inner")
    refused = {company.id} if of == "company" else {top}

    def refuse(request: Request, reply: Reply) -> None:
        if params_of(request).get("parentId") in refused and "result" in reply.body:
            del reply.body["result"]
            reply.body["error"] = GONE

    tree.server.before_reply.append(refuse)
    run = read(tree, "custom_groups", config=MARK)
    (said,) = (line for line in news(run) if "cannot be read" in line)
    assert "Stream 'custom_groups'" in said
    assert "no such company" in said
    assert ((top,) in run.table("custom_groups")) == (of == "group")
    assert not run.activated


def test_a_task_that_vanishes_between_two_pages_of_its_subtasks(tree: Bench) -> None:
    task = tree.world.add_row("scan_tasks", status=3)
    for number in range(3):
        tree.world.add_row("scan_task_subtasks", _task=task, endpointId=f"{number:024x}")

    def remove(request: Request, _: Reply) -> None:
        if task.encode() in request.body and b'"page":1' in request.body.replace(b" ", b""):
            tree.server.before_reply.clear()
            tree.world.remove_row("scan_tasks", task)

    tree.server.before_reply.append(remove)
    run = read(tree, "scan_tasks", "scan_task_subtasks", config={"page_size": 1})
    assert not tree.server.before_reply
    assert len([r for r in run.records["scan_task_subtasks"] if r["taskId"] == task]) == 1
    assert len(run.table("scan_tasks")) == 13, "it was there when it was listed"


def test_subtasks_whose_pages_never_end_fail(tree: Bench) -> None:
    def always_more(_: Request, reply: Reply) -> None:
        if "hasMoreSubtasks" in reply.body.get("result", {}):
            reply.body["result"] |= {"hasMoreSubtasks": True, "subtasks": [{"endpointId": "1"}]}

    tree.server.before_reply.append(always_more)
    run = read(tree, "scan_task_subtasks", succeeds=False)
    assert any("'scan_task_subtasks' failed" in line for line in errors(run))


def test_details_that_are_all_refused_are_not_taken_for_vanished(tree: Bench) -> None:
    def refuse(request: Request, reply: Reply) -> None:
        if b"getManagedEndpointDetails" in request.body:
            del reply.body["result"]
            reply.body["error"] = {**GONE, "data": {"details": "Unexpected parameter 'options'."}}

    tree.server.before_reply.append(refuse)
    run = read(tree, "endpoint_details", config=MARK)
    (said,) = (line for line in news(run) if "does not know" in line)
    assert "Unexpected parameter 'options'" in said
    assert not run.activated


@pytest.mark.parametrize(
    "switches",
    [{}, {"groups_start_below_top": True}, {"company_is_no_group": True}],
    ids=["plain", "below the top", "no company as parent"],
)
def test_custom_groups(tree: Bench, switches: dict[str, Any]) -> None:
    for name, value in switches.items():
        setattr(tree.switches, name, value)
    run = read(tree, "custom_groups", config=MARK)
    groups = tree.world.inventory.groups
    owed = {(one.id,): one for one in groups.values()}
    companies = tree.world.inventory.companies
    if "groups_start_below_top" in switches:
        owed = {key: one for key, one in owed.items() if one.parent not in companies}
    table = run.table("custom_groups")
    assert table.keys() == owed.keys()
    for key, one in owed.items():
        top = "groups_start_below_top" in switches and groups[one.parent].parent in companies
        assert table[key]["_parent_id"] == (one.company if top else one.parent)
        assert table[key]["companyId"] == one.company
    assert run.activated


def test_groups_that_move_while_they_are_read(tree: Bench) -> None:
    """The group between vanishes after its parent was read; what was in it moves up."""
    top = tree.world.inventory.root.group
    middle = tree.world.add_group(top, "Middle")
    tree.world.add_group(middle, "Inner")

    def remove(request: Request, _: Reply) -> None:
        if params_of(request).get("parentId") == top:
            tree.server.before_reply.clear()
            tree.world.remove_group(middle)

    tree.server.before_reply.append(remove)
    run = read(tree, "custom_groups", config=MARK)
    present = {(group,) for group in tree.world.inventory.groups}
    assert run.table("custom_groups").keys() >= present
    assert run.activated


def params_of(request: Request) -> dict[str, Any]:
    return request.json()["params"]
