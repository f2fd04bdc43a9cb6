"""How often the vendor may be asked, by method (section 1.7 of its API reference)."""

from __future__ import annotations

from edr_tap_kit.budget import Limit

# Five requests a second, spread evenly (vendor's rate-limit page, by method).
_SLOWER = Limit(1, 0.2)
_SLOWER_SERVICES = ("companies.", "licensing.", "network.getNetworkInventoryItems")
# Push settings and statistics, by the same page: five requests a minute, none of them queued.
_PUSH = Limit(5, 60)


def limits(incident_requests_per_minute: int) -> dict[str, Limit]:
    """Return the limits by group of methods; 0 leaves the incidents without one of their own."""
    found = {"slower": _SLOWER, "push": _PUSH}
    if incident_requests_per_minute:
        found["incidents"] = Limit(incident_requests_per_minute, 60)
    return found


def group_of(method: str) -> str | None:
    """Return the group that a method shares its limit with, ``None`` for all others."""
    service = method.partition(".")[0]
    if service in ("incidents", "push"):
        return service
    return "slower" if method.startswith(_SLOWER_SERVICES) else None
