"""No request goes over a method's own limits; the vendor's budgets are kept by method."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from edr_sandbox.serving import Reply, Request
from edr_tap_kit.budget import Budget
from tap_gravityzone.limits import group_of

from tests.conftest import Bench
from tests.gravityzone.checking import params
from tests.gravityzone.conftest import BenchMaker
from tests.gravityzone.tables import ALL, KEYS, assert_table, assert_tables, read

MOST = {
    "getIncidentsList": 10_000, "getEndpointsList": 1000, "getNetworkInventoryItems": 1000,
    "getCustomRulesList": 1000, "getTaskStatus": 1000,
}  # fmt: skip
LISTS = (
    "accounts", "quarantine_items", "blocklist_items", "custom_rules", "missing_patches",
    "phasr_recommendations", "maintenance_windows", "endpoint_details", "scan_task_subtasks",
)  # fmt: skip


@pytest.fixture
def tree(make: BenchMaker) -> Bench:
    return make(companies=4, endpoints=20, incidents=4)


def sizes(bench: Bench) -> Iterator[tuple[str, int]]:
    for exchange in bench.server.log:
        asked = params(exchange)
        options = asked.get("options")
        size = asked.get("perPage") or (isinstance(options, dict) and options.get("perPage"))
        if size:
            yield exchange.call.rpartition(".")[2], size


@pytest.mark.parametrize("page_size", [1, 7, 100, 1000, 50_000])
def test_page_size_and_the_methods_own_limits(tree: Bench, page_size: int) -> None:
    streams = LISTS if page_size < 100 else tuple(KEYS)
    if page_size == 1:
        streams = ("accounts", "maintenance_windows", "scan_task_subtasks")
    run = read(tree, *streams, config={"page_size": page_size})
    assert_tables(tree, [each for each in streams if each != "incident_notes"], run)
    asked = dict.fromkeys(sizes(tree))
    assert len(asked) >= 3
    for method, size in asked:
        least = 10 if method == "getIncidentsList" else 1
        fixed = method == "getLicenseInfo"
        assert size == (100 if fixed else max(least, min(page_size, MOST.get(method, 100))))
    assert all(exchange.status == 200 for exchange in tree.server.log)


@pytest.mark.parametrize(
    "switches",
    [
        {"total_null": True}, {"totals_absent": True}, {"duplicate_rows": True},
        {"arrays_wrapped": True}, {"products_as_list": True},
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("page_size", [5, 13])
def test_pages_of_all_shapes(tree: Bench, switches: dict[str, Any], page_size: int) -> None:
    for name, value in switches.items():
        setattr(tree.switches, name, value)
    run = read(tree, *LISTS, "licenses", "companies", config={"page_size": page_size})
    assert_tables(tree, (*LISTS, "licenses", "companies"), run)


def test_more_members_on_one_page_and_none_on_the_next(tree: Bench) -> None:
    """The newer shape: totals on the first page, whether more follows on each."""

    def newer(_: Request, reply: Reply) -> None:
        result = reply.body.get("result")
        if isinstance(result, dict) and "pagesCount" in result:
            result["hasMoreRecords"] = result["page"] < result["pagesCount"]
            if result["page"] > 1:
                del result["total"], result["pagesCount"]

    tree.server.before_reply.append(newer)
    assert_table(tree, "quarantine_items", read(tree, "quarantine_items", config={"page_size": 9}))


@pytest.mark.parametrize("customer", [True, False])
def test_no_more_endpoints_than_a_request_takes(make: BenchMaker, customer: bool) -> None:
    bench = make(companies=2, endpoints=450, incidents=0)
    bench.switches.customer_key = customer
    run = read(bench, "missing_patches")
    assert_table(bench, "missing_patches", run)
    asked = [params(each) for each in bench.server.calls("getMissingPatches")]
    named = [len(each["endpointsIds"]) for each in asked if "endpointsIds" in each]
    assert bool(named) == customer
    assert max(named, default=0) <= 100


def test_each_method_counts_against_its_budget(
    tree: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, str | None] = {}
    limits: dict[str, Any] = {}

    class Noted(Budget):
        def __init__(self, per_second: float, methods: Any, group_of: Any, **more: Any) -> None:
            limits.update(methods)

            def noting(method: str) -> str | None:
                seen[method] = group_of(method)
                return seen[method]

            super().__init__(per_second, methods, noting, **more)

    monkeypatch.setattr("tests.gravityzone.tables.Budget", Noted)
    read(tree, *ALL, config={"max_incident_requests_per_minute": 3})
    assert (limits["push"].count, limits["push"].seconds) == (5, 60)
    assert (limits["incidents"].count, limits["incidents"].seconds) == (3, 60)
    services = {method.partition(".")[0] for method in seen}
    assert len(services) == 15
    for method, group in seen.items():
        match method.partition(".")[0]:
            case "push" | "incidents" as service:
                assert group == service, method
            case "companies" | "licensing":
                assert group == "slower", method
            case _:
                slow = method.endswith("getNetworkInventoryItems")
                assert group == ("slower" if slow else None), method


def test_group_of_methods_nobody_reads_yet() -> None:
    assert group_of("push.getPushEventStats") == "push"
    assert group_of("incidentsX.list") is None
