"""Endpoints that are gone are told after a complete read of the network, never after another."""

from __future__ import annotations

from typing import Any

import pytest
from edr_sandbox.serving import Fault

from tests.conftest import Bench
from tests.gravityzone.checking import INVENTORY
from tests.gravityzone.conftest import BenchMaker

MARK = {"emit_activate_version_messages": True}
COMPANIES = "network.getCompaniesList"


@pytest.fixture
def tree(make: BenchMaker) -> Bench:
    """A partner with companies below it, and no incidents."""
    return make(companies=4, endpoints=24, incidents=0)


@pytest.mark.parametrize("spans", [True, False])
@pytest.mark.parametrize("page_size", [5, 1000])
def test_a_complete_read_ends_with_its_version(tree: Bench, spans: bool, page_size: int) -> None:
    tree.switches.recursion_spans_companies = spans
    run = tree.run(config={**MARK, "page_size": page_size})
    assert set(run.versions["endpoints"]) == {run.activated["endpoints"]}
    assert len(run.table("endpoints")) == len(tree.world.truth("endpoints"))
    last = len(run.order) - 1 - run.order[::-1].index("RECORD endpoints")
    assert run.order[last + 1] == "ACTIVATE_VERSION endpoints"


def test_without_the_setting_there_are_no_versions(tree: Bench) -> None:
    assert not tree.run().activated


def test_a_read_that_breaks_off_tells_of_nothing(tree: Bench) -> None:
    tree.server.faults.append(Fault(call=INVENTORY, skip=2, times=99, status=503))
    run = tree.run(config={**MARK, "page_size": 5, "max_retries": 1}, succeeds=False)
    assert run.records["endpoints"]
    assert not run.activated


def test_companies_that_cannot_be_listed_may_hold_more_endpoints(tree: Bench) -> None:
    tree.switches.recursion_spans_companies = False
    tree.switches.missing_methods = (COMPANIES,)
    run = tree.run(config=MARK)
    assert not run.activated
    assert any("companies below could not be listed" in line for line in run.warnings)


@pytest.mark.parametrize("answer", ["error", "empty"])
def test_a_customer_has_no_companies_below(tree: Bench, answer: str) -> None:
    tree.switches.customer_key = True
    tree.switches.customer_companies_list = answer
    assert tree.run(config=MARK).activated


def test_a_network_that_never_stands_still_fails_and_tells_of_nothing(tree: Bench) -> None:
    def churn(_: Any, __: Any) -> None:
        with tree.world.lock:
            tree.world.remove_endpoint(tree.world.truth("endpoints")[0]["id"])
            tree.world.add_endpoint()

    tree.server.before_reply.append(churn)
    run = tree.run(config={**MARK, "page_size": 5}, succeeds=False)
    assert not run.activated
    assert any("kept changing" in line for line in run.stderr.splitlines())


def test_one_removed_and_one_added_between_two_pages_hide_no_row(tree: Bench) -> None:
    """The number of rows stays the same, so that no total tells."""
    throughout = {row["id"] for row in tree.world.truth("endpoints")}
    first = tree.world.truth("endpoints")[0]["id"]

    def swap(_: Any, __: Any) -> None:
        if len(tree.server.calls(INVENTORY)) == 1:
            with tree.world.lock:
                tree.world.remove_endpoint(first)
                tree.world.add_endpoint()

    tree.server.before_reply.append(swap)
    run = tree.run(config={**MARK, "page_size": 5})
    assert {key for (key,) in run.table("endpoints")} >= throughout - {first}
    assert run.activated
