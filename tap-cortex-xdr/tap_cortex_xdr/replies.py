"""The shapes of Cortex replies: where the rows are, how many the vendor counts, what went wrong.

Sections 1.4 and 1.5 of the vendor's API reference.
"""

from __future__ import annotations

from typing import Any

from tap_cortex_xdr import xql

# The vendor's pages describe them against each other: which of them counts what filters match is
# not certain, and the least of them never makes a reader ask for too much.
_COUNTS = ("total_count", "TOTAL_COUNT", "filter_count", "FILTER_COUNT", "objects_count")


def list_of(reply: Any, list_key: str) -> list[Any] | None:
    """Return the list in a reply, empty where it is null or missing, or ``None``.

    A ``list_key`` of no length is for calls whose reply was never seen: the first list counts.
    """
    rows = _held(reply, list_key)
    if rows is None:
        return None if not list_key and _says_something(reply) else []
    return rows if isinstance(rows, list) else None


def tells_rows(reply: Any, list_key: str) -> bool:
    """Whether a reply holds its list, or counts no rows: one without either may be faulty.

    An empty table is answered in all of these ways (section 3.7).
    """
    return _held(reply, list_key) is not None or total_of(reply) == 0


def total_of(reply: Any) -> int | None:
    """Return the vendor's count of all rows, or ``None`` where it gives none."""
    if not isinstance(reply, dict):
        return None
    metadata = reply.get("metadata")
    places = (reply, metadata) if isinstance(metadata, dict) else (reply,)
    counts = [place.get(name) for place in places for name in _COUNTS]
    return min((count for count in counts if type(count) is int), default=None)


def _held(reply: Any, list_key: str) -> Any:
    """Return what stands in the place of the list of a reply."""
    if not isinstance(reply, dict):
        return reply
    if list_key:
        return reply.get(list_key, reply.get(list_key.upper()))
    return next((each for each in reply.values() if isinstance(each, list)), None)


def _says_something(reply: Any) -> bool:
    """Whether a member of a reply is neither a count nor a place that is left empty."""
    members = reply.items() if isinstance(reply, dict) else ()
    return any(value and name != "metadata" and type(value) is not int for name, value in members)


def error_of(body: Any) -> tuple[int | None, str]:
    """Return code and text of an error in any of the vendor's envelopes (section 1.5)."""
    if not isinstance(body, dict):
        return None, ""
    for candidate in (body.get("reply"), body.get("data"), body):
        if isinstance(candidate, dict) and ("err_msg" in candidate or "err_code" in candidate):
            metadata = candidate.get("metadata")
            details = metadata if isinstance(metadata, dict) else candidate
            extra = candidate.get("err_extra") or details.get("err_extra")
            parts = (candidate.get("err_msg"), extra)
            text = " - ".join(xql.text_of(part) or str(part) for part in parts if part)
            # The vendor's standing prefix says nothing and would read as a validation text.
            text = text.replace("An error occurred while processing XDR public API", "").strip(" -")
            return _code(details.get("err_code") or candidate.get("err_code")), text
    for name in ("error", "description", "message"):
        if isinstance(body.get(name), str) and "reply" not in body:
            return None, body[name]
    return None, ""


def _code(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None
