"""Makers of patches, maintenance windows and what the push service tells of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edr_sandbox.gravityzone.events import MAKERS
from edr_sandbox.gravityzone.facts import Facts, Made, Values
from edr_sandbox.gravityzone.generate import DAY

if TYPE_CHECKING:
    from edr_sandbox.gravityzone.records import Company


def missing_patch(facts: Facts, company: Company, at: int, given: Values) -> Made:
    """Make a patch that an endpoint lacks; its members are invented, for none are known."""
    endpoint = facts.endpoint(company)
    number = facts.rng.randint(1000, 9999)
    shown: Values = {
        "name": f"KB50{number} for Example Suite {facts.rng.randint(1, 4)}",
        "kb": f"KB50{number}",
        "product": "Example Suite",
        "vendor": "Example Software",
        "type": facts.rng.randint(0, 2),
        "severity": facts.rng.randint(0, 5),
        "cves": [f"CVE-2026-{number}"] if number % 3 else [],
        "endpointId": given.get("endpointId") or (endpoint.id if endpoint else facts.id(at)),
        "releaseDate": facts.before(at, 300),
    }
    return Made(shown)


def installed_patch(facts: Facts, company: Company, at: int, given: Values) -> Made:
    """Make a patch that an endpoint has; its members are invented, for none are known."""
    made = missing_patch(facts, company, at, given)
    made.shown["installedDate"] = facts.before(at, 0.5) if facts.pick(0, 1) else at - DAY
    return made


def window(facts: Facts, company: Company, at: int, given: Values) -> Made:
    """Make a maintenance window; type 0 is patch management, the only one known."""
    del company, at, given
    return Made({"name": f"Window {len(facts.tables['maintenance_windows']) + 1}", "type": 0})


def push_settings(facts: Facts, company: Company, at: int, given: Values) -> Made:
    """Make the settings of the push service, the secret of its receiver among them."""
    del at, given
    shown: Values = {
        "status": 1,
        "serviceType": "jsonRPC",
        "serviceSettings": {
            "url": "https://receiver.corp.example/push",
            "requireValidSslCertificate": True,
            "authorization": f"Bearer receiver-{facts.hex(24)}",
        },
        "subscribeToEventTypes": {kind: facts.rng.random() < 0.8 for kind in MAKERS},
        "subscribeToCompanies": [company.id],
    }
    return Made(shown)


def push_stats(facts: Facts, company: Company, at: int, given: Values) -> Made:
    """Make the counters of the push service since they were last reset."""
    del company, given
    events = facts.rng.randint(100, 9000)
    names = ("configurationError", "connectionError", "serviceError", "statusCode2xx")
    more = ("statusCode300", "statusCode400", "statusCode500", "timeout")
    shown: Values = {
        "count": {
            "events": events,
            "testEvents": facts.rng.randint(0, 3),
            "sentMessages": events - 2,
            "errorMessages": 2,
            "sentBytes": events * 700,
        },
        "error": {**dict.fromkeys((*names, *more), 0), "timeout": 2},
        "lastUpdateTime": at - 600,
    }
    return Made(shown)
