"""A call of the new streams that is refused or fails: one stream, one message, the others go on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from edr_sandbox.serving import Fault

from tests.cortex_xdr.surface import LOGS, SURFACE, TABLES, Row, assert_surface
from tests.cortex_xdr.tenants import small_world
from tests.kit.quick import Quick, errors

Catalog = Callable[..., dict[str, Any]]
Swift = Callable[..., Quick]

# The calls of streams; roles and groups are asked for by the names that users carry.
CALLS = {
    "cases": "v1/case/search",
    "issues": "v1/issue/search",
    "management_logs": "v1/audits/management_logs",
    "agent_reports": "v1/audits/agents_reports",
    "device_violations": "v1/device_control/get_violations",
    "endpoint_summaries": "v1/endpoints/get_endpoints",
    "distributions": "v1/distributions/get_distributions",
    "agent_versions": "v1/distributions/get_versions",
    "scripts": "v1/scripts/get_scripts",
    "users": "v1/rbac/get_users",
    "roles": "v1/rbac/get_roles",
    "user_groups": "v1/rbac/get_user_group",
    "risky_users": "v1/get_risky_users",
    "risky_hosts": "v1/get_risky_hosts",
    "iocs": "v1/indicators/get",
    "biocs": "v1/bioc/get",
    "correlation_rules": "v1/correlations/get",
    "legacy_exceptions": "v1/legacy_exceptions/fetch",
    "disable_prevention_rules": "v1/disable_prevention/fetch",
    "alert_exclusions": "v1/alerts_exclusion",
    "datasets": "v1/xql/get_datasets",
    "xql_quota": "v1/xql/get_quota",
    "tenant_info": "v1/system/get_tenant_info",
    "external_services": "v1/assets/get_external_services",
    "internet_exposures": "v1/assets/get_assets_internet_exposure",
    "external_ip_ranges": "v1/assets/get_external_ip_address_ranges",
    "assets": "v1/assets",
    "vulnerabilities": "uvem/v1/get_vulnerabilities",
    "compliance_results": "v1/compliance/get_assessment_results",
}
SMALL = dict.fromkeys(("external_services", "agent_reports", "iocs"), 8)
REASON = {402: "a licence or add-on is missing", 403: "role does not allow this"}


@pytest.fixture
def bench(swift: Swift) -> Quick:
    return swift(small_world(counts=SMALL))


@pytest.mark.parametrize("status", [402, 403])
@pytest.mark.parametrize("stream", ["cases", "users", "iocs", "vulnerabilities", "agent_reports"])
def test_a_stream_that_the_key_may_not_read_is_skipped(
    bench: Quick, catalog: Catalog, stream: str, status: int
) -> None:
    switch = "licence_missing" if status == 402 else "role_missing"
    bench.switches.set(**{switch: (CALLS[stream],)})
    run = bench.run(catalog=catalog(stream, "datasets"))
    warning, summary = run.warnings
    assert f"Stream '{stream}' is skipped: {CALLS[stream].partition('v1/')[2]}" in warning or (
        f"Stream '{stream}' is skipped: {CALLS[stream]}" in warning
    )
    assert REASON[status] in warning
    assert "Skipped streams" in summary
    assert_surface(bench, run, streams=("datasets",))


@pytest.mark.parametrize("stream", ["cases", "issues"])
@pytest.mark.parametrize("status", [402, 403])
def test_a_stream_that_is_skipped_alone_is_no_wrong_url(
    bench: Quick, catalog: Catalog, stream: str, status: int
) -> None:
    """These calls print errors without the envelope by which the API is known elsewhere."""
    body = {"error": "not for this key"}
    bench.server.faults.append(Fault(call=CALLS[stream], status=status, body=body, times=9))
    run = bench.run(catalog=catalog(stream))
    assert f"Stream '{stream}' is skipped" in run.warnings[0]
    assert "not for this key" in run.warnings[0]


@pytest.mark.parametrize("kind", ["404_json", "404_html"])
def test_a_tenant_of_the_older_generation_has_no_cases(
    bench: Quick, catalog: Catalog, kind: str
) -> None:
    bench.switches.set(cases_missing=kind, issues_missing=kind)
    run = bench.run(catalog=catalog("cases", "issues", "datasets"))
    assert [f"Stream '{name}' is skipped" in line for name, line in zip(
        ("cases", "issues"), run.warnings, strict=False)] == [True, True]  # fmt: skip
    assert all("this tenant does not know the call" in line for line in run.warnings[:2])
    assert_surface(bench, run, streams=("datasets",))


def test_calls_that_a_tenant_lacks_skip_their_streams_alone(bench: Quick, catalog: Catalog) -> None:
    lacking = ("biocs", "external_services", "compliance_results", "distributions", "scripts")
    bench.switches.set(calls_missing=tuple(CALLS[name] for name in lacking))
    run = bench.run(catalog=catalog(*TABLES))
    skipped = [line for line in run.warnings if "is skipped" in line]
    assert len(skipped) == len(lacking)
    for name in lacking:
        assert sum(f"Stream '{name}' is skipped" in line for line in skipped) == 1
    # The path of a call may begin like another one's.
    others = [name for name in TABLES if name not in lacking]
    assert_surface(bench, run, streams=tuple(others))


def test_risks_without_their_licence(bench: Quick, catalog: Catalog) -> None:
    bench.switches.set(identity_threat_missing=True)
    run = bench.run(catalog=catalog("risky_users", "risky_hosts", "users"))
    for name in ("risky_users", "risky_hosts"):
        assert any(f"Stream '{name}' is skipped" in line for line in run.warnings)
    assert "No identity threat" in run.warnings[0]
    assert_surface(bench, run, streams=("users",))
    assert len(bench.server.calls("get_risky_users")) == 1


def test_without_the_right_to_users_there_are_no_roles_either(
    bench: Quick, catalog: Catalog
) -> None:
    bench.switches.set(role_missing=("rbac/get_users",))
    run = bench.run(catalog=catalog("users", "roles", "user_groups", "datasets"))
    assert sum("is skipped" in line for line in run.warnings) == 3
    assert_surface(bench, run, streams=("datasets",))


def test_a_rule_of_one_kind_that_is_missing_skips_the_stream(
    bench: Quick, catalog: Catalog
) -> None:
    bench.switches.set(calls_missing=("disable_injection",))
    run = bench.run(
        catalog=catalog("disable_prevention_rules", "datasets"),
        config={"emit_activate_version_messages": True},
    )
    assert "Stream 'disable_prevention_rules' is skipped" in run.warnings[0]
    assert run.activated.keys() == {"datasets"}


@pytest.mark.parametrize("stream", [name for name in CALLS if name != "users"])
def test_a_lasting_fault_fails_its_stream_alone(
    bench: Quick, catalog: Catalog, stream: str
) -> None:
    """The exact call: the name of one may be the beginning of another's."""
    handle = bench.server.simulator.handle

    def broken(request: Any) -> Any:
        if bench.server.simulator.name_of(request) != CALLS[stream]:
            return handle(request)
        return type(handle(request))({"reply": {"err_code": 503, "err_msg": "down"}}, 503)

    bench.server.simulator.handle = broken
    other = "users" if stream != "users" else "datasets"
    config = {"max_retries": 0, "emit_activate_version_messages": True}
    run = bench.run(catalog=catalog(stream, other), config=config, succeeds=False)
    assert f"Stream '{stream}' failed: " in errors(run)[0]
    assert errors(run)[-1].endswith(f"Failed streams: {stream}.")
    assert_surface(bench, run, streams=(other,))
    assert run.activated.keys() == {other}


@pytest.mark.parametrize("fault", [{"status": 503}, {"kind": "truncate"}, {"status": 429}])
def test_a_passing_fault_of_every_call_loses_nothing(
    bench: Quick, catalog: Catalog, fault: Row
) -> None:
    for call in CALLS.values():
        bench.server.faults.append(Fault(call=call, times=1, **fault))
    run = bench.run(catalog=catalog(*CALLS))
    assert_surface(bench, run, streams=tuple(set(CALLS) - {"xql_quota"}))
    assert not run.warnings


def test_a_dead_key_ends_the_run_of_all_streams(bench: Quick, catalog: Catalog) -> None:
    run = bench.run(catalog=catalog(*SURFACE), config={"api_key": "K" * 128}, succeeds=False)
    (error,) = errors(run)
    assert "does not accept the key (HTTP 401)" in error
    assert len(bench.server.log) <= 3


def test_every_stream_has_its_call_here() -> None:
    assert set(CALLS) == {*TABLES, *LOGS, "xql_quota"}
