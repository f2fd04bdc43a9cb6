"""One incident with its alerts and artifacts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edr_sandbox.cortex_xdr.replies import ERROR, Refusal, invalid
from edr_sandbox.cortex_xdr.shapes import disguised

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edr_sandbox.cortex_xdr.context import Context
    from edr_sandbox.cortex_xdr.switches import Switches
    from edr_sandbox.cortex_xdr.world import World

Row = dict[str, Any]

_PREFIX = f"{ERROR} - incident management - get_incident_extra_data"


def incident_details(context: Context, data: Row) -> Row:
    """Answer ``incidents/get_incident_extra_data``."""
    for name, value in data.items():
        if name not in {"incident_id", "alerts_limit"}:
            raise invalid(f"{name} is not a valid parameter", name, given=value)
    key, limit = data.get("incident_id"), data.get("alerts_limit", 1000)
    if not isinstance(key, str):
        raise invalid("incident_id must be a string", "incident_id", given=key)
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
        raise invalid("alerts_limit must be a positive integer", "alerts_limit", given=limit)
    if context.world.tables["incidents"].get(key) is None:
        raise Refusal(context.switches.missing_incident, f"{_PREFIX} - Incident not found")
    return {"reply": extra_data(context.world, context.switches, key, limit)}


def extra_data(world: World, switches: Switches, key: str, limit: int = 1000) -> Row:
    """Return an incident with its alerts and artifacts; the truth of these streams as well."""
    incident = disguised("incidents", key, world.emitted("incidents", key), switches)
    incident |= {"custom_fields": {}, "incident_domain": "SECURITY"}
    table = world.tables["alerts"]
    span = table.span("case_id", int(key), int(key))
    ids = [alert_id for _, alert_id in span.entries[span.low : span.high]]
    alerts = [
        disguised("alerts", alert_id, world.emitted("alerts", alert_id, "details"), switches)
        for alert_id in ids[:limit]
    ]
    events = [event for alert_id in ids for event in table.rows[alert_id]["events"]]
    return {
        "incident": incident,
        "alerts": {"total_count": len(ids), "data": alerts},
        "network_artifacts": _listed(_network(events)),
        "file_artifacts": _listed(_files(events, recorded=switches.artifact_spelling)),
    }


def _listed(rows: list[Row]) -> Row:
    return {"total_count": len(rows), "data": rows}


def _network(events: Iterable[Row]) -> list[Row]:
    found: dict[tuple[str, str], Row] = {}
    for event in events:
        address, domain = event.get("action_remote_ip"), event.get("action_external_hostname")
        for kind, value in (("IP", address), ("DOMAIN", domain)):
            if value is None:
                continue
            row = found.setdefault(
                (kind, value),
                {
                    "type": kind,
                    "alert_count": 0,
                    "is_manual": False,
                    "network_domain": domain,
                    "network_remote_ip": address,
                    "network_remote_port": event.get("action_remote_port"),
                    "network_country": event.get("action_country"),
                },
            )
            row["alert_count"] += 1
    return list(found.values())


def _files(events: Iterable[Row], *, recorded: str) -> list[Row]:
    digest, bad = "File_sha256", "is_malicous"  # as the vendor's schema prints them
    if recorded == "recorded":
        digest, bad = "file_sha256", "is_malicious"
    found: dict[str, Row] = {}
    for event in events:
        value = event.get("actor_process_image_sha256")
        if value is not None:
            row = found.setdefault(
                value,
                {
                    "type": "HASH",
                    "alert_count": 0,
                    "is_manual": False,
                    bad: False,
                    "is_process": True,
                    "low_confidence": False,
                    "file_name": event.get("actor_process_image_name"),
                    digest: value,
                    "file_signature_status": "SIGNATURE_UNAVAILABLE",
                    "file_signature_vendor_name": None,
                    "file_wildfire_verdict": None,
                },
            )
            row["alert_count"] += 1
    return list(found.values())
