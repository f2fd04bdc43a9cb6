"""People, roles, risk, datasets and the tenant itself; every value is invented."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edr_sandbox.cortex_xdr.plans import HIDDEN_KEY

if TYPE_CHECKING:
    from random import Random

Row = dict[str, Any]

ROLES = ("Instance Administrator", "Viewer", "Investigator", "Responder")
GROUPS = ("analysts", "operators", "auditors")
_TYPES = ("System", "Lookup", "Raw", "User", "Snapshot", "Correlation", "System Audit")
_END = "March 3rd 2031 10:20:30"
_TENANT: Row = {
    "pro_per_endpoint_expiration": _END,
    "purchased_pro_per_endpoint": {"agents": 250},
    "data_enabled_pro_per_endpoint": 181,
    "prevent_expiration": 0,
    "purchased_prevent": 0,
    "installed_prevent": 181,
    "pro_tb_expiration": _END,
    "purchased_pro_tb": {"tb": 2},
    "installed_pro_tb": 0,
    "compute_unit_expiration": 0,
    "purchased_compute_unit": 4,
    "compute_unit_is_trial": False,
    "host_insights_expiration": _END,
    "enabled_host_insights": 181,
    "purchased_host_insights": 250,
}


def user(rng: Random, number: int, at: int, hosts: list[Row]) -> Row:
    """Return a user of the console; every third one has never logged in."""
    del rng, hosts
    scope = {"assets": {"mode": "no_scope"}, "endpoints": {"endpoint_groups": []}}
    return {
        "user_email": f"operator{number}@corp.example",
        "user_first_name": "Operator",
        "user_last_name": str(number),
        "role_name": ROLES[number % len(ROLES)],
        "last_logged_in": None if number % 3 == 0 else at,
        "user_type": "SSO" if number % 2 else "CSP",
        "groups": [GROUPS[number % len(GROUPS)]] if number % 4 else [],
        "scope": scope if number % 4 == 1 else [],
    }


def role(rng: Random, number: int, at: int, hosts: list[Row]) -> Row:
    """Return a role."""
    del rng, hosts
    name = ROLES[number - 1] if number <= len(ROLES) else f"Custom role {number}"
    return {
        "pretty_name": name,
        "permissions": ["INCIDENTS_VIEW", "ENDPOINTS_VIEW"][: 1 + number % 2],
        "insert_time": at,
        "update_time": at,
        "created_by": "operator1@corp.example",
        "description": "" if number % 2 else f"What {name} may do",
        "groups": [GROUPS[number % len(GROUPS)]],
        "users": [f"operator{number}@corp.example"],
    }


def group(rng: Random, number: int, at: int, hosts: list[Row]) -> Row:
    """Return a group of users."""
    del rng, hosts
    name = GROUPS[number - 1] if number <= len(GROUPS) else f"group{number}"
    return {
        "group_name": name,
        "pretty_name": name.title(),
        "description": None if number % 2 else f"All {name}",
        "user_email": [f"operator{number}@corp.example", f"operator{number + 3}@corp.example"],
        "source": "Custom" if number % 2 else "SAML",
        "insert_time": at,
        "update_time": at,
    }


def risky_user(rng: Random, number: int, at: int, hosts: list[Row]) -> Row:
    """Return a user with a score; its reasons have a key with a space."""
    del hosts
    return _risk(rng, number, at, "user", f"CORP/user{number:03d}") | {
        "email": f"user{number:03d}@corp.example" if number % 4 else None
    }


def risky_host(rng: Random, number: int, at: int, hosts: list[Row]) -> Row:
    """Return a host with a score."""
    host = hosts[number % len(hosts)] if hosts else {}
    return _risk(rng, number, at, "host", host.get("endpoint_id") or f"{number:032x}")


def _risk(rng: Random, number: int, at: int, kind: str, key: str) -> Row:
    score = rng.randrange(1001)
    level = "HIGH" if score > 700 else "MED" if score > 300 else "LOW"
    reason = {
        "date created": at,
        "description": f"{kind} took part in an incident",
        "severity": "SEV_030_MEDIUM",
        "status": "STATUS_010_NEW",
        "points": rng.randrange(100),
    }
    return {
        "type": kind,
        "id": key,
        "score": score // 5,
        "norm_risk_score": score,
        "risk_level": level,
        "reasons": [reason] if number % 5 else [],
    }


def dataset(rng: Random, number: int, at: int, hosts: list[Row]) -> Row:
    """Return a dataset of the data lake; every fifth one is empty."""
    del hosts
    days, size = number % 30, rng.randrange(10**6, 10**9)
    empty = number % 5 == 0
    return {
        "dataset_name": f"dataset_{number:03d}",
        "type": _TYPES[number % len(_TYPES)],
        "log_update_type": "State" if number % 3 == 0 else "Logs",
        "last_updated": None if empty else at,
        "total_events": 0 if empty else size // 700,
        "total_size_stored": 0 if empty else size,
        "average_daily_size": None if empty else size / (days + 1),
        "average_event_size": None if empty else 700.25,
        "total_days_stored": days,
        "ttl": 0,
        "default_query_target": number % 2 == 0,
        "hot_range": None if empty else {"from": at - 10**9, "to": at},
        "cold_range": None,
    }


def tenant(rng: Random, number: int, at: int, hosts: list[Row]) -> Row:
    """Return what a tenant tells of itself; tenants differ in the licences that they have."""
    del rng, at, hosts
    own = {} if number == 1 else {"purchased_forensics": 50, "forensics_expiration": _END}
    return {HIDDEN_KEY: str(number), **_TENANT, **own}
