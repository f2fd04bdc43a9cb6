"""The local endpoint events inside an alert, in whichever of the three call shapes it came.

=====================================  =====================================================
``v1/alerts/get_alerts_multi_events``  ``events``: a list of objects
``v2/alerts/get_alerts_multi_events``  ``events`` is null; each member of an event is hoisted
                                       to the alert as an array with one entry per event
``v1/alerts/get_alerts``               one flat event: the members are scalars of the alert
=====================================  =====================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from edr_tap_kit.pages import Row
from edr_tap_kit.shaping import EXTRA

# What an event record has beside its own members.
_BESIDES = frozenset(
    {"_event_id", "_event_index", "_aligned", "_tenant", EXTRA, "alert_id", "local_insert_ts"}
)
# Members that are filled even where an alert has no event behind it.
_EVIDENCE = ("event_type", "event_timestamp", "event_id", "event_sub_type", "module_id")


def event_members(schema: Mapping[str, Any]) -> frozenset[str]:
    """Return the names of an event's own members in the schema of the events stream."""
    return frozenset(schema["properties"]) - _BESIDES


def local_events(alert: Row, members: AbstractSet[str]) -> list[Row]:
    """Return the event rows of an alert, in its order; empty when it has none.

    Where the hoisted arrays of an alert have different lengths, which entry belongs to which event
    is unknown: then one row keeps the arrays, which shaping moves to ``_extra``.
    """
    listed = alert.get("events")
    if isinstance(listed, list) and listed:
        events = [event for event in listed if isinstance(event, dict)]
        return [_row(alert, index, event, aligned=True) for index, event in enumerate(events)]
    hoisted = {
        name: value
        for name, value in alert.items()
        if name in members and value is not None and value != []
    }
    lengths = {len(value) for value in hoisted.values() if isinstance(value, list)}
    if not lengths:
        return [_row(alert, 0, hoisted, aligned=True)] if _has_event(alert) else []
    if len(lengths) > 1:
        return [_row(alert, 0, hoisted, aligned=False)]
    return [
        _row(alert, index, _entry(hoisted, index), aligned=True) for index in range(lengths.pop())
    ]


def _has_event(alert: Row) -> bool:
    length = alert.get("events_length")
    if isinstance(length, int):
        return length > 0
    return any(alert.get(name) is not None for name in _EVIDENCE)


def _is_key(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool) and value != ""


def _entry(hoisted: Row, index: int) -> Row:
    return {
        name: value[index] if isinstance(value, list) else value for name, value in hoisted.items()
    }


def _row(alert: Row, index: int, event: Row, *, aligned: bool) -> Row:
    alert_id = alert.get("alert_id")
    return {
        **event,
        "alert_id": alert_id,
        "local_insert_ts": alert.get("local_insert_ts"),
        "_event_id": f"{alert_id}-{index}" if _is_key(alert_id) else None,
        "_event_index": index,
        "_aligned": aligned,
    }
