"""The shapes of Cortex replies: where the rows are, and how many the vendor counts.

Section 1.4 of the vendor's API reference.
"""

from __future__ import annotations

from typing import Any

# The vendor's pages describe them against each other: which of them counts what filters match is
# not certain, and the least of them never makes a reader ask for too much.
_COUNTS = ("total_count", "TOTAL_COUNT", "filter_count", "FILTER_COUNT", "objects_count")


def list_of(reply: Any, list_key: str) -> list[Any] | None:
    """Return the list in a reply, empty where it is null or missing, or ``None``.

    A ``list_key`` of no length is for calls whose reply was never seen: the first list counts.
    """
    rows = reply
    if isinstance(reply, dict) and list_key:
        rows = reply.get(list_key, reply.get(list_key.upper()))
    elif isinstance(reply, dict):
        rows = next((each for each in reply.values() if isinstance(each, list)), None)
    if rows is None:
        return []
    return rows if isinstance(rows, list) else None


def total_of(reply: Any) -> int | None:
    """Return the vendor's count of all rows, or ``None`` where it gives none."""
    if not isinstance(reply, dict):
        return None
    metadata = reply.get("metadata")
    places = (reply, metadata) if isinstance(metadata, dict) else (reply,)
    counts = [place.get(name) for place in places for name in _COUNTS]
    return min((count for count in counts if type(count) is int), default=None)
