"""Fill the tables of a new world with a modest number of rows."""

from __future__ import annotations

import time
from random import Random
from typing import TYPE_CHECKING

from edr_sandbox.gravityzone.generate import DAY
from edr_sandbox.gravityzone.make_licences import MONTHLY
from edr_sandbox.gravityzone.make_threats import DETECTION, EXCLUSION
from edr_sandbox.gravityzone.tables import Tables

if TYPE_CHECKING:
    from edr_sandbox.gravityzone.facts import Facts
    from edr_sandbox.gravityzone.inventory import Inventory

# Rows of companies at random, and the days before now within which they came to be.
_AMOUNTS = {
    "accounts": (12, 600),
    "policies": (14, 400),
    "packages": (5, 300),
    "reports": (8, 300),
    "scan_tasks": (12, 30),
    "quarantine_items": (250, 60),
    "blocklist_items": (130, 200),
    "maintenance_windows": (6, 100),
    "phasr_recommendations": (120, 90),
}
_RULES = {DETECTION: 18, EXCLUSION: 22}
_PATCHES = {"missing_patches": 90, "installed_patches": 60}
_MONTHS = 14


def populate(seed: object, inventory: Inventory, now: int) -> Tables:
    """Return filled tables; they draw from a generator of their own, and no other is touched."""
    rng = Random(f"tables of {seed}")
    tables = Tables(rng, inventory)
    facts = tables.facts()
    root = inventory.root
    tables.add(facts, "policies", root, now, {"id": inventory.policy, "name": "Example policy"})
    for name, (count, days) in _AMOUNTS.items():
        for at in sorted(facts.before(now, days) for _ in range(count)):
            tables.add(facts, name, facts.company(), at, {})
    instant = {"name": "Instant report", "occurrence": 1}
    tables.add(facts, "reports", root, now, instant)
    for kind, count in _RULES.items():
        for _ in range(count):
            tables.add(facts, "custom_rules", facts.company(), now - 5 * DAY, {"_type": kind})
    _subtasks(tables, facts, now)
    _patches(tables, facts, now)
    _licences(tables, facts, now)
    tables.add(facts, "push_settings", root, now, {})
    tables.add(facts, "push_stats", root, now, {})
    return tables


def _subtasks(tables: Tables, facts: Facts, now: int) -> None:
    for task in tables.table("scan_tasks").values():
        company = facts.inventory.companies[task.company]
        local = facts.endpoints.get(company.id, [])
        for target in local[: facts.rng.randint(1, 45)]:
            given = {"_task": task.id, "endpointId": target.id, "endpointName": target.name}
            tables.add(facts, "scan_task_subtasks", company, now, given)


def _patches(tables: Tables, facts: Facts, now: int) -> None:
    managed = [one for one in facts.inventory.endpoints.values() if one.managed]
    for name, count in _PATCHES.items():
        for _ in range(count if managed else 0):
            endpoint = facts.rng.choice(managed)
            company = facts.inventory.companies[endpoint.company]
            tables.add(facts, name, company, now, {"endpointId": endpoint.id})


def _licences(tables: Tables, facts: Facts, now: int) -> None:
    for company in facts.inventory.companies.values():
        for _ in range(facts.rng.randint(1, 3)):
            tables.add(facts, "licenses", company, now, {})
        if company.license_type != MONTHLY:
            continue
        for month in months_until(now, _MONTHS):
            tables.add(facts, "monthly_usage", company, now, {"_month": month})
            for product in (0, 3):
                given = {"_month": month, "productType": product}
                tables.add(facts, "monthly_usage_per_product_type", company, now, given)


def months_until(now: int, count: int = 1) -> list[str]:
    """Return the last months as ``mm/yyyy``, the current one last."""
    today = time.gmtime(now)
    last = today.tm_year * 12 + today.tm_mon - 1
    return [f"{nth % 12 + 1:02d}/{nth // 12}" for nth in range(last - count + 1, last + 1)]
