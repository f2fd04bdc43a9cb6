"""What kinds of tables there are: who makes their rows and how their times are written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edr_sandbox.gravityzone import (
    make_estate,
    make_licences,
    make_tasks,
    make_threats,
    make_upkeep,
)
from edr_sandbox.gravityzone.dates import ZULU, write_zulu_ms

if TYPE_CHECKING:
    from edr_sandbox.gravityzone.facts import Facts, Made, Values
    from edr_sandbox.gravityzone.records import Company
    from edr_sandbox.gravityzone.switches import Switches

    Maker = Callable[[Facts, Company, int, Values], Made]
    # Writes an instant for a row of a company, as read with the key of a company.
    Writer = Callable[[int, Company, Company, Switches], str]


def _naive(instant: int, _owner: Company, _key: Company, _switches: Switches) -> str:
    return ZULU.write(instant, naive=True)


def _zulu(instant: int, _owner: Company, _key: Company, _switches: Switches) -> str:
    return write_zulu_ms(instant)


def _local(instant: int, owner: Company, _key: Company, switches: Switches) -> str:
    return owner.zone.write(instant, naive=switches.naive_dates)


def _quarantine(instant: int, _owner: Company, key: Company, switches: Switches) -> str:
    zone = ZULU if switches.quarantine_dates == "utc" else key.zone
    return zone.write(instant, naive=switches.quarantine_dates != "offset")


@dataclass(frozen=True)
class Kind:
    """A kind of table.

    ``times`` name the values that are instants. ``company`` tells how a row names its company:
    ``id`` (companyId), ``name`` (companyId and companyName), ``object`` (company) or not at all.
    """

    make: Maker
    times: tuple[str, ...] = ()
    write: Writer = _naive
    company: str = ""
    with_id: bool = True


KINDS: dict[str, Kind] = {
    "accounts": Kind(make_estate.account, company="name"),
    "policies": Kind(make_estate.policy, ("createDate", "lastModifyDate"), company="name"),
    "packages": Kind(make_estate.package),
    "reports": Kind(make_estate.report),
    "scan_tasks": Kind(make_tasks.task, ("startDate",)),
    "scan_task_subtasks": Kind(make_tasks.subtask, ("startDate", "endDate"), with_id=False),
    "quarantine_items": Kind(make_threats.quarantined, ("quarantinedOn",), _quarantine, "id"),
    "blocklist_items": Kind(make_threats.blocked, ("created",), _local, "object"),
    "custom_rules": Kind(make_threats.rule, company="object"),
    "phasr_recommendations": Kind(make_threats.recommendation, ("createdOn",), _zulu),
    "licenses": Kind(make_licences.licence, ("expiryDate",), with_id=False),
    "monthly_usage": Kind(make_licences.usage, with_id=False),
    "monthly_usage_per_product_type": Kind(make_licences.product_usage, with_id=False),
    "missing_patches": Kind(make_upkeep.missing_patch, ("releaseDate",), with_id=False),
    "installed_patches": Kind(
        make_upkeep.installed_patch, ("releaseDate", "installedDate"), with_id=False
    ),
    "maintenance_windows": Kind(make_upkeep.window),
    "push_settings": Kind(make_upkeep.push_settings, with_id=False),
    "push_stats": Kind(make_upkeep.push_stats, ("lastUpdateTime",), with_id=False),
}
