"""The calls beside incidents, alerts, endpoints and audits, as tables for the tests."""

import json
from typing import Any, NamedTuple

from tests.sandbox.cortex_xdr.client import condition, exchange

ROOT = "/public_api/"


class Listed(NamedTuple):
    """A call that lists: where its rows are, which table is their truth, its largest page.

    ``filter_by`` narrows the list by a field that the rows carry under ``column``; ``sort_by`` is
    a request's sort and ``order`` the column that it sorts.
    """

    path: str
    rows: tuple[str, ...]
    table: str
    key: str
    cap: int
    time_filter: str = ""
    column: str = ""
    sort_by: str = ""
    order: str = ""
    operators: tuple[str, str] = ("gte", "lte")
    refused: int = 500


LISTS = [
    Listed(
        "v1/case/search", ("reply", "DATA"), "cases", "case_id", 100,
        "modification_time", "modification_time", "creation_time", "creation_time",
    ),
    Listed(
        "v1/issue/search", ("reply", "DATA"), "issues", "id", 100,
        "last_modified", "last_update_timestamp", "observation_time", "observation_time",
    ),
    Listed(
        "v1/audits/agents_reports", ("reply", "data"), "agent_reports", "", 100,
        "timestamp", "TIMESTAMP", "timestamp", "TIMESTAMP",
    ),
    Listed(
        "v1/device_control/get_violations", ("reply", "violations"), "device_violations",
        "violation_id", 100, "timestamp", "timestamp", "timestamp", "timestamp",
    ),
    Listed(
        "v1/distributions/get_distributions", ("reply", "data"), "distributions",
        "distribution_id", 100, sort_by="name", order="name", refused=400,
    ),
    Listed(
        "v1/legacy_exceptions/fetch", ("reply", "DATA"), "legacy_exceptions", "id", 100,
        sort_by="modification_time", order="modification_time",
    ),
    Listed(
        "v1/disable_prevention/fetch", ("reply", "data"), "disable_prevention", "rule_id", 100,
        "creation_time", "creation_time", "creation_time", "creation_time",
    ),
    Listed(
        "v1/disable_injection_prevention_rules/fetch", ("reply", "data"),
        "disable_injection_prevention", "rule_id", 100,
        "creation_time", "creation_time", "rule_id", "rule_id",
    ),
    Listed(
        "v1/indicators/get", ("objects",), "iocs", "rule_id", 100,
        "modification_time", "modification_time", operators=("GTE", "LTE"),
    ),
    Listed(
        "v1/bioc/get", ("objects",), "biocs", "rule_id", 100,
        "creation_time", "creation_time", operators=("GTE", "LTE"),
    ),
    Listed(
        "v1/correlations/get", ("objects",), "correlation_rules", "id", 100,
        "creation_time", "creation_time", operators=("GTE", "LTE"),
    ),
    Listed(
        "v1/assets/get_external_services", ("reply", "external_services"), "external_services",
        "service_id", 500,
    ),
    Listed(
        "v1/assets/get_assets_internet_exposure", ("reply", "assets_internet_exposure"),
        "internet_exposures", "name", 500,
    ),
    Listed(
        "v1/assets/get_external_ip_address_ranges", ("reply", "external_ip_address_ranges"),
        "external_ip_ranges", "range_id", 500,
    ),
    Listed("v1/assets", ("reply", "data"), "assets", "xdm.asset.id", 1000),
    Listed(
        "v1/compliance/get_assessment_results", ("reply", "data"), "compliance_results", "", 100,
    ),
]  # fmt: skip


class Whole(NamedTuple):
    """A call that answers with everything at once: its body, and the table behind it."""

    path: str
    body: dict[str, Any]
    table: str
    wrong: dict[str, Any]


_PLAIN: dict[str, Any] = {"request_data": {}}
ROLES = ["Instance Administrator", "Viewer", "Investigator", "Responder"]
WHOLE = [
    Whole("v1/rbac/get_users", _PLAIN, "users", {"request": {}}),
    Whole("v1/rbac/get_roles", {"request_data": {"role_names": ROLES}}, "roles", _PLAIN),
    Whole(
        "v1/rbac/get_user_group",
        {"request_data": {"group_names": ["analysts", "operators", "auditors"]}},
        "user_groups",
        {"request_data": {"group_names": []}},
    ),
    Whole("v1/get_risky_users", _PLAIN, "risky_users", {"request_data": {"id": 1}}),
    Whole("v1/get_risky_hosts", _PLAIN, "risky_hosts", {"request_data": []}),
    Whole("v1/alerts_exclusion", _PLAIN, "alert_exclusions", {}),
    Whole("v1/xql/get_datasets", {"request": {}}, "datasets", _PLAIN),
]


def ask(server, path, data=None, **options):
    """Post ``request_data`` and return the status and the decoded body."""
    return post(server, path, {"request_data": data or {}}, **options)


def post(server, path, body, **options):
    status, _, raw = exchange(server, ROOT + path, body, **options)
    return status, json.loads(raw)


def filtered(*conditions, **more):
    return {"filters": [condition(*each) for each in conditions], **more}


def window(start, size):
    return {"search_from": start, "search_to": start + size}


def rows_of(body, spec):
    for name in spec.rows:
        body = body[name]
    return body


def read(server, spec, size=None):
    """Return all rows of a list, by offsets."""
    size, rows = size or min(spec.cap, 100), []
    while True:
        status, body = ask(server, spec.path, window(len(rows), size))
        assert status == 200, body
        found = rows_of(body, spec)
        rows += found
        if len(found) < size:
            return rows


def between(spec, low, high):
    """Return ``request_data`` for the rows from ``low`` to ``high``, both included."""
    first, last = spec.operators
    filters = [
        condition(spec.time_filter, first, low),
        condition(spec.time_filter, last, high),
    ]
    return {"filters": filters, "search_from": 0, "search_to": 100}
