"""What the world is made of: companies, groups, endpoints and incidents."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edr_sandbox.gravityzone.dates import Zone

PARTNER, CUSTOMER = 0, 1
EDR, XDR = "incident", "extendedIncident"
STATUSES = ("open", "in_progress", "closed", "false_positive")
PRIORITIES = ("unknown", "low", "medium", "high", "critical")
ACTIONS = ("reported", "blocked", "partially_blocked")


@dataclass(slots=True)
class Company:
    """A partner or a customer; ``group`` is the id of its "Computers and Groups"."""

    id: str
    name: str
    type: int
    parent: str
    zone: Zone
    created: int
    country: str
    license_type: int
    group: str


@dataclass(slots=True)
class Group:
    """A custom group; the parent is a group, or the company for its topmost group."""

    id: str
    name: str
    parent: str
    company: str


@dataclass(slots=True)
class Endpoint:
    """A computer or virtual machine; the parent is its group.

    ``flags`` are the members that are written only when true.
    """

    id: str
    name: str
    fqdn: str
    parent: str
    company: str
    managed: bool
    machine_type: int
    os: str
    ip: str
    macs: tuple[str, ...]
    label: str = ""
    ssid: str = ""
    flags: frozenset[str] = frozenset()
    outdated: bool = False
    scanned: int | None = None
    modules: dict[str, bool] = field(default_factory=dict)


@dataclass(slots=True)
class Incident:
    """An incident; instants are epoch seconds, and ``salt`` decides all that is made up.

    ``touched`` tells whether ``changed`` has moved since the birth.
    """

    id: str
    number: int
    kind: str
    company: str
    endpoint: Endpoint | None
    salt: int
    born: int
    created: int
    updated: int
    processed: int
    changed: int
    touched: bool = False
    status: str = "open"
    priority: str = "unknown"
    assignee: str | None = None
    action: str = "reported"
    score: int = 50
    alert_times: list[int] = field(default_factory=list)
    part_of: tuple[str, ...] = ()
    notes: list[dict[str, Any]] = field(default_factory=list)
