"""Makers of seeded records: the same generator state makes the same world."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edr_sandbox.gravityzone import records
from edr_sandbox.gravityzone.dates import Zone
from edr_sandbox.gravityzone.records import Company, Endpoint, Group, Incident

if TYPE_CHECKING:
    from random import Random

DAY = 86_400
_ZONES = (
    Zone(120, summer_time=True),
    Zone(-300),
    Zone(60, summer_time=True),
    Zone(330),
)
_COUNTRIES = ("RO", "US", "DE", "IN")
_SYSTEMS = (
    ("ws", "Windows 11 Pro", 1),
    ("ws", "Windows 10 Enterprise", 1),
    ("srv", "Windows Server 2022 Standard", 2),
    ("lnx", "Linux Ubuntu 24.04.2 LTS", 2),
    ("mac", "macOS Sequoia 15.3", 1),
)
_GROUP_NAMES = ("Servers", "Workstations")
_MODULES = (
    "antimalware",
    "firewall",
    "contentControl",
    "deviceControl",
    "advancedThreatControl",
    "networkAttackDefense",
    "edrSensor",
    "patchManagement",
    "encryption",
)


def new_id(rng: Random, born: int) -> str:
    """Return 24 hexadecimal digits, the first eight of them the birth in epoch seconds."""
    return f"{born:08x}{rng.getrandbits(64):016x}"


def make_companies(rng: Random, count: int, now: int) -> list[Company]:
    """Return a root partner, a customer, a sub-partner, its customer, and customers of both."""
    made: list[Company] = []
    for nth in range(max(count, 1)):
        created = now - 900 * DAY + nth * 40 * DAY // max(count, 1)
        kind = records.PARTNER if nth in {0, 2} else records.CUSTOMER
        parent = "" if nth == 0 else made[2 if nth >= 3 and nth % 2 else 0].id
        name = "Example Partner" if nth == 0 else f"Example Customer {nth}"
        made.append(
            Company(
                id=new_id(rng, created),
                name=f"Example Sub-partner {nth}" if nth == 2 else name,
                type=kind,
                parent=parent,
                zone=_ZONES[nth % len(_ZONES)],
                created=created,
                country=_COUNTRIES[nth % len(_COUNTRIES)],
                license_type=2 + nth % 2,
                group=new_id(rng, created),
            )
        )
    return made


def make_groups(rng: Random, company: Company) -> list[Group]:
    """Return a company's "Computers and Groups" and the custom groups below it."""
    top = Group(company.group, "Computers and Groups", company.id, company.id)
    below = [
        Group(new_id(rng, company.created + 60), name, top.id, company.id) for name in _GROUP_NAMES
    ]
    nested = Group(new_id(rng, company.created + 90), "Laptops", below[1].id, company.id)
    return [top, *below, nested]


def make_endpoint(rng: Random, nth: int, group: Group, now: int) -> Endpoint:
    """Return an endpoint of a group; a tenth of them are not managed."""
    prefix, system, machine_type = rng.choice(_SYSTEMS)
    born = now - rng.randrange(5, 400) * DAY
    name = f"{prefix}-{nth:04d}"
    managed = rng.random() < 0.9
    flags = set()
    if managed and prefix != "lnx":
        flags.add("managedWithBest")
    if prefix == "srv" and managed and rng.random() < 0.3:
        flags.add(rng.choice(("managedExchangeServer", "managedRelay")))
    if prefix == "lnx" and rng.random() < 0.3:
        flags.add("isContainerHost")
    if managed and rng.random() < 0.05:
        flags.add("isIsolated")
    cards = 2 if rng.random() < 0.15 else 1
    return Endpoint(
        id=new_id(rng, born),
        name=name,
        fqdn=f"{name}.example.internal",
        parent=group.id,
        company=group.company,
        managed=managed,
        machine_type=machine_type,
        os=system,
        ip=f"10.{nth >> 16 & 255}.{nth >> 8 & 255}.{nth & 255}",
        macs=tuple(f"02{rng.getrandbits(40):010x}" for _ in range(cards)),
        label="" if rng.random() < 0.8 else f"rack {nth % 40}",
        flags=frozenset(flags),
        outdated=rng.random() < 0.1,
        scanned=now - rng.randrange(10 * DAY) if rng.random() < 0.7 else None,
        modules={module: rng.random() < 0.6 for module in _MODULES} if managed else {},
    )


def make_incident(  # noqa: PLR0913 (each is a fact about the newcomer)
    rng: Random, *, company: str, number: int, endpoint: Endpoint | None, kind: str, born: int
) -> Incident:
    """Return a newborn incident: the first detection lies seconds to minutes before the birth."""
    lag = rng.randrange(8, 263)
    if rng.random() < 0.04:
        lag = rng.randrange(1, 20) * 3600
    incident = Incident(
        id=new_id(rng, born),
        number=number,
        kind=kind,
        company=company,
        endpoint=endpoint,
        salt=rng.getrandbits(63),
        born=born,
        created=born - lag,
        updated=born - lag,
        processed=born,
        changed=born,
        action=rng.choice(records.ACTIONS),
        score=rng.randint(1, 99),
    )
    alerts = rng.randint(1, 3)
    incident.alert_times = sorted(
        [incident.created] + [incident.created - rng.randrange(120) for _ in range(alerts - 1)]
    )
    incident.created = incident.alert_times[0]
    return incident


def age(rng: Random, incident: Incident, now: int) -> None:
    """Give an incident the life that it may have had between its birth and now."""
    room = max(0, min(now - incident.born, 4 * DAY))
    if room > 600 and rng.random() < 0.3:
        grown = incident.born + rng.randrange(300, room)
        incident.alert_times.append(grown - rng.randrange(5, 90))
        incident.updated = incident.alert_times[-1]
        incident.processed = incident.changed = grown
    elif room > 600 and rng.random() < 0.15:
        incident.processed = incident.changed = incident.born + rng.randrange(300, room)
    if rng.random() < 0.4:
        incident.status = rng.choice(records.STATUSES[1:])
        incident.priority = rng.choice(records.PRIORITIES)
        incident.assignee = rng.choice((None, new_id(rng, incident.born - 300 * DAY)))
        quiet = now - incident.processed
        incident.changed = incident.processed + (rng.randrange(min(quiet, 2 * DAY)) if quiet else 0)
    incident.touched = incident.changed != incident.born
