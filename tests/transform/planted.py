"""A world of which every figure is known: records as the taps write them, and what is true of them.

"Now" is AS_OF, 2026-02-01 at midnight. All of it is of our own making.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.transform.messages import ROOT

Row = dict[str, Any]


def cortex_incident(key: str, severity: str, created: str, **more: Any) -> Row:
    """An incident of Cortex XDR, new and without owner unless ``more`` says otherwise."""
    return {
        "incident_id": key,
        "severity": severity,
        "status": "new",
        "creation_time": created,
        "modification_time": more.get("resolved_timestamp", created),
        "alert_count": 1,
        **more,
    }


def cortex_alert(key: str, incident: int, detected: str, rule: str, **more: Any) -> Row:
    """An alert of Cortex XDR."""
    return {
        "alert_id": key,
        "case_id": incident,
        "name": rule,
        "source": "XDR BIOC",
        "category": "Malware",
        "severity": "high",
        "action": "DETECTED",
        "resolution_status": "STATUS_010_NEW",
        "detection_timestamp": detected,
        "local_insert_ts": detected,
        "endpoint_id": "x-a",
        "host_name": "pc-a",
        **more,
    }


def gravityzone_incident(key: str, score: int | None, created: str, **more: Any) -> Row:
    """An incident of GravityZone, open unless ``more`` says otherwise."""
    return {
        "incidentId": key,
        "severityScore": score,
        "status": "open",
        "created": created,
        "_born_at": created,
        "_changed_at": created,
        "mainAction": "reported",
        "details": {"detectionName": "Example.Trojan"},
        **more,
    }


def cortex_endpoint(key: str, name: str, mac: str, **more: Any) -> Row:
    """A protected endpoint of Cortex XDR that was seen an hour ago."""
    return {
        "endpoint_id": key,
        "endpoint_name": name,
        "endpoint_status": "CONNECTED",
        "endpoint_type": "AGENT_TYPE_WORKSTATION",
        "os_type": "AGENT_OS_WINDOWS",
        "operational_status": "PROTECTED",
        "content_status": "up_to_date",
        "mac_address": [mac],
        "last_seen": "2026-01-31T23:00:00Z",
        **more,
    }


def gravityzone_endpoint(key: str, name: str, mac: str, **details: Any) -> Row:
    """A managed, protected endpoint of GravityZone."""
    return {
        "id": key,
        "name": name,
        "type": 5,
        "companyId": "c1",
        "details": {
            "isManaged": True,
            "machineType": 1,
            "operatingSystemVersion": "Windows 11 Pro",
            "macs": [mac],
            "modules": {"antimalware": True},
            **details,
        },
    }


# Cortex XDR: one week with resolution times of 120 and 360 minutes, a duplicate that does not
# count, an open incident of a day, and one rule that was wrong twice in three judgements.
CORTEX_INCIDENTS = [
    cortex_incident(
        "1", "high", "2026-01-05T10:00:00Z",
        status="resolved_true_positive", resolved_timestamp="2026-01-05T12:00:00Z",
        assigned_user_mail="ann@example.com", assigned_user_pretty_name="Ann",
        hosts=["pc-a:x-a"],
    ),
    cortex_incident(
        "2", "high", "2026-01-06T10:00:00Z",
        status="resolved_false_positive", resolved_timestamp="2026-01-06T16:00:00Z",
        assigned_user_mail="ann@example.com", assigned_user_pretty_name="Ann",
        hosts=["pc-a:x-a"],
    ),
    cortex_incident(
        "3", "high", "2026-01-07T10:00:00Z",
        status="resolved_duplicate", resolved_timestamp="2026-01-09T10:00:00Z",
    ),
    cortex_incident("4", "critical", "2026-01-31T00:00:00Z", hosts=["pc-a:x-a"]),
    cortex_incident(
        "5", "low", "2026-01-08T10:00:00Z",
        status="resolved_something_new", resolved_timestamp="2026-01-18T10:00:00Z",
    ),
]  # fmt: skip
_MITRE = {
    "mitre_tactic_id_and_name": ["TA0002 - Execution"],
    "mitre_technique_id_and_name": ["T1059 - Command and Scripting Interpreter"],
}
CORTEX_ALERTS = [
    cortex_alert("11", 1, "2026-01-05T09:30:00Z", "noisy rule", **_MITRE),
    cortex_alert("12", 2, "2026-01-06T09:00:00Z", "noisy rule", **_MITRE),
    cortex_alert("13", 2, "2026-01-06T09:10:00Z", "noisy rule"),
    cortex_alert("14", 4, "2026-01-30T23:00:00Z", "noisy rule"),
    cortex_alert("15", 3, "2026-01-07T09:00:00Z", "other rule"),
    cortex_alert("16", 1, "2026-01-05T09:40:00Z", "other rule", is_whitelisted=True),
    # The verdict of the alert itself goes before that of its incident.
    cortex_alert(
        "17", 2, "2026-01-06T09:20:00Z", "third rule",
        resolution_status="STATUS_070_RESOLVED_TRUE_POSITIVE", action="BLOCKED",
    ),
]  # fmt: skip
CORTEX_ENDPOINTS = [
    cortex_endpoint("x-a", "pc-a", "02:00:00:00:00:0A"),
    cortex_endpoint("x-b", "pc-b", "02:00:00:00:00:0b", last_seen="2025-12-01T00:00:00Z"),
    cortex_endpoint("x-c", "pc-c", "02:00:00:00:00:0c", operational_status="UNPROTECTED"),
    # A virtual adapter that two machines share proves nothing; the name does.
    cortex_endpoint("x-e", "pc-e", "02:00:00:00:00:ff"),
    cortex_endpoint("x-f", "pc-f", "02:00:00:00:00:ff", content_status="outdated"),
]

GRAVITYZONE_INCIDENTS = [
    gravityzone_incident(
        "65a000000000000000000001", 95, "2026-01-12T08:00:00Z",
        _born_at="2026-01-12T08:20:00Z", status="closed",
        lastIncidentChange="2026-01-12T10:20:00Z", _changed_at="2026-01-12T10:20:00Z",
        assignee={"userId": "u1", "userName": "Bob"},
    ),
    # No time of the last change: when it was closed is not known.
    gravityzone_incident("65a000000000000000000002", 70, "2026-01-12T09:00:00Z", status="closed"),
    gravityzone_incident(
        "65a000000000000000000003", 69, "2026-01-12T09:00:00Z", status="2",
        _extra={"assignee": "u2"},
    ),
    gravityzone_incident(
        "65a000000000000000000004", None, "2026-01-12T09:00:00Z", status="false_positive",
        lastIncidentChange="2026-01-13T09:00:00Z",
    ),
]  # fmt: skip
GRAVITYZONE_ENDPOINTS = [
    gravityzone_endpoint("g-a", "pc-a-renamed", "02000000000a"),
    gravityzone_endpoint("g-d", "pc-d", "02000000000d", isManaged=False),
    gravityzone_endpoint("g-e", "PC-E", "0200000000ff"),
]
GRAVITYZONE_DETAILS = [
    {
        "id": "g-a",
        "lastSeen": "2026-01-30T00:00:00Z",
        "riskScore": {"value": "81%"},
        "malwareStatus": {"infected": True, "detection": True},
        "agent": {"productVersion": "7.9.1", "signatureOutdated": False, "productOutdated": False},
    }
]


def cortex_event(key: str, kind: str | None, **more: Any) -> Row:
    """A local event of the alert 11, with nothing but its kind unless ``more`` says otherwise."""
    return {
        "_event_id": key,
        "alert_id": "11",
        "local_insert_ts": "2026-01-05T09:31:00Z",
        "event_timestamp": "2026-01-05T09:30:00Z",
        "event_type": kind,
        **more,
    }


# With as little as the vendor may send, and with what a table of its own is made of.
CORTEX_EVENTS = [
    cortex_event("e1", "Process Execution"),
    cortex_event("e2", "File Event"),
    cortex_event("e3", "Network Connections"),
    cortex_event("e4", "Registry Event"),
    cortex_event("e5", None, dns_query_name="c2.example.net"),
    cortex_event(
        "e6", "Registry Event",
        action_registry_full_key="HKEY_LOCAL_MACHINE\\Software\\Run",
        actor_process_image_path="C:\\Windows\\reg.exe", actor_process_os_pid=42,
    ),
    cortex_event("e7", "Load Image"),
]  # fmt: skip


def gravityzone_event(key: str, module: str, **more: Any) -> Row:
    """An event that GravityZone pushed, with nothing but its kind unless ``more`` has more."""
    return {
        "_event_id": key,
        "_event_type": module,
        "_event_time": "2026-01-15T08:00:00Z",
        "_received_at": "2026-01-15T08:01:00Z",
        "module": module,
        **more,
    }


GRAVITYZONE_EVENTS = [
    *(
        gravityzone_event(f"bare-{module}", module)
        for module in (
            "av", "hd", "storage-antimalware", "exchange-malware", "avc", "antiexploit",
            "ransomware-mitigation", "network-sandboxing", "fw", "network-monitor", "aph", "dp",
            "uc", "device-control", "task-status",
        )
    ),
    # Six on a day after a week with none.
    *(
        gravityzone_event(f"burst-{number}", "hd", _event_time="2026-01-25T08:00:00Z")
        for number in range(6)
    ),
    gravityzone_event("test", "av", _is_test=True, malware_name="EICAR"),
    gravityzone_event(
        "mail", "exchange-malware",
        malware=[{"malwareName": "Trojan.Example", "actionTaken": "quarantine"}],
    ),
    gravityzone_event(
        "file", "av", final_status="deleted", malware_name="Example.Trojan",
        file_path="C:\\Users\\a\\sample.exe", hash="ab" * 32, computer_ip="10.0.0.1, 172.16.0.1",
        user={"name": "a"},
    ),
    gravityzone_event("page", "aph", status="aph_blocked", url="http://phish.example.com/"),
]  # fmt: skip

RECORDS: dict[str, dict[str, list[Row]]] = {
    "tap-cortex-xdr": {
        "incidents": CORTEX_INCIDENTS,
        "alerts": CORTEX_ALERTS,
        "endpoints": CORTEX_ENDPOINTS,
        "events": CORTEX_EVENTS,
    },
    "tap-gravityzone": {
        "incidents": GRAVITYZONE_INCIDENTS,
        "endpoints": GRAVITYZONE_ENDPOINTS,
        "endpoint_details": GRAVITYZONE_DETAILS,
        "events": GRAVITYZONE_EVENTS,
    },
}


def write(folder: Path, records: dict[str, dict[str, list[Row]]]) -> dict[str, Path]:
    """Write records as Singer messages, under the schemas of the taps."""
    files = {}
    for tap, streams in records.items():
        schemas = ROOT / tap / tap.replace("-", "_") / "schemas"
        lines = []
        for stream, rows in streams.items():
            schema = json.loads((schemas / f"{stream}.json").read_text())
            if any("_tenant" in row for row in rows):
                # As the taps do when their setting `tenant` is given.
                schema["properties"]["_tenant"] = {"type": "string"}
                schema["required"].insert(0, "_tenant")
            lines.append({
                "type": "SCHEMA", "stream": stream, "schema": schema,
                "key_properties": schema["required"],
            })  # fmt: skip
            lines += [{"type": "RECORD", "stream": stream, "record": row} for row in rows]
        files[tap] = folder / f"{tap}.jsonl"
        files[tap].write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return files
