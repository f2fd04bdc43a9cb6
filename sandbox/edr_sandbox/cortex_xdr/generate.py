"""Makers of records, seeded; every value is invented."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from edr_sandbox.cortex_xdr.events import agent_event, analytics_event, network_event

if TYPE_CHECKING:
    from random import Random

Row = dict[str, Any]

DAY = 86_400_000
RESOLVED = ("resolved_known_issue", "resolved_false_positive", "resolved_true_positive")
_STATUSES = ("new", "new", "under_investigation", *RESOLVED, "resolved_duplicate_incident")
_ALERT_SEVERITIES = ("informational", "low", "medium", "medium", "high", "critical")
_OS = (
    ("AGENT_OS_WINDOWS", "10.0.20348", "Windows Server 2022"),
    ("AGENT_OS_WINDOWS", "10.0.22631", "Windows 11 Enterprise"),
    ("AGENT_OS_LINUX", "5.15.0", "Ubuntu 22.04"),
    ("AGENT_OS_MAC", "14.6.1", "macOS Sonoma"),
)
_KINDS = (
    ("XDR Agent", "BLOCKED", "Prevented (Blocked)", "Malware"),
    ("XDR BIOC", "DETECTED", "Detected", "Persistence"),
    ("XDR Analytics", "DETECTED", "Detected", "Credential Access"),
    ("PAN NGFW", "DETECTED_4", "Detected (Raised An Alert)", "Spyware Detected"),
    ("Correlation", "REPORTED", "Detected (Reported)", "Other"),
)
_TACTICS = ("TA0002 - Execution", "TA0005 - Defense Evasion", "TA0011 - Command and Control")
_TECHNIQUES = ("T1059 - Command and Scripting Interpreter", "T1112 - Modify Registry")


def endpoint(rng: Random, number: int, now: int) -> Row:
    """Return an endpoint; every fifth one looks as newer tenants print it."""
    os_type, os_version, system = _OS[number % len(_OS)]
    server = "Server" in system or os_type == "AGENT_OS_LINUX"
    first_seen = now - rng.randrange(40 * DAY, 400 * DAY)
    description = [{"name": "generalStatus", "error_code": 10004}] if number % 7 == 0 else []
    row: Row = {
        "endpoint_id": f"{rng.getrandbits(128):032x}",
        "endpoint_name": f"{'srv' if server else 'wks'}-{number:05d}",
        "endpointTags": rng.choice(("", "site-a", "site-b,critical")),
        "endpoint_type": f"AGENT_TYPE_{'SERVER' if server else 'WORKSTATION'}",
        "endpoint_status": rng.choice(("CONNECTED", "CONNECTED", "DISCONNECTED", "LOST")),
        "os_type": os_type,
        "os_version": os_version,
        "ip": [f"10.{number // 250 % 250}.{number % 250}.{rng.randrange(1, 250)}"],
        "ipv6": [],
        "public_ip": f"198.51.100.{rng.randrange(1, 255)}",
        "users": [f"user{number % 41:03d}"] if number % 6 else [],
        "domain": "corp.example" if number % 4 else "WORKGROUP",
        "alias": "",
        "first_seen": first_seen,
        "last_seen": now - rng.randrange(600_000, 20 * DAY),
        "content_version": f"1590-{rng.randrange(10000, 99999)}" if number % 9 else "",
        "installation_package": f"package-{rng.randrange(4)}",
        "active_directory": None if number % 3 else "corp.example/Computers",
        "install_date": first_seen + 700,
        "endpoint_version": f"8.{rng.randrange(3, 8)}.0.{rng.randrange(100, 999)}",
        "is_isolated": "AGENT_ISOLATED" if number % 23 == 0 else "AGENT_UNISOLATED",
        "isolated_date": now - 2 * DAY if number % 23 == 0 else None,
        "group_name": [f"group-{number % 3}"] if number % 2 else [],
        "operational_status": "PARTIALLY_PROTECTED" if description else "PROTECTED",
        "operational_status_description": json.dumps(description),
        "scan_status": rng.choice(("SCAN_STATUS_NONE", "SCAN_STATUS_SUCCESS")),
        "content_release_timestamp": now - 3 * DAY,
        "last_content_update_time": now - rng.randrange(DAY, 3 * DAY),
        "content_status": "up_to_date",
        "operating_system": system,
        "mac_address": [f"02:00:5e:{number >> 16 & 255:02x}:{number >> 8 & 255:02x}:07"],
        "assigned_prevention_policy": f"{system.split()[0]} Default",
        "assigned_extensions_policy": "",
    }
    return _newer(row, number) if number % 5 == 4 else row


def _newer(row: Row, number: int) -> Row:
    del row["operational_status_description"]
    reason = {"title": "BTP not working", "reason": "Linux kernel version is not supported"}
    cloud = number % 2 == 0
    return {
        **row,
        "operational_status_details": [reason] if number % 10 == 4 else [],
        "tags": {"server_tags": [f"rack-{number % 8}"], "endpoint_tags": []},
        "cloud_provider": "AWS" if cloud else None,
        "cloud_region": "eu-west-1" if cloud else None,
        "cloud_provider_account_id": "000000000000" if cloud else None,
        "cloud_instance_id": f"i-{number:017x}" if cloud else None,
        "cloud_id": f"cloud-{number}" if cloud else None,
    }


def alert(rng: Random, number: int, stored: int, host: Row | None) -> Row:
    """Return an alert stored at ``stored``; its kind, events and nulls follow from the number."""
    source, action, pretty, category = _KINDS[number % len(_KINDS)]
    agent = source.startswith("XDR") and host is not None
    late = rng.randrange(2 * DAY, 6 * DAY) if number % 11 == 3 else rng.randrange(500, 90_000)
    detected = stored - late
    poor = number % 17 == 5
    row: Row = {
        "alert_id": str(number),
        "external_id": f"{rng.getrandbits(64):016x}",
        "severity": _ALERT_SEVERITIES[rng.randrange(len(_ALERT_SEVERITIES))],
        "matching_status": "MATCHED" if agent else "UNMATCHABLE",
        "local_insert_ts": stored,
        "last_modified_ts": None if number % 3 else stored + 60_000,
        "detection_timestamp": detected,
        "case_id": None,
        "is_whitelisted": False,
        "starred": number % 13 == 0,
        "is_pcap": source == "PAN NGFW" and number % 2 == 0,
        "alert_type": "Unclassified",
        "resolution_status": "STATUS_010_NEW",
        "name": f"{category} rule {rng.randrange(40)}",
        "category": None if poor else category,
        "description": f"{category} seen by {source}",
        "source": None if poor else source,
        "action": action,
        "action_pretty": pretty,
        "agent_os_type": "NO_HOST",
        "agent_install_type": "NA",
        "events": _events(rng, number, source, detected, host),
    }
    if agent and host is not None:
        row |= _host_part(number, host)
    if not poor and number % 2:
        row["mitre_tactic_id_and_name"] = list(_TACTICS[: 1 + number % 3])
        row["mitre_technique_id_and_name"] = list(_TECHNIQUES[: 1 + number % 2])
    if source == "XDR BIOC":
        row["matching_service_rule_id"] = str(100 + number % 9)
        row["bioc_category_enum_key"] = "PERSISTENCE"
    return row


def _events(rng: Random, number: int, source: str, at: int, host: Row | None) -> list[Row]:
    user = f"corp\\user{number % 41:03d}"
    if source == "PAN NGFW":
        return [network_event(rng, at)]
    if source == "Correlation" or host is None:
        return []
    count = 1 + number // len(_KINDS) % (2 if source == "XDR Agent" else 4)
    maker = agent_event if source == "XDR Agent" else analytics_event
    return [maker(rng, at + 7 * place, user) for place in range(count)]


def _host_part(number: int, host: Row) -> Row:
    addresses = list(host["ip"]) + ([f"192.0.2.{number % 250 + 1}"] if number % 4 == 0 else [])
    name = host["endpoint_name"]
    return {
        "endpoint_id": host["endpoint_id"],
        "host_name": name,
        "host_ip": addresses,
        "mac_addresses": list(host["mac_address"]) if number % 3 else None,
        "tags": [f"ET:{name}", "EG:windows"] if number % 2 else None,
        "original_tags": ["EG:windows", f"ET:{name}"] if number % 2 else None,
        "agent_version": host["endpoint_version"],
        "agent_fqdn": f"{name}.{host['domain']}",
        "agent_os_type": host["os_type"],
        "agent_os_sub_type": host["os_version"],
        "agent_install_type": "STANDARD",
        "agent_data_collection_status": True if number % 5 else None,
        "agent_is_vdi": False if number % 2 else None,
        "contains_featured_host": number % 19 == 0,
    }


def incident(rng: Random, number: int, created: int, modified: int, alerts: list[Row]) -> Row:
    """Return an incident over its alerts."""
    status = _STATUSES[rng.randrange(len(_STATUSES))]
    severities = [row["severity"] for row in alerts]
    hosts = sorted(
        {f"{row['host_name']}:{row['endpoint_id']}" for row in alerts if "host_ip" in row}
    )
    users = sorted(
        {event["user_name"] for row in alerts for event in row["events"] if "user_name" in event}
    )
    worst = max(severities, key=_ALERT_SEVERITIES.index, default="low")
    assigned = status != "new"
    return {
        "incident_id": str(number),
        "incident_name": None if number % 4 else f"Case {number}",
        "creation_time": created,
        "modification_time": modified,
        "detection_time": None,
        "status": status,
        "severity": worst,
        "description": f"{len(alerts)} alerts, the worst of severity {worst}",
        "assigned_user_mail": f"analyst{number % 3}@corp.example" if assigned else None,
        "assigned_user_pretty_name": f"Analyst {number % 3}" if assigned else None,
        "alert_count": len(alerts),
        "low_severity_alert_count": severities.count("low"),
        "med_severity_alert_count": severities.count("medium"),
        "high_severity_alert_count": severities.count("high"),
        "critical_severity_alert_count": severities.count("critical"),
        "user_count": len(users),
        "host_count": len(hosts),
        "notes": None,
        "resolve_comment": "closed in review" if status in RESOLVED else None,
        "resolved_timestamp": modified if status.startswith("resolved") else None,
        "manual_severity": None,
        "manual_description": None,
        "manual_score": None,
        "rule_based_score": rng.randrange(400) if number % 2 else None,
        "predicted_score": rng.randrange(100) if number % 3 else None,
        "aggregated_score": rng.randrange(100) if number % 3 else None,
        "xdr_url": f"https://demo.xdr.eu.paloaltonetworks.com/incident-view?caseId={number}",
        "starred": number % 9 == 0,
        "starred_manually": False,
        "hosts": hosts or None,
        "users": users,
        "incident_sources": sorted({row["source"] for row in alerts if row["source"]}),
        "wildfire_hits": rng.randrange(3),
        "alerts_grouping_status": "Enabled",
        "mitre_tactics_ids_and_names": list(_TACTICS[: number % 3]) or None,
        "mitre_techniques_ids_and_names": list(_TECHNIQUES[: number % 2]) or None,
        "alert_categories": sorted({row["category"] for row in alerts if row["category"]}) or None,
        "original_tags": ["DS:PANW/XDR Agent"],
        "tags": ["DS:PANW/XDR Agent"],
    }


def audit(rng: Random, number: int, at: int) -> Row:
    """Return a row of the management audit log."""
    entity, subtype = rng.choice(
        (
            ("AUTH", "Login"),
            ("PUBLIC_API", "Get Incidents"),
            ("API_KEY", "Create"),
            ("RULES", "Edit"),
        )
    )
    return {
        "AUDIT_ID": number,
        "AUDIT_OWNER_NAME": f"Operator {number % 5}",
        "AUDIT_OWNER_EMAIL": f"operator{number % 5}@corp.example",
        "AUDIT_ASSET_JSON": json.dumps({"rule": number}) if entity == "RULES" else "{}",
        "AUDIT_ASSET_NAMES": "",
        "AUDIT_HOSTNAME": None,
        "AUDIT_RESULT": rng.choice(("SUCCESS", "SUCCESS", "SUCCESS", "FAIL", "PARTIAL")),
        "AUDIT_REASON": None,
        "AUDIT_DESCRIPTION": None if number % 2 else f"{subtype} by operator {number % 5}",
        "AUDIT_ENTITY": entity,
        "AUDIT_ENTITY_SUBTYPE": subtype,
        "AUDIT_SESSION_ID": None,
        "AUDIT_CASE_ID": None,
        "AUDIT_INSERT_TIME": at,
        "AUDIT_SEVERITY": "SEV_010_INFO",
        "AUDIT_LINK": None,
        "AUDIT_SOURCE_IP": "192.0.2.10",
        "AUDIT_USER_AGENT": None,
        "AUDIT_USER_ROLES": ["Viewer"],
        "AUDIT_ADDITIONAL_INFORMATION": {"endpoint_count": 0, "endpoint_names": []},
    }
