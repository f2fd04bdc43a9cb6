"""What agents report, and what may be installed or run on hosts; every value is invented."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edr_sandbox.cortex_xdr.generate import DAY
from edr_sandbox.cortex_xdr.plans import HIDDEN_KEY

if TYPE_CHECKING:
    from random import Random

Row = dict[str, Any]

PLATFORMS = ("windows", "linux", "macos")
_REPORTS = (
    ("Status", "Agent Status", "Fully Protected"),
    ("Audit", "Action", "File Upload"),
    ("Audit", "Policy Update", "Local Configuration Change"),
    ("Monitoring", "Agent Service", "Start"),
)
_DEVICES = (
    ("Disk Drive", "Acme Storage", "0x1a2b", "Stick 32", "0x0c01"),
    ("CD-ROM", "Acme Optics", "0x1a2c", "Burner 9", "0x0c02"),
    ("Portable Device", "Acme Phones", "0x1a2d", "Phone 4", "0x0c03"),
)


def agent_report(rng: Random, number: int, at: int, hosts: list[Row]) -> Row:
    """Return a report that arrived ``at``; every fourth one has a fraction of a millisecond."""
    late = rng.randrange(DAY, 4 * DAY) if number % 29 == 7 else rng.randrange(200, 400_000)
    host = rng.choice(hosts) if hosts else {}
    category, kind, subtype = _REPORTS[rng.randrange(len(_REPORTS))]
    failed = number % 8 == 0
    fraction = rng.randrange(1, 9999) / 10_000
    return {
        HIDDEN_KEY: str(number),
        "TIMESTAMP": at - late + (fraction if number % 4 == 0 else 0),
        "RECEIVEDTIME": at + (fraction / 2 if number % 4 == 0 else 0),
        "ENDPOINTID": host.get("endpoint_id"),
        "ENDPOINTNAME": host.get("endpoint_name"),
        "DOMAIN": host.get("domain"),
        "TRAPSVERSION": host.get("endpoint_version"),
        "CATEGORY": category,
        "TYPE": kind,
        "SUBTYPE": subtype,
        "RESULT": "Fail" if failed else "Success",
        "REASON": "service stopped" if failed else None,
        "DESCRIPTION": f"{subtype} on {host.get('endpoint_name')}",
        "SEVERITY": "Medium" if failed else "Informational",
    }


def violation(rng: Random, number: int, at: int, hosts: list[Row]) -> Row:
    """Return an attempt to use a device that the policy blocks."""
    host = rng.choice(hosts) if hosts else {}
    kind, vendor, vendor_id, product, product_id = _DEVICES[number % len(_DEVICES)]
    return {
        "violation_id": number,
        "timestamp": at,
        "hostname": host.get("endpoint_name"),
        "endpoint_id": host.get("endpoint_id"),
        "ip": (host.get("ip") or [None])[0],
        "username": f"corp\\user{number % 41:03d}" if number % 6 else None,
        "type": kind,
        "vendor": vendor,
        "vendor_id": vendor_id,
        "product": product,
        "product_id": product_id,
        "serial": f"{rng.getrandbits(48):012X}" if number % 5 else "",
        "os_type": host.get("os_type"),
    }


def distribution(rng: Random, number: int, at: int, hosts: list[Row]) -> Row:
    """Return an installation package."""
    del hosts
    kind = ("standalone", "upgrade", "kubernetes", "helm")[number % 4]
    platform = PLATFORMS[number % 3] if number % 4 < 2 else "linux"
    return {
        "distribution_id": f"{rng.getrandbits(128):032x}",
        "name": f"package-{number}",
        "description": None if number % 2 else f"Package number {number}",
        "package_type": kind,
        "platform": platform,
        "agent_version": f"8.{3 + number % 4}.0.{100 + number}",
        "status": ("completed", "completed", "in_progress", "failed")[number % 4],
        "supported_packages": ["x64_msi", "x86_msi"] if platform == "windows" else ["sh"],
        "tags": ["site-a"] if number % 3 == 0 else [],
        "created_by": f"Operator {number % 5}",
        "creation_time": at,
        "modification_time": at,
        "eol_time": at + 300 * DAY if number % 3 else None,
    }


def agent_version(rng: Random, number: int, at: int, hosts: list[Row]) -> Row:
    """Return a version that packages can be made of."""
    del rng, at, hosts
    platform, version = PLATFORMS[number % 3], f"8.{3 + number // 3}.0.{100 + number}"
    return {HIDDEN_KEY: f"{platform} {version}", "platform": platform, "version": version}


def script(rng: Random, number: int, at: int, hosts: list[Row]) -> Row:
    """Return a script of the library."""
    del hosts
    return {
        "script_id": number,
        "script_uid": f"{rng.getrandbits(128):032x}",
        "name": f"collect_{number}",
        "description": f"Collects item {number}" if number % 4 else "",
        "modification_date": at,
        "created_by": "Palo Alto Networks" if number % 3 == 0 else f"Operator {number % 5}",
        "is_high_risk": number % 5 == 0,
        "windows_supported": number % 2 == 0,
        "linux_supported": True,
        "macos_supported": number % 3 == 0,
    }
