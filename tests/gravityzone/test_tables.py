"""Every stream beyond the core equals the tenant, at first and after changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.conftest import Bench
from tests.gravityzone import tables
from tests.gravityzone.checking import news
from tests.gravityzone.conftest import BenchMaker
from tests.gravityzone.tables import KEYS, assert_table, assert_tables, read

PAGED = {"page_size": 10}


@pytest.fixture
def tree(make: BenchMaker) -> Bench:
    """A partner, two customers and a sub-partner, with a note on an incident."""
    bench = make(companies=4, endpoints=20, incidents=12)
    bench.world.triage(next(iter(bench.world.incidents.by_id)), note="Looked at it.")
    return bench


def change_everything(bench: Bench) -> None:
    """Add, change and remove rows of all tables, in several companies."""
    world = bench.world
    companies = list(world.inventory.companies)
    for table in (
        "accounts", "policies", "packages", "reports", "scan_tasks", "quarantine_items",
        "blocklist_items", "custom_rules", "maintenance_windows", "phasr_recommendations",
        "missing_patches", "installed_patches",
    ):  # fmt: skip
        rows = list(world.tables.table(table).values())
        world.remove_row(table, rows[0].id)
        renamed = "threatName" if table == "quarantine_items" else "name"
        if table not in {"missing_patches", "installed_patches"}:
            world.change_row(table, rows[-1].id, **{renamed: "Renamed"})
        for company in companies:
            world.add_row(table, company_id=company)
    for table in ("licenses", "push_settings", "push_stats"):
        (row, *_) = world.tables.table(table).values()
        changes: dict[str, dict[str, Any]] = {
            "licenses": {"usedSlots": 3},
            "push_settings": {"status": 0},
            "push_stats": {"count": {"events": 1}},
        }
        world.change_row(table, row.id, **changes[table])
    for row in list(world.tables.table("monthly_usage").values())[-1:]:
        world.change_row("monthly_usage", row.id, endpointMonthlyUsage=999)
    added = world.add_company("Later company", parent_id=companies[2])
    world.change_company(companies[1], industry=4, riskScore={"value": "1%"})
    group = world.add_group(world.inventory.companies[added].group, "Later group")
    world.add_endpoint(group)
    world.remove_endpoint(next(iter(world.inventory.endpoints)))
    busy = list(world.incidents.by_id)[3:6]
    world.triage(busy[0], note="A second look.")
    world.grow(busy[1])
    world.remove_incident(busy[2])


def test_equal_to_the_tenant_at_first_and_after_changes(tree: Bench) -> None:
    first = read(tree, *KEYS, config=PAGED)
    assert not [line for line in news(first) if "monthly" not in line]
    assert_tables(tree, KEYS, first)
    change_everything(tree)
    second = read(tree, *KEYS, state=first.state, config=PAGED)
    assert_tables(tree, KEYS, first, second, present_only=True)
    assert_table(tree, "companies", second)
    assert_table(tree, "quarantine_items", second)


def test_whole_pages_say_the_same(tree: Bench) -> None:
    """With each method's own page sizes, and all plain arrays wrapped."""
    tree.switches.arrays_wrapped = True
    tree.switches.products_as_list = True
    tree.switches.vanished_code = -32002
    assert_tables(tree, KEYS, read(tree, *KEYS))


@pytest.mark.parametrize("refused", [True, False])
def test_a_customers_key(tree: Bench, refused: bool) -> None:
    tree.switches.customer_key = True
    tree.switches.company_id_refused = refused
    tree.switches.customer_companies_list = "error" if refused else "empty"
    run = read(tree, *KEYS, config=PAGED)
    read_by_it = [stream for stream in KEYS if "monthly" not in stream]
    tree.world.tables.rows["push_settings"].clear()  # there is one, whoever asks
    tree.world.tables.rows["push_stats"].clear()
    assert_tables(tree, [each for each in read_by_it if "push" not in each], run)
    assert {row["companyId"] for row in run.records["monthly_usage"]} <= {
        tree.world.view.key_company.id
    }


def company_of(row: dict[str, Any]) -> Any:
    company = row.get("company")
    return row.get("companyId") or (company["id"] if company else None)


COMPANY_TABLES = (
    "accounts", "policies", "quarantine_items", "blocklist_items", "custom_rules",
    "maintenance_windows", "missing_patches", "installed_patches", "phasr_recommendations",
    "licenses", "custom_groups", "endpoint_details", "monthly_usage",
)  # fmt: skip


@pytest.mark.parametrize("spans", [True, False])
@pytest.mark.parametrize("below", [True, False])
@pytest.mark.parametrize("named", [True, False])
def test_company_ids_and_children(tree: Bench, named: bool, below: bool, spans: bool) -> None:
    tree.switches.lists_span_children = spans
    root, _, partner, *_ = tree.world.inventory.companies
    config: dict[str, Any] = {"include_child_companies": below}
    if named:
        config["company_ids"] = [partner]
    run = read(tree, *COMPANY_TABLES, "companies", config=config)
    asked = partner if named else root
    wanted = tree.world.inventory.family(asked) if below else {asked}
    assert {row["id"] for row in run.records["companies"]} == wanted
    for stream in COMPANY_TABLES:
        rows = [row for row in tables.expected(tree, stream) if company_of(row) in wanted]
        found = {company_of(row) for row in run.records[stream]}
        assert found == {company_of(row) for row in rows}, stream
        assert len(run.table(stream)) == len(rows), stream


def test_default_run_reads_the_core_alone(tree: Bench) -> None:
    run = tree.run()
    assert set(run.keys) == set(tables.CORE)


def test_unfinished_subtasks_have_no_times(tree: Bench) -> None:
    task = tree.world.add_row("scan_tasks", status=2, startDate=datetime.now(UTC))
    tree.world.add_row(
        "scan_task_subtasks", _task=task, status=1, startDate="", endDate="", errorCode=0
    )
    run = read(tree, "scan_task_subtasks", config={"page_size": 1})
    (row,) = (row for row in run.records["scan_task_subtasks"] if row["taskId"] == task)
    assert (row["startDate"], row["endDate"], row["errorCode"]) == (None, None, "0")
    assert "_extra" not in row
    assert_table(tree, "scan_task_subtasks", run)


@pytest.mark.parametrize("dates", ["local", "utc", "offset"])
def test_quarantine_dates_in_any_shape(tree: Bench, dates: str) -> None:
    tree.switches.quarantine_dates = dates
    assert_table(tree, "quarantine_items", read(tree, "quarantine_items"))
    if dates == "local":
        zone = {"naive_timezone": "Etc/GMT-3"}
        shifted = read(tree, "quarantine_items", config=zone).table("quarantine_items")
        for row in tables.expected(tree, "quarantine_items"):
            at = datetime.fromisoformat(row["quarantinedOn"]).replace(tzinfo=UTC)
            written = shifted[row["id"], row["_service"]]["quarantinedOn"]
            assert datetime.fromisoformat(written) == at - timedelta(hours=3)
