"""Which member of a pushed event names the time at which it happened (section 3.6, column T)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_TIME_MEMBERS = {
    "adcloud": "lastAdReportDate",
    "aph": "last_blocked",
    "av": "timestamp",
    "avc": "last_blocked",
    "hd": "date",
    "antiexploit": "detection_time",
    "fw": "last_blocked",
    "network-monitor": "timestamp",
    "network-sandboxing": "detectionTime",
    "dp": "last_blocked",
    "uc": "last_blocked",
    "ransomware-mitigation": "detected_on",
    "new-incident": "created",
    "new-extended-incident": "created",
    "exchange-malware": "detectionTime",
    "storage-antimalware": "detection_time",
    "device-control": "date",
    "troubleshooting-activity": "startDate",
}
# Modules without an entry above carry no time of their own; newer ones may.
_LIKELY_MEMBERS = ("timestamp", "date", "detection_time", "detectionTime", "detected_on", "created")


def event_time(event: Mapping[str, Any]) -> Any:
    """Return the vendor's value for when an event happened, or ``None`` when it says nothing."""
    module = event.get("module")
    member = _TIME_MEMBERS.get(module) if isinstance(module, str) else None
    if member is not None:
        return event.get(member)
    return next((event[name] for name in _LIKELY_MEMBERS if event.get(name)), None)
