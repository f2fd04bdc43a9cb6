"""The reply of ``incidents/get_incident_extra_data``: an incident, its alerts and its artifacts.

Sections 1.5, 2.2 and 3.7 of the vendor's API reference.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from edr_tap_kit.pages import Row

INCIDENT = "incident"
ALERTS = "alerts"


@dataclass(frozen=True)
class Listed:
    """The objects of a list in the details of an incident.

    ``strays`` counts the entries that are neither objects nor null, which the vendor allows
    everywhere; ``missing`` how many entries less there are than the vendor counts.
    """

    rows: list[Row]
    strays: int
    missing: int


def incident_in(details: Any) -> Row | None:
    """Return the incident itself; ``None`` where the reply holds none, which makes it a faulty one.

    A list in its place was recorded with status 200; an incident that is gone is answered with an
    error instead.
    """
    incident = details.get(INCIDENT) if isinstance(details, dict) else None
    return incident if isinstance(incident, dict) else None


def listed(details: Any, name: str) -> Listed | None:
    """Return a list, with or without its envelope of a count; ``None`` for something else.

    One that is null or missing is empty.
    """
    if not isinstance(details, dict):
        return None
    held = details.get(name)
    total = held.get("total_count") if isinstance(held, dict) else None
    entries = held.get("data") if isinstance(held, dict) else held
    entries = [] if entries is None else entries
    if not isinstance(entries, list):
        return None
    rows: list[Row] = [entry for entry in entries if isinstance(entry, dict)]
    strays = sum(entry is not None for entry in entries) - len(rows)
    counted = total if isinstance(total, int) else 0
    return Listed(rows, strays, max(0, counted - len(entries)))


def is_whole(details: Any, names: Iterable[str]) -> bool:
    """Whether nothing of an incident and of these lists is missing, or has another shape."""
    lists = [listed(details, name) for name in names if name != INCIDENT]
    return incident_in(details) is not None and not any(
        each is None or each.strays or each.missing for each in lists
    )
