"""The tables beyond incidents that are read from a bookmark: usage by month, recommendations."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from edr_sandbox.serving import Fault

from tests.conftest import Bench
from tests.gravityzone.checking import news, params
from tests.gravityzone.conftest import BenchMaker
from tests.gravityzone.tables import assert_table, assert_tables, choosing, read
from tests.gravityzone.test_parts import GONE, NO_LICENCE, refusing

USAGE = ("monthly_usage", "monthly_usage_per_product_type")
PHASR = "phasr_recommendations"
NOW = datetime.now(UTC)


@pytest.fixture
def tree(make: BenchMaker) -> Bench:
    return make(companies=4, endpoints=20, incidents=0)


def months(bench: Bench, name: str = "licensing.getMonthlyUsage") -> list[str]:
    """Return the months that were asked for, each once, as ``yyyy-mm``, oldest first."""
    asked = {params(each)["targetMonth"] for each in bench.server.calls(name)}
    return sorted("-".join(reversed(month.split("/"))) for month in asked)


def month(back: int) -> str:
    number = NOW.year * 12 + NOW.month - 1 - back
    return f"{number // 12}-{number % 12 + 1:02}"


def test_a_first_run_reads_all_months_that_hold_usage(tree: Bench) -> None:
    run = read(tree, *USAGE)
    assert_tables(tree, USAGE, run)
    assert months(tree)[-1] == month(0)


@pytest.mark.parametrize("code", [-32000, -32001])
def test_companies_without_a_monthly_licence_have_no_rows(tree: Bench, code: int) -> None:
    tree.switches.no_monthly_licence_code = code
    run = read(tree, *USAGE)
    monthly = [c.id for c in tree.world.inventory.companies.values() if c.license_type == 3]
    assert {row["companyId"] for row in run.records["monthly_usage"]} == set(monthly)
    assert len([line for line in news(run) if "cannot be read" in line]) == 2
    for company in tree.world.inventory.companies.values():
        company.license_type = 2
    none = read(tree, *USAGE)
    assert sum("is skipped" in line for line in none.warnings) == 2


def test_a_second_run_reads_the_month_before_again(tree: Bench) -> None:
    first = read(tree, *USAGE)
    (row, *_) = (
        each
        for each in tree.world.tables.table("monthly_usage").values()
        if each.values["_month"] == "/".join(reversed(month(1).split("-")))
    )
    tree.world.change_row("monthly_usage", row.id, endpointMonthlyUsage=12345)
    tree.server.log.clear()
    second = read(tree, *USAGE, state=first.state)
    assert months(tree) == [month(1), month(0)]
    assert_tables(tree, USAGE, first, second)


@pytest.mark.parametrize(
    ("limits", "read_months"),
    [
        ({"start_date": f"{month(3)}-15T00:00:00Z"}, [month(3), month(2), month(1), month(0)]),
        (
            {"start_date": f"{month(5)}-01T00:00:00Z", "end_date": f"{month(3)}-01T00:00:00Z"},
            [month(5), month(4)],
        ),
        ({"end_date": f"{month(11)}-02T00:00:00Z"}, None),
    ],
)
def test_dates_choose_the_months(
    tree: Bench, limits: dict[str, Any], read_months: list[str] | None
) -> None:
    read(tree, "monthly_usage", config=limits)
    if read_months is None:
        assert months(tree)[-1] == month(11)
    else:
        assert months(tree) == read_months


def test_usage_never_tells_that_older_months_are_gone(tree: Bench) -> None:
    for company in tree.world.inventory.companies.values():
        company.license_type = 3  # else a refusal would withhold the message
    catalog = choosing("monthly_usage", PHASR)
    for entry in catalog["streams"]:
        entry["replication_method"] = "FULL_TABLE"
    run = read(tree, catalog=catalog, config={"emit_activate_version_messages": True})
    assert run.records["monthly_usage"]
    assert run.activated.keys() == {PHASR}


def crowded(bench: Bench) -> None:
    """Add recommendations in an order of their own, many of them of one moment."""
    for days in (40, 3, 77, 12, 200, 5):
        bench.world.add_row(PHASR, at=NOW - timedelta(days=days))
    for number in range(25):
        companies = list(bench.world.inventory.companies)
        company = companies[number % 2]
        bench.world.add_row(PHASR, at=NOW - timedelta(days=20), company_id=company)


SWITCHES: list[dict[str, Any]] = [
    {}, {"phasr_unsorted": True}, {"phasr_bounds_exclusive": True}, {"filters_ignored": True},
    {"phasr_unsorted": True, "filters_ignored": True},
]  # fmt: skip


@pytest.mark.parametrize("switches", SWITCHES)
@pytest.mark.parametrize("page_size", [5, 100])
def test_recommendations_lose_nothing(
    tree: Bench, switches: dict[str, Any], page_size: int
) -> None:
    crowded(tree)
    for name, value in switches.items():
        setattr(tree.switches, name, value)
    first = read(tree, PHASR, config={"page_size": page_size})
    assert_table(tree, PHASR, first)
    recent = tree.world.add_row(PHASR, actionTaken=0)
    late = tree.world.add_row(PHASR, at=NOW - timedelta(days=10))
    second = read(tree, PHASR, state=first.state, config={"page_size": page_size})
    tree.world.change_row(PHASR, recent, actionTaken=1)
    tree.world.remove_row(PHASR, late)
    third = read(tree, PHASR, state=second.state, config={"page_size": page_size})
    assert_table(tree, PHASR, first, second, third, present_only=True)
    assert (late,) in second.table(PHASR)


def test_only_what_is_new_or_may_have_changed_is_read_again(tree: Bench) -> None:
    first = read(tree, PHASR)
    second = read(tree, PHASR, state=first.state)
    oldest = min(row["createdOn"] for row in second.records[PHASR])
    assert datetime.fromisoformat(oldest) >= NOW - timedelta(days=62)
    assert len(second.records[PHASR]) < len(first.records[PHASR])


@pytest.mark.parametrize("unsorted", [True, False])
def test_shards_of_recommendations_add_up(tree: Bench, unsorted: bool) -> None:
    crowded(tree)
    tree.switches.phasr_unsorted = unsorted
    whole = NOW.replace(microsecond=0)
    edges = [whole - timedelta(days=days) for days in (300, 60, 20, 0)]
    texts = [edge.isoformat(timespec="seconds").replace("+00:00", "Z") for edge in edges]
    runs = [
        read(tree, PHASR, config={"page_size": 5, "start_date": low, "end_date": high})
        for low, high in zip(texts, [*texts[1:-1], "2100-01-01T00:00:00Z"], strict=False)
    ]
    assert_table(tree, PHASR, *runs)
    last = NOW + timedelta(days=1)
    for run, low, high in zip(runs, edges, [*edges[1:-1], last], strict=False):
        moments = [datetime.fromisoformat(row["createdOn"]) for row in run.records[PHASR]]
        assert all(low <= moment < high for moment in moments)


@pytest.mark.parametrize("error", [GONE, NO_LICENCE])
def test_a_company_that_was_refused_is_caught_up_with(tree: Bench, error: dict[str, Any]) -> None:
    """Only a refusal for good lets the bookmark pass what was not read."""
    company = list(tree.world.inventory.companies)[1]
    tree.world.add_row(PHASR, company_id=company, at=NOW - timedelta(days=85))
    tree.server.before_reply.append(refusing(company, "getPhasrRecommendations", error))
    first = read(tree, PHASR)
    assert any("cannot be read" in line for line in news(first))
    assert company not in {row["companyId"] for row in first.records[PHASR]}
    tree.server.before_reply.clear()
    second = read(tree, PHASR, state=first.state)
    if error is GONE:
        assert_table(tree, PHASR, first, second)
    else:
        assert len(second.records[PHASR]) < len(tree.world.truth(PHASR))


def test_a_fault_in_the_middle_is_resumed(tree: Bench) -> None:
    crowded(tree)
    tree.server.faults.append(Fault(call="getPhasrRecommendations", skip=14, times=99))
    config = {"page_size": 5, "max_retries": 0}
    first = read(tree, PHASR, config=config, succeeds=False)
    assert first.records[PHASR]
    tree.server.faults.clear()
    again = read(tree, PHASR, state=first.state, config=config)
    assert_table(tree, PHASR, first, again)
