"""Which member of a pushed event names the time at which it happened (section 3.6, column T)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
# A CEF message names its times as that format does, whatever its module.
_CEF_MEMBERS = ("BitdefenderGZDetectionTime", "start", "rt", "end")


def event_time(event: Mapping[str, Any]) -> Any:
    """Return the vendor's value for when an event happened, or ``None`` when it says nothing."""
    if "_cef" in event and (named := _first(event, _CEF_MEMBERS)):
        return named
    module = event.get("module")
    member = _TIME_MEMBERS.get(module) if isinstance(module, str) else None
    return _first(event, _LIKELY_MEMBERS) if member is None else event.get(member)


def _first(event: Mapping[str, Any], names: Iterable[str]) -> Any:
    return next((event[name] for name in names if event.get(name)), None)
