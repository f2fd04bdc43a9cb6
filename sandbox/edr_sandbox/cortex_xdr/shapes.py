"""What a stored row looks like on the wire; an alert looks different in every call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zlib import crc32

from edr_sandbox.cortex_xdr.fields import (
    ALERT_FIELDS,
    BY_SHAPE,
    EVENT_FIELDS,
    EVENT_FIELDS_V2,
    EVENT_TEXTS,
    FEATURED,
    LISTS,
    TIMES,
)
from edr_sandbox.cortex_xdr.plans import PLANS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from edr_sandbox.cortex_xdr.switches import Switches

Row = dict[str, Any]

_NULLS = dict.fromkeys(ALERT_FIELDS)


def shaped(shape: str, row: Row, *, aligned: bool = True) -> Row:
    """Return a stored row as a call prints it; ``aligned`` matters to shape ``v2`` alone.

    Shapes: ``v1``, ``v1_multi``, ``v2`` and ``details`` of alerts, ``light`` of endpoints, and
    the empty one, which is the row itself.
    """
    match shape:
        case "v1":
            return _flat(row)
        case "v1_multi":
            return _multi(row)
        case "v2":
            return _hoisted(row, aligned=aligned)
        case "details":
            return _details(row)
        case "light":
            return _light(row)
        case "":
            return dict(row)
    raise ValueError(f"no shape is called {shape}")


def events_of(row: Row, shape: str) -> list[Row]:
    """Return the events of an alert as far as a call tells them, in their order."""
    if shape == "v2":
        return [{name: event.get(name) for name in EVENT_FIELDS_V2} for event in row["events"]]
    if shape == "v1_multi":
        return [_legacy_event(event) for event in row["events"]]
    if shape == "v1":
        return [{name: event.get(name) for name in EVENT_FIELDS} for event in row["events"][:1]]
    raise ValueError(f"no shape of alerts is called {shape}")


def _root(row: Row) -> Row:
    return _NULLS | {name: value for name, value in row.items() if name not in BY_SHAPE}


def _flat(row: Row) -> Row:
    first = row["events"][0] if row["events"] else {}
    out = _root(row) | {name: first.get(name) for name in EVENT_FIELDS}
    out |= {name: _joined(row.get(name)) for name in LISTS}
    out |= {name: "YES" if row.get(name) else "NO" for name in FEATURED}
    return out | {"mac": _joined(row.get("mac_addresses")), "events_length": len(row["events"])}


def _details(row: Row) -> Row:
    out = _flat(row) | {"tags": row.get("tags")}
    out["contains_featured_ip_address"] = out.pop("contains_featured_ip")
    return out


def _multi(row: Row) -> Row:
    lists = {name: row.get(name) for name in LISTS if not name.endswith("tags")}
    featured = {name: "YES" if row.get(name) else "NO" for name in FEATURED}
    macs = {"mac": None, "mac_address": row.get("mac_addresses")}
    return _root(row) | lists | featured | macs | {"events": events_of(row, "v1_multi")}


def _legacy_event(event: Row) -> Row:
    out = {name: event.get(name) for name in EVENT_FIELDS}
    for name in EVENT_TEXTS:
        out[name] = None if out[name] is None else str(out[name])
    serial = out["fw_serial_number"]
    out["fw_serial_number"] = int(serial) if isinstance(serial, str) else serial
    return out


def _hoisted(row: Row, *, aligned: bool) -> Row:
    events = row["events"]
    out = _root(row) | {name: row.get(name) for name in LISTS}
    for name in FEATURED:
        out[name] = ["YES" if row.get(name) else "NO"] * len(events) or None
    for name in EVENT_FIELDS_V2:
        values = [event.get(name) for event in events]
        present = [value for value in values if value is not None]
        out[name] = (values if aligned else present) if present else None
    macs = {"mac_addresses": row.get("mac_addresses"), "agent_ip_addresses_v6": None}
    return out | macs | {"events": None}


def _light(row: Row) -> Row:
    tags = [tag for tag in row["endpointTags"].split(",") if tag]
    return {
        "agent_id": row["endpoint_id"],
        "agent_status": row["endpoint_status"],
        "operational_status": row["operational_status"],
        "host_name": row["endpoint_name"],
        "agent_type": "Server" if row["endpoint_type"] == "AGENT_TYPE_SERVER" else "Workstation",
        "ip": row["ip"],
        "last_seen": row["last_seen"],
        "tags": row.get("tags") or {"server_tags": tags, "endpoint_tags": []},
        "users": row["users"],
    }


def _joined(values: Iterable[str] | None) -> str | None:
    return None if values is None else ",".join(values)


def disguised(stream: str, key: str, row: Row, switches: Switches) -> Row:
    """Bend the values of a finished row as the switches say; the row is changed in place."""
    if switches.alert_ids_as_int and "alert_id" in row:
        row["alert_id"] = int(row["alert_id"])
    if stream == "agent_reports" and switches.report_version_field != "TRAPSVERSION":
        row[switches.report_version_field] = row.pop("TRAPSVERSION", None)
    every, seconds = TIMES[stream] if stream in TIMES else (PLANS[stream].times, ())
    if switches.times == "floats":
        _each_time(row, every, float)
    elif switches.times == "text":
        _each_time(row, every, str)
    elif switches.times == "seconds" and crc32(key.encode()) % 3 == 0:
        _each_time(row, seconds, lambda value: value // 1000)
    return row


def _each_time(row: Row, names: tuple[str, ...], change: Callable[[int], float | str]) -> None:
    for name in names:
        value = row.get(name)
        if isinstance(value, int):
            row[name] = change(value)
        elif isinstance(value, list):
            row[name] = [change(item) if isinstance(item, int) else item for item in value]
    if isinstance(row.get("events"), list):
        row["events"] = [dict(event) for event in row["events"]]
        for event in row["events"]:
            _each_time(event, names, change)
