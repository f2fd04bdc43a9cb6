"""Tenants that answer in other shapes, counts and orders hold the same rows in the end."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from edr_sandbox.serving import Fault, Reply, Request

from tests.cortex_xdr.surface import LOGS, TABLES, Row, assert_surface
from tests.cortex_xdr.tenants import NOW, asked, small_world, table
from tests.kit.quick import Quick
from tests.support.running import Run

Catalog = Callable[..., dict[str, Any]]
Swift = Callable[..., Quick]

# Small tables, so that small pages make several of each without many requests.
SIZES = {
    "external_services": 60, "agent_reports": 60, "device_violations": 40, "iocs": 30,
    "legacy_exceptions": 30, "correlation_rules": 30, "compliance_results": 30, "issues": 50,
}  # fmt: skip
PEOPLE = ("users", "roles", "user_groups", "risky_users", "risky_hosts")
RULES = ("iocs", "biocs", "correlation_rules")
PAGED = (
    *RULES, "distributions", "legacy_exceptions", "disable_prevention_rules", "assets",
    "external_services", "internet_exposures", "external_ip_ranges", "vulnerabilities",
    "compliance_results",
)  # fmt: skip
SMALL = {"page_size": 7}


@pytest.mark.parametrize(
    ("switches", "streams"),
    [
        ({"bare_only": True}, (*PEOPLE, "endpoint_summaries")),
        ({"roles_nested": True}, PEOPLE),
        ({"roles_nested": True, "bare_only": True, "validation_errors": "objects"}, PEOPLE),
        ({"tenant_form": "list"}, ("tenant_info",)),
        ({"assets_form": "upper"}, ("assets",)),
        ({"vulnerabilities_key": "DATA"}, ("vulnerabilities",)),
        ({"vulnerabilities_key": "vulnerabilities"}, ("vulnerabilities",)),
        ({"vulnerability_end": "repeated"}, ("vulnerabilities",)),
        ({"counts_swapped": True}, ("cases", "issues", "legacy_exceptions")),
        ({"objects_count": "matching"}, RULES),
        ({"objects_count": "page"}, RULES),
        ({"compliance_key": "DATA"}, ("compliance_results",)),
        ({"compliance_paging": "refused"}, ("compliance_results",)),
        ({"compliance_paging": "ignored"}, ("compliance_results",)),
        ({"report_bounds": "whole_ms"}, tuple(LOGS)),
        ({"report_version_field": "XDRVERSION"}, ("agent_reports",)),
        ({"violation_sort": "value"}, ("device_violations",)),
        ({"violation_sort": "value", "validation_errors": "objects"}, ("device_violations",)),
        ({"audit_time_sort": "refused"}, ("management_logs",)),
        ({"audit_time_sort": "ignored"}, ("management_logs",)),
        ({"lte": "exclusive"}, tuple(LOGS)),
        ({"times": "floats"}, (*LOGS, "scripts", "iocs", "legacy_exceptions")),
        ({"times": "text"}, (*LOGS, "scripts", "iocs", "legacy_exceptions")),
        ({"total": "null"}, (*PAGED, *LOGS, "scripts")),
        ({"total": "smaller"}, (*PAGED, *LOGS)),
    ],
    ids=str,
)
def test_the_same_rows_in_another_shape(
    swift: Swift, catalog: Catalog, switches: Row, streams: tuple[str, ...]
) -> None:
    bench = swift(small_world(audits=40, counts=SIZES), **switches)
    run = bench.run(catalog=catalog(*streams), config=SMALL)
    assert_surface(bench, run, streams=streams)
    assert len(bench.server.log) < 1200


def test_pages_of_all_tables(swift: Swift, catalog: Catalog) -> None:
    bench = swift(small_world(audits=40, counts=SIZES))
    run = bench.run(
        catalog=catalog(*PAGED), config=SMALL | {"emit_activate_version_messages": True}
    )
    assert_surface(bench, run, streams=PAGED)
    assert run.activated.keys() == set(PAGED)
    for one in ("bioc/get", "indicators/get", "distributions/get_distributions", "v1/assets"):
        assert len(bench.server.calls(one)) > 1, one


@pytest.mark.parametrize("size", [7, 30])
def test_a_tenant_without_offsets_is_read_as_far_as_it_goes(
    swift: Swift, catalog: Catalog, size: int
) -> None:
    """It hands out its first page again and again: said, not waited for."""
    bench = swift(small_world(counts=SIZES))
    handle = bench.server.simulator.handle

    def first_page(request: Request) -> Reply:
        if b'"search_from"' not in request.body:
            return handle(request)
        body = _replaced(request.body, 0, size)
        return handle(Request(request.method, request.path, request.headers, body))

    bench.server.simulator.handle = first_page
    config = {"page_size": size, "emit_activate_version_messages": True}
    run = bench.run(catalog=catalog("iocs"), config=config)
    assert len(run.table("iocs")) == size
    assert "the first" in run.stderr
    assert not run.activated
    assert len(bench.server.log) < 30


def _replaced(body: bytes, start: int, stop: int) -> bytes:
    document = json.loads(body)
    document["request_data"] |= {"search_from": start, "search_to": stop}
    return json.dumps(document).encode()


@pytest.mark.parametrize("counts", ["null", "zero", "missing"])
@pytest.mark.parametrize("lists", ["list", "null", "missing"])
def test_nothing_in_whatever_shape(swift: Swift, catalog: Catalog, counts: str, lists: str) -> None:
    streams = ("agent_reports", "device_violations", "external_services")
    empty = dict.fromkeys(streams, 0)
    bench = swift(small_world(counts=empty), empty_counts=counts, empty_list=lists)
    run = bench.run(catalog=catalog(*streams))
    assert not any(table(name, run) for name in streams)
    assert not run.warnings


@pytest.mark.parametrize(
    ("stream", "body"),
    [
        ("agent_versions", {"reply": ["8.3"]}),
        ("agent_versions", {"reply": "8.3"}),
        ("xql_quota", {"reply": [1]}),
        ("xql_quota", {"reply": None}),
        ("tenant_info", {"reply": None}),
        ("tenant_info", {"reply": "none"}),
        ("users", {"reply": {"status": "FAIL", "error_message": "no"}}),
        ("users", {"reply": "no"}),
        ("roles", {"reply": {"users": {"a": 1}}}),
        ("alert_exclusions", {"reply": True}),
        ("scripts", {"reply": {"total_count": 1, "scripts": {"a": 1}}}),
        ("vulnerabilities", {"reply": {"data": {"a": 1}}}),
        ("iocs", {"objects": "none", "objects_count": 0}),
    ],
)
def test_something_else_in_the_place_of_rows_is_a_failure(
    swift: Swift, catalog: Catalog, stream: str, body: Row
) -> None:
    """It is no empty table: a loader would be told that all rows are gone."""
    bench = swift(small_world())
    bench.server.faults.append(Fault(status=200, body=body, times=99))
    run = bench.run(
        catalog=catalog(stream), succeeds=False, config={"emit_activate_version_messages": True}
    )
    assert f"Stream '{stream}' failed: " in run.stderr
    assert "the reply" in run.stderr
    assert not run.activated
    assert not run.records[stream]


@pytest.mark.parametrize(
    ("stream", "body"),
    [
        ("users", {"reply": None}),
        ("users", {"reply": {}}),
        ("agent_versions", {"reply": {"windows": None, "linux": []}}),
        ("agent_versions", {"reply": None}),
        ("scripts", {"reply": {"total_count": None, "scripts": None}}),
        ("vulnerabilities", {"reply": {"data": None, "filter_count": 0, "next_page_token": ""}}),
        ("assets", {"reply": {"metadata": {"filter_count": 0, "total_count": 0}}}),
        ("compliance_results", {"reply": {"total_count": 0, "DATA": []}}),
        ("iocs", {"objects": None, "objects_count": 0, "objects_type": "ioc"}),
    ],
)
def test_a_list_that_is_null_or_missing_is_an_empty_one(
    swift: Swift, catalog: Catalog, stream: str, body: Row
) -> None:
    bench = swift(small_world())
    bench.server.faults.append(Fault(status=200, body=body, times=99))
    run = bench.run(catalog=catalog(stream))
    assert not run.records[stream]
    assert not run.warnings


def test_scripts_that_the_vendor_counts_and_hides_are_said(swift: Swift, catalog: Catalog) -> None:
    bench = swift(small_world())

    def count_more(_: Request, reply: Reply) -> None:
        reply.body["reply"]["total_count"] += 1

    bench.server.before_reply.append(count_more)
    run = bench.run(catalog=catalog("scripts"), config={"emit_activate_version_messages": True})
    assert "counts more scripts than it hands out" in run.stderr
    assert not run.activated


def test_issues_carry_what_is_sent_on_request_only(swift: Swift, catalog: Catalog) -> None:
    bench = swift(small_world(counts=SIZES))
    run = bench.run(catalog=catalog("issues"))
    assert_surface(bench, run, streams=("issues",))
    assert any(row["evidences"] for row in run.records["issues"])


def test_issues_of_a_tenant_that_does_not_send_it(swift: Swift, catalog: Catalog) -> None:
    bench = swift(small_world(counts=SIZES))
    refusal = {"error": "include_evidences is not a valid parameter"}
    bench.server.faults.append(Fault(call="issue/search", status=500, body=refusal))
    run = bench.run(catalog=catalog("issues"))
    assert len(run.records["issues"]) == 50
    assert "evidences" not in run.records["issues"][0]
    assert sum("does not send normalized_fields" in line for line in run.warnings) == 2
    assert all("include_fields" not in one for one in asked(bench, "issue/search")[1:])


def test_clients_of_rules_are_answered_with_599(swift: Swift, catalog: Catalog) -> None:
    bench = swift(
        small_world(counts=SIZES), rules_599=True, transient_500=2, transient_call="indicators"
    )
    run = bench.run(catalog=catalog(*RULES))
    assert_surface(bench, run, streams=RULES)
    assert [one.status for one in bench.server.calls("indicators")] == [599, 599, 200]


def said(run: Run, text: str) -> int:
    return sum(text in line for line in run.warnings)


def test_the_drift_of_the_new_tables_is_kept(swift: Swift, catalog: Catalog) -> None:
    streams = ("cases", "iocs", "users", "scripts", "distributions")
    bench = swift(small_world(counts=SIZES))
    for name in streams:
        bench.world.drift(name, add={"brand_new": {"x": NOW}}, every=2)
    bench.world.drift("cases", retype=["hosts", "issue_count", "starred"], every=2)
    run = bench.run(catalog=catalog(*streams))
    assert_surface(bench, run, streams=streams)
    assert all(said(run, f"'{name}': schema drift") == 1 for name in streams)


def test_all_tables_are_in_these_tests() -> None:
    assert set(PAGED) <= set(TABLES)
