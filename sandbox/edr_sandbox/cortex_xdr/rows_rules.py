"""Exceptions, exclusions and detection rules; every value is invented."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edr_sandbox.cortex_xdr.generate import DAY

if TYPE_CHECKING:
    from random import Random

Row = dict[str, Any]

SEVERITIES = ("SEV_010_INFO", "SEV_020_LOW", "SEV_030_MEDIUM", "SEV_040_HIGH")
_INDICATORS = ("HASH", "IP", "PATH", "DOMAIN_NAME", "FILENAME", "MIXED")
_PLATFORMS = ("windows", "linux", "macos")


def legacy_exception(rng: Random, number: int, at: int, hosts: list[Row]) -> Row:
    """Return a legacy agent exception; one without profiles is global."""
    del hosts
    return {
        "id": f"{rng.getrandbits(96):024x}",
        "rule_name": f"exception {number}",
        "description": None if number % 2 else f"Allows tool {number}",
        "platform": _PLATFORMS[number % 3],
        "module": number % 6,
        "module_name": f"Module {number % 6}",
        "status": "DISABLED" if number % 4 == 0 else "ENABLED",
        "profile_ids": [number % 5] if number % 3 else [],
        "conditions": f"Path = /opt/tool{number}",
        "modification_time": at,
        "created_by": f"Operator {number % 5}",
        "user_email": f"operator{number % 5}@corp.example" if number % 4 else "n/a",
        "generating_alert_id": None,
        "associated_targets": [f"group-{number % 3}"] if number % 2 else [],
        "is_in_user_scope": True,
    }


def prevention_rule(rng: Random, number: int, at: int, hosts: list[Row]) -> Row:
    """Return a rule that switches prevention off for a process; ids repeat from kind to kind."""
    del rng, hosts
    return {
        "rule_id": str(100 + number),
        "rule_name": f"exempt tool {number}",
        "description": None if number % 2 else "While it is measured",
        "platform": _PLATFORMS[number % 3],
        "process_name": f"tool{number}.exe",
        "path": f"C:\\Tools\\tool{number}.exe",
        "status": ("active", "disabled", "expired")[number % 3],
        "is_global": True,
        "profile_ids": None,
        "creation_time": at,
        "expiration_time": at + 30 * DAY if number % 3 else None,
        "created_by": f"operator{number % 5}@corp.example",
    }


def exclusion(rng: Random, number: int, at: int, hosts: list[Row]) -> Row:
    """Return an alert exclusion with the filter that it applies."""
    del hosts
    condition = {"SEARCH_FIELD": "alert_category", "SEARCH_TYPE": "EQ", "SEARCH_VALUE": "Malware"}
    return {
        "ALERT_WHITELIST_ID": number,
        "ALERT_WHITELIST_NAME": f"exclusion {number}",
        "ALERT_WHITELIST_MODIFY_TIME": at,
        "ALERT_WHITELIST_HITS": rng.randrange(200),
        "ALERT_WHITELIST_COMMENT": "" if number % 2 else "agreed in review",
        "ALERT_WHITELIST_USER": f"operator{number % 5}@corp.example",
        "ALERT_WHITELIST_PRETTY_USER": f"Operator {number % 5}",
        "ALERT_WHITELIST_INDICATOR": {"filter": {"AND": [condition]}},
        "ALERT_WHITELIST_INDICATOR_TEXT": [
            {"pretty_name": "category", "data_type": "TEXT", "render_type": "attribute"},
            {"pretty_name": "=", "data_type": None, "render_type": "operator"},
            {"pretty_name": "Malware", "data_type": None, "render_type": "value"},
        ],
    }


def ioc(rng: Random, number: int, at: int, hosts: list[Row]) -> Row:
    """Return an indicator of compromise."""
    del hosts
    kind = _INDICATORS[number % len(_INDICATORS)]
    values = {"HASH": f"{rng.getrandbits(256):064x}", "IP": f"203.0.113.{number % 250 + 1}"}
    return {
        "rule_id": number,
        "indicator": values.get(kind, f"{kind.lower()}-{number}.example"),
        "type": kind,
        "severity": SEVERITIES[number % len(SEVERITIES)],
        "expiration_date": None if number % 3 == 0 else at + 90 * DAY,
        "default_expiration_enabled": number % 3 != 0,
        "comment": "" if number % 2 else f"From feed {number % 4}",
        "reputation": ("GOOD", "BAD", "SUSPICIOUS", "UNKNOWN")[number % 4],
        "reliability": "ABCDEFG"[number % 7] if number % 5 else None,
        "creation_time": at,
        "modification_time": at,
    }


def bioc(rng: Random, number: int, at: int, hosts: list[Row]) -> Row:
    """Return a behavioural rule; of its fields the reference names the id and the times alone."""
    del rng, hosts
    return {"rule_id": number, **_rule(number, at)}


def correlation(rng: Random, number: int, at: int, hosts: list[Row]) -> Row:
    """Return a correlation rule; of its fields the reference names the id and the times alone."""
    del rng, hosts
    return {"id": number, **_rule(number, at)}


def _rule(number: int, at: int) -> Row:
    return {
        "name": f"rule {number}",
        "severity": SEVERITIES[number % len(SEVERITIES)],
        "creation_time": at,
        "modification_time": at,
    }
