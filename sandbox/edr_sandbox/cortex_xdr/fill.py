"""Fill the tables of :mod:`plans`, each from a random sequence of its own."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from edr_sandbox.cortex_xdr import rows_cases, rows_devices, rows_rules, rows_settings, rows_surface
from edr_sandbox.cortex_xdr.plans import HIDDEN_KEY, PLANS
from edr_sandbox.cortex_xdr.populate import QUIET, moments

Row = dict[str, Any]
Maker = Callable[[Random, int, int, list[Row]], Row]

MAKERS: dict[str, Maker] = {
    "cases": rows_cases.case,
    "issues": rows_cases.issue,
    "agent_reports": rows_devices.agent_report,
    "device_violations": rows_devices.violation,
    "distributions": rows_devices.distribution,
    "agent_versions": rows_devices.agent_version,
    "scripts": rows_devices.script,
    "users": rows_settings.user,
    "roles": rows_settings.role,
    "user_groups": rows_settings.group,
    "risky_users": rows_settings.risky_user,
    "risky_hosts": rows_settings.risky_host,
    "legacy_exceptions": rows_rules.legacy_exception,
    "disable_prevention": rows_rules.prevention_rule,
    "disable_injection_prevention": rows_rules.prevention_rule,
    "alert_exclusions": rows_rules.exclusion,
    "iocs": rows_rules.ioc,
    "biocs": rows_rules.bioc,
    "correlation_rules": rows_rules.correlation,
    "datasets": rows_settings.dataset,
    "tenant_info": rows_settings.tenant,
    "external_services": rows_surface.service,
    "internet_exposures": rows_surface.exposure,
    "external_ip_ranges": rows_surface.ip_range,
    "assets": rows_surface.asset,
    "vulnerabilities": rows_surface.vulnerability,
    "compliance_results": rows_surface.compliance,
}
_TOGETHER = ("cases", "issues")


def fill(name: str, seed: int, counts: dict[str, int], now: int, hosts: list[Row]) -> list[Row]:
    """Return the rows that a table begins with; ``counts`` replaces the planned numbers."""
    if name not in _TOGETHER:
        return _rows(name, seed, counts, now, hosts)
    cases, issues = (_rows(each, seed, counts, now, hosts) for each in _TOGETHER)
    rows_cases.joined(cases, issues, now - QUIET)
    return cases if name == "cases" else issues


def completed(name: str, row: Row) -> Row:
    """Return a row with its key, where that is made of other fields."""
    if name == "internet_exposures":
        return {**row, HIDDEN_KEY: ",".join(row["asm_ids"])}
    if name == "agent_versions":
        return {**row, HIDDEN_KEY: f"{row['platform']} {row['version']}"}
    return row


def _rows(name: str, seed: int, counts: dict[str, int], now: int, hosts: list[Row]) -> list[Row]:
    plan, rng = PLANS[name], Random(f"{seed}:{name}")
    times = moments(rng, counts.get(name, plan.count), now)
    numbers = range(plan.first, plan.first + len(times))
    return [
        completed(name, MAKERS[name](rng, number, at, hosts))
        for number, at in zip(numbers, times, strict=True)
    ]
