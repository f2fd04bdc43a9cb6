"""The streams beyond the core four: their truth on the wire, their keys, and the comparison."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from edr_sandbox.cortex_xdr.details import extra_data
from edr_sandbox.cortex_xdr.shapes import disguised

from tests.conftest import Bench
from tests.cortex_xdr.tenants import epoch, on_the_wire, table, utc
from tests.support.comparing import assert_same_table, differences
from tests.support.consumer import Consumer

Row = dict[str, Any]
Key = Callable[[Row], tuple[Any, ...]]

DETAILS = ("incident_details", "incident_alerts", "file_artifacts", "network_artifacts")
LOGS = {
    "cases": "modification_time",
    "issues": "last_update_timestamp",
    "management_logs": "AUDIT_INSERT_TIME",
    "agent_reports": "TIMESTAMP",
    "device_violations": "timestamp",
}
TABLES = {
    "endpoint_summaries": "agent_id",
    "distributions": "distribution_id",
    "agent_versions": "version",
    "scripts": "script_uid",
    "users": "user_email",
    "roles": "pretty_name",
    "user_groups": "group_name",
    "risky_users": "id",
    "risky_hosts": "id",
    "iocs": "rule_id",
    "biocs": "rule_id",
    "correlation_rules": "id",
    "legacy_exceptions": "id",
    "disable_prevention_rules": "rule_id",
    "alert_exclusions": "ALERT_WHITELIST_ID",
    "datasets": "dataset_name",
    "tenant_info": "_position",
    "external_services": "service_id",
    "internet_exposures": "name",
    "external_ip_ranges": "range_id",
    "assets": "xdm_asset_id",
    "vulnerabilities": "vulnerability_id",
    "compliance_results": "ASSESSMENT_PROFILE_REVISION",
}
IDS = {
    "cases": "case_id",
    "issues": "id",
    "management_logs": "AUDIT_ID",
    "agent_reports": "DESCRIPTION",
    "device_violations": "violation_id",
    **TABLES,
}
SURFACE = (*IDS, *DETAILS, "xql_quota")
# Rows of both kinds of the rules that switch prevention off.
KINDS = ("disable_prevention", "disable_injection_prevention")


def named(value: Any) -> Any:
    """Return a value with names for SQL, where no two of them become one."""
    if isinstance(value, list):
        return [named(each) for each in value]
    if isinstance(value, dict):
        return {
            name.replace(".", "_").replace(" ", "_"): named(each) for name, each in value.items()
        }
    return value


def wire(bench: Bench, stream: str) -> list[Row]:
    """Return the rows that a stream is to hold, as the vendor prints them, by names for SQL."""
    world, switches = bench.world, bench.switches
    if stream in DETAILS:
        return details(bench, stream)
    if stream == "endpoint_summaries":
        rows: list[Row] = world.truth(stream)
        return rows
    if stream == "disable_prevention_rules":
        return [{**row, "_kind": kind} for kind in KINDS for row in on_the_wire(bench, kind)]
    if stream == "tenant_info":
        tenants = on_the_wire(bench, stream)
        tenants = tenants if switches.tenant_form == "list" else tenants[:1]
        return [{"_position": at, "info": row} for at, row in enumerate(tenants)]
    rows = on_the_wire(bench, stream)
    return named(rows) if stream in {"issues", "assets", "risky_users", "risky_hosts"} else rows


def details(bench: Bench, stream: str, limit: int = 100_000) -> list[Row]:
    """Return the rows of a stream of incident details, each with the time that the tap adds."""
    rows = []
    for key in bench.world.keys("incidents"):
        found = extra_data(bench.world, bench.switches, key, limit)
        incident = disguised(
            "incidents", key, bench.world.emitted("incidents", key), bench.switches
        )
        own = {"incident_id": key, "_changed_at": incident["modification_time"]}
        listed = [found["incident"]] if stream == DETAILS[0] else found[_MEMBERS[stream]]["data"]
        rows += [{**_spelt(row), **own} for row in listed]
    return json.loads(json.dumps(rows))


def assert_surface(bench: Bench, *runs: Consumer, streams: tuple[str, ...]) -> None:
    """Assert that an upserting loader holds exactly the tenant's rows of streams."""
    for stream in streams:
        rows = wire(bench, stream)
        assert rows, f"the tenant holds no {stream}: nothing would be compared"
        assert_rows(table(stream, *runs), stream, rows)


def assert_rows(held: dict[tuple[Any, ...], Row], stream: str, rows: list[Row]) -> None:
    """Assert that the upserted records of a stream are these rows."""
    key = key_of(stream)
    by_key = {key(record): record for record in held.values()}
    if stream == "agent_reports":  # their times are finer than the comparison, and in the key
        held = {each: _blurred(record) for each, record in by_key.items()}
        assert held.keys() == {key(row) for row in rows}
        for row in rows:
            assert not differences(_blurred(row), held[key(row)])
        return
    assert len(by_key) == len(held), f"{stream}: rows that the key of the test takes for one"
    assert_same_table(by_key, rows, key)


def key_of(stream: str) -> Key:
    """Return what tells the rows of a stream apart, on the wire and as records."""
    if stream == "agent_reports":
        return lambda row: (
            moment(row["TIMESTAMP"]), moment(row["RECEIVEDTIME"]), row["DESCRIPTION"],
        )  # fmt: skip
    if stream in DETAILS:
        names = _TELLING[stream]
        return lambda row: (row["incident_id"], *(str(row.get(name)) for name in names))
    more = {"disable_prevention_rules": "_kind", "agent_versions": "platform"}.get(stream)
    return lambda row: (str(row[IDS[stream]]), *([row[more]] if more else []))


def moment(value: Any) -> Decimal:
    """Return a time of either side in epoch ms, exactly."""
    if not isinstance(value, str) or value.isdecimal():
        return Decimal(str(value)).normalize()
    whole, _, fraction = value.removesuffix("Z").partition(".")
    return (epoch(f"{whole}Z") + Decimal(f"0.{fraction or 0}") * 1000).normalize()


def at(milliseconds: int) -> str:
    """Return epoch milliseconds as a setting takes them."""
    return utc(milliseconds)


_MEMBERS = dict(zip(DETAILS[1:], ("alerts", "file_artifacts", "network_artifacts"), strict=True))
_TELLING = {
    "incident_details": (),
    "incident_alerts": ("alert_id",),
    "file_artifacts": ("file_sha256",),
    "network_artifacts": ("type", "network_domain", "network_remote_ip", "network_remote_port"),
}


def _blurred(row: Row) -> Row:
    """Return a report whose times are alike on both sides."""
    return {**row, "TIMESTAMP": "seen", "RECEIVEDTIME": None}


def _spelt(row: Row) -> Row:
    """Return a row in the spelling of the recorded answers."""
    spelling = {"is_malicous": "is_malicious", "File_sha256": "file_sha256"}
    return {spelling.get(name, name): value for name, value in row.items()}
