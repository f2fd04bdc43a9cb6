"""Cases and issues, as the newer generation of the API prints them; every value is invented."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edr_sandbox.cortex_xdr.generate import DAY

if TYPE_CHECKING:
    from random import Random

Row = dict[str, Any]

ISSUE_SEVERITIES = ("INFO", "LOW", "MEDIUM", "MEDIUM", "HIGH", "CRITICAL")
CASE_SEVERITIES = ("info", "low", "medium", "high", "critical")
_PROGRESS = ("New", "New", "In Progress", "Resolved", "Waiting For Vendor")
_TACTICS = ("TA0002 - Execution", "TA0005 - Defense Evasion")
_TECHNIQUES = ("T1059 - Command and Scripting Interpreter", "T1112 - Modify Registry")
_METHODS = ("XDR Agent", "XDR BIOC", "XDR Analytics", "CSPM Scanner")


def case(rng: Random, number: int, at: int, hosts: list[Row]) -> Row:
    """Return a case without issues, created and last changed ``at``."""
    progress = _PROGRESS[rng.randrange(len(_PROGRESS))]
    resolved = progress == "Resolved"
    host = rng.choice(hosts) if hosts and number % 5 else None
    names = [f"{host['endpoint_name']}:{host['endpoint_id']}"] if host else []
    return {
        "case_id": number,
        "case_name": None if number % 4 else f"Case {number}",
        "description": None if number % 7 == 0 else f"Activity on {len(names)} hosts",
        "case_domain": "Health" if number % 6 == 0 else "Security",
        "creation_time": at,
        "modification_time": at,
        "resolved_timestamp": at if resolved else None,
        "status_progress": progress,
        "resolve_reason": "Resolved - Known Issue" if resolved else None,
        "resolve_comment": "closed in review" if resolved else None,
        "severity": CASE_SEVERITIES[rng.randrange(len(CASE_SEVERITIES))],
        "user_severity": None,
        "assigned_user_mail": None if progress == "New" else f"analyst{number % 3}@corp.example",
        "assigned_user_pretty_name": None if progress == "New" else f"Analyst {number % 3}",
        "notes": None,
        "issue_count": 0,
        "critical_severity_issue_count": 0,
        "high_severity_issue_count": 0,
        "med_severity_issue_count": 0,
        "low_severity_issue_count": 0,
        "issue_ids": [],
        "issue_categories": None if number % 3 else ["Malware"],
        "hosts": names,
        "users": [f"corp\\user{number % 41:03d}"] if number % 2 else None,
        "host_count": len(names),
        "user_count": number % 2,
        "wildfire_hits": rng.randrange(3),
        "mitre_tactics_ids_and_names": list(_TACTICS[: number % 3]) or None,
        "mitre_techniques_ids_and_names": list(_TECHNIQUES[: number % 2]) or None,
        "tags": ["DS:PANW/XDR Agent"],
        "starred": number % 9 == 0,
        "is_blocked": False,
        "aggregated_score": rng.randrange(100) if number % 3 else None,
        "asset_ids": [f"asset-{number % 17:04d}"],
        "assets": [{"asset_id": f"asset-{number % 17:04d}", "asset_name": f"host {number % 17}"}],
        "asset_group_ids": [str(number % 4)],
        "asset_group_names": [f"assets {number % 4}"],
        "file_artifact_ids": {"DATA": [f"{rng.getrandbits(64):016x}"], "TOTAL_COUNT": 1},
        "network_artifact_ids": {"DATA": [], "TOTAL_COUNT": 0},
        "custom_fields": {"ticket": f"T-{number}"} if number % 2 else {},
        "case_team": [{"id": "team-1", "member_type": "GROUP", "team_role": "OWNER"}],
        "access_mode": "TEAM_ONLY" if number % 10 == 0 else "CASE_SCOPE",
        "xdr_url": f"https://demo.xdr.eu.paloaltonetworks.com/case-view?caseId={number}",
    }


def issue(rng: Random, number: int, at: int, hosts: list[Row]) -> Row:
    """Return an issue of no case, stored ``at``; some were observed days before."""
    late = rng.randrange(2 * DAY, 6 * DAY) if number % 11 == 3 else rng.randrange(500, 90_000)
    host = rng.choice(hosts) if hosts else None
    resolved = number % 6 == 0
    method = _METHODS[number % len(_METHODS)]
    return {
        "id": number,
        "external_id": f"{rng.getrandbits(64):016x}",
        "_insert_time": at,
        "observation_time": at - late,
        "last_update_timestamp": at,
        "name": f"Rule {rng.randrange(40)} matched",
        "description": f"Seen by {method}",
        "extended_description": None,
        "domain": "Posture" if number % 7 == 0 else "Security",
        "detection.method": method,
        "detection.rule_id": None if number % 5 == 0 else str(100 + number % 9),
        "category": None if number % 17 == 5 else "Malware",
        "type": "Unclassified",
        "severity": ISSUE_SEVERITIES[rng.randrange(len(ISSUE_SEVERITIES))],
        "status.progress": "Resolved" if resolved else "New",
        "status.resolution_reason": "RESOLVED_KNOWN_ISSUE" if resolved else None,
        "status.resolution_comment": None,
        "resolution_status_modified_ts": at if resolved else None,
        "assigned_to": None,
        "assigned_to_pretty": None,
        "case_ids": [],
        "asset_ids": [f"asset-{number % 17:04d}"],
        "asset_names": [host["endpoint_name"]] if host else None,
        "findings": [],
        "mitre_tactics": list(_TACTICS[: number % 3]) or None,
        "mitre_techniques": list(_TECHNIQUES[: number % 2]) or None,
        "remediation": None if number % 2 else "Isolate the host",
        "impact": None,
        "initial_evidence": {"file": f"file{number}.exe"} if number % 3 == 0 else None,
        "is_excluded": False,
        "is_starred": number % 13 == 0,
        "is_excepted": False,
        "exception_ids": None,
        "exception_expiration": None,
        "tags": ["EG:windows"] if number % 2 else None,
        "normalized_fields": {
            "xdm.source.host.hostname": [host["endpoint_name"]] if host else None,
            "xdm.event.type": "Process",
        },
        "custom_fields": {"ticket": f"T-{number}"} if number % 2 else {},
        "evidences": [{"id": f"evidence-{number}"}] if number % 3 == 0 else [],
        "actions": [],
    }


def joined(cases: list[Row], issues: list[Row], latest: int) -> None:
    """Put most issues into cases, in place: counts, times and severity of the cases follow."""
    for place, row in enumerate(issues):
        row["last_update_timestamp"] += 60_000 if place % 3 == 0 else 0
        if cases and place % 10 != 7:
            own = cases[place * len(cases) // len(issues)]
            row["case_ids"] = [own["case_id"]]
            _take(own, row)
    for row in cases:
        row["modification_time"] = min(max(row["creation_time"], row["modification_time"]), latest)
    if len(cases) > 4:
        cases[3]["modification_time"] = cases[4]["modification_time"]
    if len(issues) > 14:
        issues[11]["last_update_timestamp"] = issues[12]["last_update_timestamp"]


def _take(own: Row, row: Row) -> None:
    own["issue_ids"].append(row["id"])
    own["issue_count"] += 1
    own["modification_time"] = max(own["modification_time"], row["_insert_time"] + 60_000)
    short = {"CRITICAL": "critical", "HIGH": "high", "MEDIUM": "med", "LOW": "low"}
    if row["severity"] in short:
        own[f"{short[row['severity']]}_severity_issue_count"] += 1
