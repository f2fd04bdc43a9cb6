"""A table of several parts, of which one may be refused; versions; rows that vanish meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from edr_sandbox.gravityzone.switches import API_AREAS
from edr_sandbox.serving import Fault, Reply, Request

from tests.conftest import Bench
from tests.gravityzone.checking import errors, news, params
from tests.gravityzone.conftest import BenchMaker
from tests.gravityzone.tables import INCIDENT_PARTS, KEYS, assert_table, assert_tables, read

MARK = {"emit_activate_version_messages": True, "page_size": 10}
INCREMENTAL = {
    *INCIDENT_PARTS, "phasr_recommendations", "monthly_usage", "monthly_usage_per_product_type",
}  # fmt: skip
FULL = [stream for stream in KEYS if stream not in INCREMENTAL]
AREAS = {
    "accounts": ["accounts"],
    "incidents": ["blocklist_items", "custom_rules", *INCIDENT_PARTS],
    "licensing": ["licenses", "monthly_usage", "monthly_usage_per_product_type"],
    "maintenanceWindows": ["maintenance_windows"],
    "network": ["custom_groups", "endpoint_details", "scan_tasks", "scan_task_subtasks"],
    "packages": ["packages", "package_details"],
    "patchManagement": ["missing_patches", "installed_patches"],
    "phasr": ["phasr_recommendations"],
    "policies": ["policies", "policy_details"],
    "push": ["push_settings", "push_stats"],
    "quarantine": ["quarantine_items"],
    "reports": ["reports"],
}
# Whose requests say for which company they are.
BY_COMPANY = {
    "companies": "companies.getCompanyDetails",
    "quarantine_items": "getQuarantineItemsList",
    "blocklist_items": "incidents.getBlocklistItems",
    "custom_rules": "incidents.getCustomRulesList",
    "maintenance_windows": "getMaintenanceWindowsList",
    "missing_patches": "getMissingPatches",
    "licenses": "licensing.getLicenseInfo",
    "phasr_recommendations": "phasr.getPhasrRecommendations",
}
NO_LICENCE = {"code": -32001, "message": "Authorization error", "data": {"details": (
    "The company does not have a valid license for this operation")}}  # fmt: skip
GONE = {"code": -32602, "message": "Invalid params", "data": {"details": "no such company"}}


@pytest.fixture
def tree(make: BenchMaker) -> Bench:
    return make(companies=4, endpoints=20, incidents=4)


def refusing(company: str, method: str, error: dict[str, Any]) -> Callable[[Request, Reply], None]:
    """Return a hook that answers requests about a company with an error."""

    def refuse(request: Request, reply: Reply) -> None:
        body = request.json()
        if body["params"].get("companyId") == company and method.endswith(body["method"]):
            del reply.body["result"]
            reply.body["error"] = error

    return refuse


@pytest.mark.parametrize("stream", BY_COMPANY)
def test_a_company_without_a_licence_leaves_the_others(tree: Bench, stream: str) -> None:
    companies = list(tree.world.inventory.companies)
    for each in companies:
        tree.world.add_row("maintenance_windows", company_id=each)
    company = companies[1]
    tree.server.before_reply.append(refusing(company, BY_COMPANY[stream], NO_LICENCE))
    run = read(tree, stream, config=MARK)
    found = {row["id" if stream == "companies" else "companyId"] for row in run.records[stream]}
    assert company not in found
    assert len(found) == 3
    (line,) = (line for line in news(run) if "cannot be read" in line)
    assert stream in line
    assert "license" in line
    assert not run.activated, "what was not read is not gone"


def test_a_service_that_is_missing_leaves_the_other(tree: Bench) -> None:
    tree.switches.missing_methods = ("quarantine/exchange.getQuarantineItemsList",)
    run = read(tree, "quarantine_items", config=MARK)
    assert {row["_service"] for row in run.records["quarantine_items"]} == {"computers"}
    assert any("cannot be read" in line for line in news(run))
    assert not run.activated


@pytest.mark.parametrize("kind", ["area", "licence"])
@pytest.mark.parametrize("area", AREAS)
def test_all_parts_refused_skip_the_streams(tree: Bench, area: str, kind: str) -> None:
    if kind == "area":
        tree.switches.enabled_apis = tuple(each for each in API_AREAS if each != area)
    else:
        tree.switches.licence_missing = (area,)
    others = ["api_key_details", "reports" if area != "reports" else "accounts"]
    run = read(tree, *AREAS[area], *others, config=MARK)
    assert not errors(run)
    for stream in AREAS[area]:
        assert any(stream in line and "is skipped" in line for line in run.warnings), stream
        assert not run.records.get(stream)
        assert stream not in run.activated
    assert_table(tree, others[1], run)


@pytest.mark.parametrize("stream", [each for each in KEYS if each not in INCIDENT_PARTS])
def test_a_fault_that_lasts_fails_that_stream_alone(tree: Bench, stream: str) -> None:
    calls = {
        **BY_COMPANY,
        "custom_groups": "getCustomGroupsList", "endpoint_details": "getManagedEndpointDetails",
        "accounts": "getAccountsList", "policies": "getPoliciesList",
        "policy_details": "getPolicyDetails", "packages": "getPackagesList",
        "package_details": "getPackageDetails", "reports": "getReportsList",
        "scan_tasks": "getScanTasksList", "scan_task_details": "getTaskStatus",
        "scan_task_subtasks": "getTaskStatus", "installed_patches": "getInstalledPatches",
        "monthly_usage": "getMonthlyUsage", "api_key_details": "getApiKeyDetails",
        "monthly_usage_per_product_type": "getMonthlyUsagePerProductType",
        "push_settings": "getPushEventSettings", "push_stats": "getPushEventStats",
    }  # fmt: skip
    # The company's own details are asked for to find the others.
    tree.server.faults.append(Fault(call=calls[stream], skip=int(stream == "companies"), times=999))
    other = "quarantine_items" if stream != "quarantine_items" else "reports"
    run = read(tree, stream, other, config={**MARK, "max_retries": 1}, succeeds=False)
    assert stream not in run.activated
    assert_table(tree, other, run)
    assert run.activated.keys() == {other}
    assert sum(f"'{stream}' failed" in line for line in errors(run)) == 1


def test_a_refusal_without_a_word_of_the_api_is_no_refused_part(tree: Bench) -> None:
    """A proxy in between, perhaps: the rows are there, and to be read another time."""
    tree.server.faults.append(Fault(call="quarantine/exchange.", status=400, times=999))
    run = read(tree, "quarantine_items", "reports", config=MARK, succeeds=False)
    assert any("'quarantine_items' failed" in line for line in errors(run))
    assert run.activated.keys() == {"reports"}


def test_licences_of_an_installation_that_knows_one_product_each(tree: Bench) -> None:
    def refuse(request: Request, reply: Reply) -> None:
        if b"returnAllProducts" in request.body:
            del reply.body["result"]
            reply.body["error"] = {**GONE, "data": {"details": "Unexpected parameter."}}

    tree.server.before_reply.append(refuse)
    run = read(tree, "licenses", config=MARK)
    assert {row["_position"] for row in run.records["licenses"]} == {0}
    assert len(run.table("licenses")) == 4
    assert run.activated


def test_whole_tables_end_with_their_version(tree: Bench) -> None:
    run = read(tree, *KEYS, config=MARK)
    assert run.activated.keys() == set(FULL)
    tables = [stream for stream in KEYS if run.records[stream]]
    for stream in set(FULL) & set(tables):
        assert set(run.versions[stream]) == {run.activated[stream]}
    assert_tables(tree, KEYS.keys() - {"incident_notes"}, run)


@pytest.mark.parametrize("how", ["uncounted", "companies unknown", "vendor's total"])
def test_a_table_that_may_lack_rows_has_no_version(tree: Bench, how: str) -> None:
    if how == "companies unknown":
        tree.switches.missing_methods = ("network.getCompaniesList",)
    elif how == "vendor's total":
        tree.server.before_reply.append(count_one_more)
    else:
        tree.switches.total_null = True
    streams = ("quarantine_items", "custom_rules", "maintenance_windows")
    run = read(tree, *streams, config=MARK)
    assert run.activated.keys() == (set(streams) if how == "uncounted" else set())


def count_one_more(_: Request, reply: Reply) -> None:
    result = reply.body.get("result") if isinstance(reply.body, dict) else None
    if isinstance(result, dict) and result.get("total"):
        result["total"] += 1


def test_no_request_names_a_company_that_is_not_wanted(tree: Bench) -> None:
    wanted = list(tree.world.inventory.companies)[1]
    config = {"company_ids": [wanted], "include_child_companies": False}
    read(tree, *BY_COMPANY, config=config)
    named = {params(each).get("companyId") for each in tree.server.log}
    assert named == {wanted}
