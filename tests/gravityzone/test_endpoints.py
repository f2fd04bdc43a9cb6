"""Endpoints of the whole company tree, whatever the installation offers to list them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Bench
from tests.gravityzone.checking import INVENTORY, assert_truth, news, params
from tests.gravityzone.conftest import BenchMaker
from tests.gravityzone.tables import assert_tables, read

ENDPOINTS_LIST = "network.getEndpointsList"
# What only the inventory shows.
INVENTORY_MEMBERS = {"modules", "isIsolated", "type", "parentId", "companyId"}


@pytest.fixture
def tree(make: BenchMaker) -> Bench:
    """A tenant with a partner below the partner, and customers of both."""
    return make(companies=5, endpoints=25, incidents=0)


@pytest.mark.parametrize("spans", [True, False])
def test_a_scan_may_or_may_not_enter_child_companies(tree: Bench, spans: bool) -> None:
    tree.switches.recursion_spans_companies = spans
    run = tree.run(config={"page_size": 4})
    assert_truth(tree, run, streams=["endpoints"])
    assert len({row["companyId"] for row in run.records["endpoints"]}) == 5


@pytest.mark.parametrize("answer", ["error", "empty"])
def test_the_key_of_a_customer(tree: Bench, answer: str) -> None:
    tree.switches.customer_key = True
    tree.switches.customer_companies_list = answer
    run = tree.run()
    assert_truth(tree, run)
    assert not news(run)


@pytest.mark.parametrize("switches", [{"total_null": True}, {"duplicate_rows": True}], ids=str)
def test_odd_lists_are_read_completely(make: BenchMaker, switches: dict[str, Any]) -> None:
    bench = make(endpoints=10, incidents=0)
    for name, value in switches.items():
        setattr(bench.switches, name, value)
    assert_truth(bench, bench.run(config={"page_size": 3}), streams=["endpoints"])


@pytest.mark.parametrize("spans", [True, False])
def test_without_the_inventory_the_endpoint_list_is_read(tree: Bench, spans: bool) -> None:
    tree.switches.missing_methods = (INVENTORY,)
    tree.switches.recursion_spans_companies = spans
    run = tree.run(config={"page_size": 10})
    table = run.table("endpoints")
    truth = tree.world.truth("endpoints")
    assert table.keys() == {(row["id"],) for row in truth}
    for row in truth:
        record = table[(row["id"],)]
        assert record["name"] == row["name"]
        assert not record.get("_extra")
        known = {k: v for k, v in row["details"].items() if k not in INVENTORY_MEMBERS}
        assert known.items() <= record["details"].items()
        assert record["companyId"] == row["companyId"]
    assert len(run.records["endpoints"]) == len(truth)
    assert not news(run)
    assert tree.server.calls(ENDPOINTS_LIST)


@pytest.mark.parametrize("spans", [True, False])
@pytest.mark.parametrize("chosen", [None, 2, 1], ids=["own", "partner", "customer"])
def test_a_company_alone_without_the_inventory(
    tree: Bench, spans: bool, chosen: int | None
) -> None:
    """The list names the company of no endpoint, so that those below are told by their own."""
    tree.switches.missing_methods = (INVENTORY,)
    tree.switches.recursion_spans_companies = spans
    company = list(tree.world.inventory.companies)[chosen or 0]
    config: dict[str, Any] = {"include_child_companies": False, "page_size": 3}
    if chosen is not None:
        config["company_ids"] = [company]
    run = tree.run(config=config)
    wanted = {row["id"] for row in tree.world.truth("endpoints") if row["companyId"] == company}
    assert {row["id"] for row in run.records["endpoints"]} == wanted
    assert {row["companyId"] for row in run.records["endpoints"]} == {company}
    assert not news(run)


def test_companies_that_cannot_be_told_apart_are_said(tree: Bench) -> None:
    tree.switches.missing_methods = (INVENTORY, "network.getCompaniesList")
    run = tree.run(config={"include_child_companies": False})
    (line,) = news(run)
    assert "the companies below could not be listed" in line
    assert tree.world.inventory.root.id in {row["companyId"] for row in run.records["endpoints"]}


def test_the_services_of_an_on_premises_installation(small: Bench) -> None:
    small.switches.service_suffix = "computers"
    run = small.run(config={"service_suffix": "computers"})
    assert_truth(small, run)
    paths = {one.request.path for one in small.server.calls("network.")}
    assert {path.rsplit("/jsonrpc/")[1] for path in paths} == {"network/computers"}


def test_the_services_of_an_older_installation(small: Bench) -> None:
    small.switches.service_suffix, small.switches.suffix_of_more = "computers", True
    streams = ("endpoints", "policies", "policy_details", "reports")
    run = read(small, *streams, config={"service_suffix": "computers"})
    assert_tables(small, streams[1:], run)
    assert not news(run)
    answered = {one.request.path for one in small.server.log if one.status == 200}
    paths = {path.rsplit("/jsonrpc/")[1] for path in answered}
    assert {"policies/computers", "reports/computers", "network/computers"} <= paths


def test_a_wrong_suffix_leaves_the_other_streams_alone(small: Bench) -> None:
    run = small.run(config={"service_suffix": "virtualmachines"})
    (line,) = news(run)
    assert "'endpoints' is skipped" in line
    assert_truth(small, run, streams=["incidents", "alerts"])


@pytest.mark.parametrize(("spans", "children"), [(True, True), (True, False), (False, True)])
def test_companies_can_be_chosen(tree: Bench, spans: bool, children: bool) -> None:
    tree.switches.recursion_spans_companies = spans
    root, customer, partner, *_ = tree.world.inventory.companies
    config = {"company_ids": [customer, partner], "include_child_companies": children}
    run = tree.run(config=config)
    family = tree.world.inventory.family(partner) if children else frozenset({partner})
    wanted = {
        (row["id"],)
        for row in tree.world.truth("endpoints")
        if row["companyId"] in family | {customer}
    }
    assert run.table("endpoints").keys() == wanted
    assert root not in {row["companyId"] for row in run.records["endpoints"]}


def test_endpoints_of_the_own_company_alone(tree: Bench) -> None:
    run = tree.run(config={"include_child_companies": False})
    root = tree.world.inventory.root.id
    wanted = {row["id"] for row in tree.world.truth("endpoints") if row["companyId"] == root}
    assert {row["id"] for row in run.records["endpoints"]} == wanted
    assert wanted


def test_endpoints_that_move_while_they_are_read(make: BenchMaker) -> None:
    bench = make(endpoints=12, incidents=0, companies=3)
    world = bench.world
    groups = list(world.inventory.groups)

    def stir(request: Any, _: Any) -> None:
        page = request.json()["params"].get("page")
        if len(bench.server.calls(INVENTORY)) == 1 and page == 2:
            for gone in list(world.inventory.endpoints)[:2]:
                world.remove_endpoint(gone)
            world.move_endpoint(list(world.inventory.endpoints)[-1], groups[0])
            world.add_endpoint(groups[1])

    bench.server.before_reply.append(stir)
    run = bench.run(config={"page_size": 3})
    assert_truth(bench, run, streams=["endpoints"], removed=True)
    pages = [params(one)["page"] for one in bench.server.calls(INVENTORY)]
    assert pages.count(2) > 1, "a table that moved was not read again"
    assert_truth(bench, bench.run(run.state), streams=["endpoints"])
