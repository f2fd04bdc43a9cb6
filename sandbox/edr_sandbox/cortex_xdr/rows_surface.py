"""Attack surface, inventory, vulnerabilities and compliance; every value is invented."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edr_sandbox.cortex_xdr.generate import DAY
from edr_sandbox.cortex_xdr.plans import HIDDEN_KEY

if TYPE_CHECKING:
    from random import Random

Row = dict[str, Any]

_LEVELS = ((9.0, "CRITICAL"), (7.0, "HIGH"), (4.0, "MEDIUM"), (0.1, "LOW"), (0.0, "NONE"))


def _uuid(rng: Random) -> str:
    text = f"{rng.getrandbits(128):032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def service(rng: Random, number: int, at: int, hosts: list[Row]) -> Row:
    """Return a service that the internet can reach."""
    del hosts
    address = f"203.0.113.{number % 250 + 1}"
    active = number % 3 != 0
    return {
        "service_id": _uuid(rng),
        "service_name": f"Web server at {address}:443",
        "service_type": "HttpServer",
        "ip_address": [address],
        "domain": [f"www{number}.corp.example"] if number % 2 else [],
        "externally_detected_providers": ["Other"],
        "is_active": "Active" if active else "Inactive",
        "first_observed": at - 40 * DAY,
        "last_observed": at,
        "port": 443,
        "protocol": "TCP",
        "active_classifications": ["HttpServer"] if active else [],
        "inactive_classifications": [] if active else ["HttpServer"],
        "discovery_type": "DirectlyDiscovered",
        "business_units": ["unit-1"],
        "externally_inferred_vulnerability_score": 9.8 if number % 4 == 0 else None,
        "externally_inferred_cves": ["CVE-2099-0001"] if number % 4 == 0 else [],
    }


def exposure(rng: Random, number: int, at: int, hosts: list[Row]) -> Row:
    """Return an asset that the internet sees; every fifth one has two ids."""
    ids = [_uuid(rng) for _ in range(2 if number % 5 == 0 else 1)]
    certificate = number % 2 == 0
    host = hosts[number % len(hosts)] if hosts and number % 3 == 0 else None
    return {
        HIDDEN_KEY: ",".join(ids),
        "asm_ids": ids,
        "name": f"*.site{number}.corp.example",
        "asset_type": "CERTIFICATE" if certificate else "DOMAIN",
        "cloud_provider": None,
        "externally_detected_providers": [],
        "region": None,
        "ips": [] if certificate else [f"203.0.113.{number % 250 + 1}"],
        "business_units": ["unit-1"],
        "management_status": [],
        "iot_model": None,
        "iot_category": None,
        "iot_profile": None,
        "sensor": ["XPANSE"],
        "service_type": [],
        "last_observed": None if certificate else at,
        "first_observed": None if certificate else at - 20 * DAY,
        "has_active_externally_services": not certificate,
        "has_xdr_agent": "YES" if host else "NA" if certificate else "NO",
        "certificate_classifications": ["Wildcard"] if certificate else [],
        "certificate_issuer": "Example CA" if certificate else None,
        "certificate_algorithm": "SHA256withRSA" if certificate else None,
        "mac_addresses": [],
        "cloud_id": None,
        "ip_ranges": [],
        "domain_resolves": not certificate,
        "operation_system": None,
        "asm_va_score": None,
        "externally_inferred_cves": [],
        "agent_id": host["endpoint_id"] if host else None,
    }


def ip_range(rng: Random, number: int, at: int, hosts: list[Row]) -> Row:
    """Return a range of addresses that belongs to the organisation."""
    del hosts
    return {
        "range_id": _uuid(rng),
        "first_ip": f"198.51.100.{number * 4 % 252}",
        "last_ip": f"198.51.100.{number * 4 % 252 + 3}",
        "ips_count": 4,
        "active_responsive_ips_count": number % 4,
        "date_added": at,
        "business_units": ["unit-1"],
        "organization_handles": [f"EXAMPLE-{number}"] if number % 2 else [],
    }


def asset(rng: Random, number: int, at: int, hosts: list[Row]) -> Row:
    """Return an asset of the inventory; only some tell their region."""
    host = hosts[number % len(hosts)] if hosts else {}
    row: Row = {
        "xdm.asset.id": f"{rng.getrandbits(128):032x}",
        "xdm.asset.name": host.get("endpoint_name") or f"asset {number}",
        "xdm.asset.type.name": "Host" if number % 3 else "Virtual Machine",
        "xdm.asset.provider": "ON_PREM" if number % 3 else "AWS",
        "xdm.asset.first_observed": at - 30 * DAY,
        "xdm.asset.last_observed": at,
    }
    return row if number % 3 else {**row, "xdm.asset.cloud.region": "eu-west-1"}


def vulnerability(rng: Random, number: int, at: int, hosts: list[Row]) -> Row:
    """Return a known vulnerability."""
    del hosts
    score = rng.randrange(101) / 10
    scored = number % 9 != 0
    return {
        "vulnerability_id": f"CVE-2099-{10_000 + number}",
        "cvss_score": score if scored else None,
        "cvss_severity": next(name for low, name in _LEVELS if score >= low) if scored else None,
        "cvss_version": "3.1" if scored else None,
        "epss_score": rng.randrange(10_000) / 10_000,
        "cisa_kev": number % 10 == 0,
        "attack_vector": ("NETWORK", "LOCAL", "ADJACENT_NETWORK", "PHYSICAL")[number % 4],
        "first_published": at - 100 * DAY,
        "last_modified": at,
        "package_names": [f"package{number % 7}"],
        "vendors": [f"vendor{number % 5}"],
        "reported_exploited_by": ["CISA"] if number % 10 == 0 else None,
        "distribution_and_releases": ["ubuntu-22.04"] if number % 2 else [],
        "affected_cpu_archs": ["x86_64"],
    }


def compliance(rng: Random, number: int, at: int, hosts: list[Row]) -> Row:
    """Return the outcome of an assessment; no document names all fields, these are a choice."""
    del hosts
    passed = rng.randrange(101)
    return {
        HIDDEN_KEY: str(number),
        "TYPE": "profile" if number % 4 else "control",
        "ASSESSMENT_PROFILE": f"Profile {number % 6}",
        "ASSESSMENT_PROFILE_REVISION": f"revision-{number}",
        "STANDARD_NAME": f"Standard {number % 3}",
        "ASSET_GROUP_ID": number % 8,
        "LAST_EVALUATION_TIME": at,
        "CONTROL_ID": None if number % 4 else f"control-{number}",
        "PASSED": passed,
        "FAILED": 100 - passed,
        "SCORE": passed / 100,
    }
