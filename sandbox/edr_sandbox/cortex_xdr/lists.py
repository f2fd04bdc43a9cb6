"""The list calls: what each one filters and sorts by, and what it prints."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from edr_sandbox.cortex_xdr.fields import words
from edr_sandbox.cortex_xdr.query import ListSpec, Rule

if TYPE_CHECKING:
    from collections.abc import Callable

Row = dict[str, Any]

STATUSES = frozenset(
    words(
        """new under_investigation resolved_threat_handled resolved_known_issue resolved_duplicate
    resolved_false_positive resolved_true_positive resolved_security_testing resolved_other
    resolved_auto"""
    )
)
_RANGE = ("gte", "lte")


def _at(name: str) -> Callable[[Row], Any]:
    return lambda row: row.get(name)


def _time(column: str, switch: str = "", *, seconds: bool = False) -> Rule:
    return Rule("time", _RANGE, column, switch=switch, seconds=seconds)


def _texts(name: str, *operators: str, values: str = "") -> Rule:
    allowed = frozenset(values.split()) or None
    return Rule("text", operators or ("in",), of=_at(name), values=allowed)


def _lower(name: str, prefix: str, values: str) -> Rule:
    """Return a rule for a value that requests spell in lower case and rows in upper."""
    of = lambda row: str(row.get(name)).removeprefix(prefix).lower()  # noqa: E731
    return Rule("text", ("in",), of=of, values=frozenset(values.split()))


def _platform(row: Row) -> str:
    name = str(row.get("os_type")).removeprefix("AGENT_OS_").lower()
    return "macos" if name == "mac" else name


INCIDENTS = ListSpec(
    "incidents",
    "incidents",
    {
        "modification_time": _time("modification_time"),
        "creation_time": _time("creation_time"),
        "incident_id_list": _texts("incident_id"),
        "incident_id": _texts("incident_id", "eq"),
        "description": _texts("description", "in", "contains"),
        "alert_sources": _texts("incident_sources"),
        "status": Rule("text", ("eq", "neq"), of=_at("status"), values=STATUSES),
        "starred": Rule("boolean", ("eq", "neq"), of=_at("starred")),
    },
    {name: name for name in ("creation_time", "modification_time", "incident_id")},
    default="creation_time",
    pinned=10_000,
)

_ALERTS = ListSpec(
    "alerts",
    "alerts",
    {
        "alert_id_list": Rule("integer", ("in",), of=lambda row: int(row["alert_id"])),
        "alert_source": _texts("source"),
        "severity": _texts("severity", values="informational low medium high critical unknown"),
        "creation_time": _time("detection_timestamp", seconds=True),
        "server_creation_time": _time("local_insert_ts", seconds=True),
    },
    {
        "severity": "severity",
        "creation_time": "detection_timestamp",
        "server_creation_time": "local_insert_ts",
    },
    default="creation_time",
    sort_switches={"server_creation_time": "server_sort"},
    pinned=9_999,
)
_EXTERNAL = {"external_id_list": _texts("external_id")}
_MODIFIED = {"last_modified_ts": _time("last_modified_ts", "last_modified_filter")}

ALERTS_V1 = replace(_ALERTS, shape="v1")
ALERTS_V1_MULTI = replace(_ALERTS, shape="v1_multi", filters={**_ALERTS.filters, **_EXTERNAL})
ALERTS_V2 = replace(_ALERTS, shape="v2", filters={**_ALERTS.filters, **_EXTERNAL, **_MODIFIED})

ENDPOINTS = ListSpec(
    "endpoints",
    "endpoints",
    {
        "endpoint_id_list": _texts("endpoint_id"),
        "dist_name": _texts("installation_package"),
        "group_name": _texts("group_name"),
        "alias": _texts("alias"),
        "hostname": _texts("endpoint_name"),
        "public_ip_list": _texts("public_ip"),
        "ip_list": _texts("ip"),
        "username": _texts("users", "in", "eq"),
        "endpoint_status": _lower("endpoint_status", "", "connected disconnected lost uninstalled"),
        "platform": Rule(
            "text",
            ("in",),
            of=_platform,
            values=frozenset({"windows", "linux", "macos", "android"}),
        ),
        "isolate": _lower("is_isolated", "AGENT_", "isolated unisolated"),
        "scan_status": _lower(
            "scan_status",
            "SCAN_STATUS_",
            "none pending in_progress canceled aborted pending_cancellation success error",
        ),
        "first_seen": _time("first_seen", "first_seen_filter"),
        "last_seen": _time("last_seen"),
    },
    {name: name for name in ("endpoint_id", "first_seen", "last_seen", "scan_status")},
    default="first_seen",
    other="last_seen",
    sort_switches={"first_seen": "first_seen_sort", "endpoint_id": "endpoint_id_sort"},
    upper_case=True,
)

AUDITS = ListSpec(
    "management_logs",
    "data",
    {
        "timestamp": _time("AUDIT_INSERT_TIME"),
        "email": _texts("AUDIT_OWNER_EMAIL"),
        "type": _texts("AUDIT_ENTITY"),
        "sub_type": _texts("AUDIT_ENTITY_SUBTYPE"),
        "result": _texts("AUDIT_RESULT", values="SUCCESS FAIL PARTIAL"),
    },
    {
        "timestamp": "AUDIT_INSERT_TIME",
        "type": "AUDIT_ENTITY",
        "sub-type": "AUDIT_ENTITY_SUBTYPE",
        "result": "AUDIT_RESULT",
    },
    default="timestamp",
    other="type",
    sort_switches={"timestamp": "audit_time_sort"},
)
