"""Makers of licences and of monthly usage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edr_sandbox.gravityzone.facts import Facts, Made, Values
from edr_sandbox.gravityzone.generate import DAY

if TYPE_CHECKING:
    from edr_sandbox.gravityzone.records import Company

MONTHLY = 3
USAGES = (
    "endpointMonthlyUsage",
    "exchangeMonthlyUsage",
    "encryptionMonthlyUsage",
    "patchManagementMonthlyUsage",
    "atsMonthlyUsage",
    "edrMonthlyUsage",
    "containerProtectionMonthlyUsage",
)
PRODUCT_USAGES = (
    "endpointMonthlyUsage",
    "emailSecurityMonthlyUsage",
    "mobileSecurityMonthlyUsage",
    "edrMonthlyUsage",
    "integrityMonitoringUsage",
)


def licence(facts: Facts, company: Company, at: int, given: Values) -> Made:
    """Make a product of a company's licence; all but the first are add-ons."""
    del given
    addon = any(row.company == company.id for row in facts.tables["licenses"].values())
    monthly = company.license_type == MONTHLY
    total = facts.rng.randint(20, 400)
    shown: Values = {
        "subscriptionType": 3 if monthly else 2,
        "expiryDate": None if monthly else at + facts.rng.randrange(30, 700) * DAY,
        "usedSlots": facts.rng.randint(0, total),
        "totalSlots": total,
        "licenseKey": f"LICENCE-{facts.hex(16)}",
        "isAddon": addon,
        "manageExchange": facts.chance(),
        "manageEncryption": facts.chance(),
        "managePatchManagement": facts.chance(),
    }
    if monthly:
        shown.update(reservedSlots=None, endSubscription=None, autoRenewPeriod=12, minimumUsage=0)
    return Made(shown)


def usage(facts: Facts, company: Company, at: int, given: Values) -> Made:
    """Make a company's usage of a month, ``_month`` as ``mm/yyyy``."""
    del company, at, given
    return Made({"_month": "", **{name: facts.rng.randint(0, 300) for name in USAGES}})


def product_usage(facts: Facts, company: Company, at: int, given: Values) -> Made:
    """Make a company's usage of a product type in a month."""
    del company, at, given
    counts = {name: facts.rng.randint(0, 300) for name in PRODUCT_USAGES}
    return Made({"_month": "", "productType": 0, **counts})
