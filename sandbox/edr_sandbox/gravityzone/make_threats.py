"""Makers of quarantine items, blocklist items, custom rules and PHASR recommendations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edr_sandbox.gravityzone.facts import Facts, Made, Values
from edr_sandbox.gravityzone.generate import DAY

if TYPE_CHECKING:
    from edr_sandbox.gravityzone.records import Company

DETECTION, EXCLUSION = 1, 2
_THREATS = ("Example.Trojan.A", "Example.Adware.B", "Example.Ransom.C", "Example.Macro.D")
_ACTIONS = (0, 0, 0, 1, 2, 3, 4, 16, 17)


def quarantined(facts: Facts, company: Company, at: int, given: Values) -> Made:
    """Make a quarantine item; ``_service`` is ``computers`` or ``exchange``."""
    service = given.get("_service") or ("exchange" if facts.rng.random() < 0.2 else "computers")
    endpoint = facts.endpoint(company)
    action = facts.pick(*_ACTIONS)
    shown: Values = {
        "quarantinedOn": at - facts.rng.randrange(60),
        "actionStatus": action,
        "endpointId": endpoint.id if endpoint else facts.id(at - 200 * DAY),
        "endpointName": endpoint.name if endpoint else "gone",
        "endpointIP": endpoint.ip if endpoint else "",
        "endpointAvailable": endpoint is not None,
        "canBeRestored": action == 0,
        "canBeRemoved": action in {0, 4},
        "threatName": facts.pick(*_THREATS),
        "_service": service,
    }
    if service == "exchange":
        shown["details"] = {
            "subject": f"Example message {facts.hex(4)}",
            "sender": "sender@mail.example",
            "recipients": ["operator1@corp.example"],
        }
    else:
        shown["details"] = {"filePath": f"c:\\example\\{facts.hex(6)}.exe"}
        if facts.pick(0, 1):
            shown["details"]["fileSha256"] = facts.hex(64)
    return Made(shown)


def blocked(facts: Facts, company: Company, at: int, given: Values) -> Made:
    """Make a blocklist item of any of the three types."""
    del company, given
    kind = facts.pick("hash", "hash", "path", "connection")
    details: Values = {"path": f"c:\\example\\{facts.hex(6)}\\*.exe"}
    if kind == "hash":
        algorithm = facts.pick("sha256", "md5")
        details = {"algorithm": algorithm, "hash": facts.hex(64 if algorithm == "sha256" else 32)}
    elif kind == "connection":
        details = _connection(facts)
    source = facts.pick("Incident", "Import", "Manual")
    shown: Values = {
        "type": kind,
        "source": {"type": source, "description": f"Added by {source.lower()}"},
        "owner": {"id": facts.id(at - 300 * DAY), "username": "operator1@corp.example"},
        "created": at,
        "details": details,
    }
    return Made(shown)


def _connection(facts: Facts) -> Values:
    anywhere = {"any": True, "ipMask": None, "portRange": None}
    return {
        "ruleName": f"Connection rule {facts.hex(4)}",
        "commandLine": "",
        "protocol": "tcp",
        "direction": "both",
        "ipVersion": "ipv4",
        "localAddress": anywhere,
        "remoteAddress": {
            "any": False,
            "ipMask": f"198.51.100.{facts.rng.randint(1, 254)}/32",
            "portRange": "443",
        },
        "directlyConnected": {"enable": False, "remoteMac": None},
    }


def rule(facts: Facts, company: Company, at: int, given: Values) -> Made:
    """Make a custom rule; ``_type`` is 1 for a detection and 2 for an exclusion."""
    del company, at
    kind = given.get("_type") or facts.pick(DETECTION, EXCLUSION)
    nth = len(facts.tables["custom_rules"]) + 1
    criteria = [{"name": "process.path", "relation": "contains", "value": f"example-{nth}"}]
    shown: Values = {
        "name": f"Custom rule {nth}",
        "settings": {
            "status": facts.pick(0, 1),
            "severity": facts.pick(1, 2, 3),
            "target": facts.pick("file", "process", "connection"),
            "criteria": criteria,
        },
        "tags": facts.some(("north", "south", "pilot"), 2),
        "_type": kind,
    }
    if nth % 3:
        shown["description"] = f"Rule number {nth}, made for an example"
    return Made(shown)


def recommendation(facts: Facts, company: Company, at: int, given: Values) -> Made:
    """Make a PHASR recommendation; identity, resource and rule members are invented."""
    del given
    endpoint = facts.endpoint(company)
    shown: Values = {
        "category": facts.rng.randint(1, 5),
        "type": facts.rng.randint(0, 2),
        "actionTaken": facts.rng.randint(0, 2),
        "createdOn": at,
        "attackSurfaceReduction": facts.rng.randint(0, 100),
        "ruleId": f"{facts.rng.randint(690, 699)}-{facts.rng.randint(0, 3)}",
        "identity": {"id": facts.id(at), "name": f"user-{facts.rng.randint(1, 40)}"},
        "resource": {
            "id": endpoint.id if endpoint else facts.id(at),
            "name": endpoint.name if endpoint else "gone",
        },
    }
    return Made(shown)
