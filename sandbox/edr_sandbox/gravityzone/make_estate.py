"""Makers of accounts, policies, packages and report definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edr_sandbox.gravityzone.facts import Facts, Made, Values

if TYPE_CHECKING:
    from edr_sandbox.gravityzone.records import Company

_RIGHTS = (
    "companyManager",
    "manageCompanies",
    "manageNetworks",
    "manageReports",
    "manageUsers",
    "manageInventory",
)
_MODULES = (
    "antimalware",
    "advancedThreatControl",
    "firewall",
    "contentControl",
    "deviceControl",
    "powerUser",
    "encryption",
    "patchManagement",
    "networkAttackDefense",
    "edrSensor",
)
_SECTIONS = ("general", "antimalware", "firewall", "networkProtection", "deviceControl")


def account(facts: Facts, company: Company, at: int, given: Values) -> Made:
    """Make a user account; the role decides nothing here."""
    del at, given
    nth = len(facts.tables["accounts"]) + 1
    login = f"operator{nth}@corp.example"
    shown: Values = {
        "email": login,
        "userName": f"operator{nth}",
        "profile": {
            "fullName": f"Operator {nth}",
            "timezone": facts.pick("Etc/UTC", "Europe/Berlin", "America/New_York"),
            "language": "en_US",
        },
        "role": 4 if company.type == 0 and nth % 2 else facts.pick(1, 2, 3, 5),
        "rights": {right: facts.chance() for right in _RIGHTS},
        "passwordLifetime": facts.pick(0, 90),
        "accountLockdown": facts.chance(),
    }
    if nth % 2:
        shown["profile"]["landingPage"] = "dashboard"
    return Made(shown)


def policy(facts: Facts, company: Company, at: int, given: Values) -> Made:
    """Make a policy; its settings are a tree of whatever the console knows."""
    del given
    name = f"Policy {len(facts.tables['policies']) + 1} of {company.name}"
    created = facts.before(at, 400)
    settings: Values = {section: _settings(facts, section) for section in _SECTIONS}
    details = {
        "createdBy": f"operator{facts.rng.randint(1, 9)}@corp.example",
        "createDate": created,
        "lastModifyDate": created + facts.rng.randrange(at - created),
        "settings": settings,
    }
    return Made({"name": name}, details)


def _settings(facts: Facts, section: str) -> Values:
    return {
        "enabled": facts.rng.random() < 0.8,
        "sensitivity": facts.rng.randint(1, 3),
        "exclusions": [f"c:\\example\\{section}\\{facts.hex(4)}"] if facts.pick(0, 1) else [],
        "schedule": {"every": facts.pick("1 hour", "1 day"), "weekdays": {"0": 1, "6": 0}},
        "empty": [],
    }


def package(facts: Facts, company: Company, at: int, given: Values) -> Made:
    """Make an installation package; its details hold the credentials of a proxy."""
    del given
    nth = len(facts.tables["packages"]) + 1
    details: Values = {
        "description": f"Package number {nth}",
        "language": "en_US",
        "modules": {module: facts.pick(0, 1) for module in _MODULES},
        "roles": {"relay": facts.pick(0, 1), "exchange": 0},
        "scanMode": {"type": 2, "computers": {"main": 1, "fallback": 2}, "vms": {"main": 2}},
        "settings": {
            "scanBeforeInstall": False,
            "removeCompetitors": True,
            "customInstallationPath": "c:\\example\\agent",
            "customGroupId": facts.inventory.companies[company.id].group,
        },
        "deploymentOptions": {
            "type": 1,
            "useCommunicationProxy": True,
            "proxyServer": "192.0.2.10",
            "proxyPort": 3128,
            "proxyUsername": f"proxy-user-{facts.hex(8)}",
            "proxyPassword": f"proxy-pass-{facts.hex(12)}",
            "useCustomCommunicationServer": False,
        },
        "productType": 0,
    }
    token = facts.hex(16)
    hidden = {"_token": token, "_born": at}
    return Made({"name": f"Package {nth}", "type": 3 if nth % 5 == 0 else 4, **hidden}, details)


def report(facts: Facts, company: Company, at: int, given: Values) -> Made:
    """Make a report definition; one that occurs once (1) is not listed."""
    del company, at, given
    nth = len(facts.tables["reports"]) + 1
    kind = facts.pick(1, 7, 9, 12, 17, 22, 34)
    return Made({"name": f"Report {nth}", "type": kind, "occurrence": facts.rng.randint(2, 6)})
