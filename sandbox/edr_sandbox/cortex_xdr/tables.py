"""The tables of a tenant: their keys, and the columns that can be sorted or searched by range."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from edr_sandbox.cortex_xdr.fields import SEVERITIES
from edr_sandbox.cortex_xdr.plans import PLANS
from edr_sandbox.cortex_xdr.table import Column, Row, Table

# The times that move when a row is stored or changed.
MOVES = {
    "incidents": ("modification_time",),
    "alerts": ("local_insert_ts", "last_modified_ts"),
    "endpoints": ("last_seen",),
    "management_logs": ("AUDIT_INSERT_TIME",),
    **{name: plan.moves for name, plan in PLANS.items()},
}


class Tables(dict[str, Table]):
    """The tables of a tenant by name; those of :data:`PLANS` are made when they are asked for."""

    def __init__(self, tables: Mapping[str, Table], make: Callable[[str], Table]) -> None:
        super().__init__(tables)
        self._make = make

    def __missing__(self, name: str) -> Table:
        self[name] = self._make(name)
        return self[name]


def integer(name: str) -> Column:
    """Return a column of numbers; null sorts first and lies in no range."""
    return lambda row: -1 if row.get(name) is None else int(row[name])


def text(name: str) -> Column:
    """Return a column of texts; null sorts like the empty text."""
    return lambda row: str(row.get(name) or "")


def severity(row: Row) -> int:
    """Return the rank of a severity."""
    return SEVERITIES.index(row["severity"]) if row["severity"] in SEVERITIES else -1


def new_tables() -> dict[str, Table]:
    """Return the tables that are filled from the beginning, empty."""
    incidents = {name: integer(name) for name in ("creation_time", "modification_time")}
    incidents |= {"incident_id": integer("incident_id"), "incident_id_text": text("incident_id")}
    alerts = {"severity": severity, "case_id": integer("case_id")}
    for name in ("detection_timestamp", "local_insert_ts", "last_modified_ts"):
        alerts[name] = integer(name)
    endpoints = {name: integer(name) for name in ("first_seen", "last_seen")}
    endpoints |= {name: text(name) for name in ("endpoint_id", "scan_status")}
    audits = {"AUDIT_INSERT_TIME": integer("AUDIT_INSERT_TIME")}
    for name in ("AUDIT_ENTITY", "AUDIT_ENTITY_SUBTYPE", "AUDIT_RESULT"):
        audits[name] = text(name)
    tables = (
        Table("incidents", "incident_id", incidents),
        Table("alerts", "alert_id", alerts),
        Table("endpoints", "endpoint_id", endpoints),
        Table("management_logs", "AUDIT_ID", audits),
    )
    return {table.name: table for table in tables}
