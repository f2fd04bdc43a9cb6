"""The asset inventory, which is asked in a language of its own: AND/OR groups and sort lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edr_sandbox.cortex_xdr.listing import said
from edr_sandbox.cortex_xdr.replies import SIZE, invalid
from edr_sandbox.cortex_xdr.shapes import disguised

if TYPE_CHECKING:
    from collections.abc import Callable

    from edr_sandbox.cortex_xdr.context import Context

Row = dict[str, Any]

CAP = 1000
_PREFIX = "xdm.asset."
_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "EQ": lambda held, value: held == value,
    "NEQ": lambda held, value: held != value,
    "GTE": lambda held, value: held is not None and held >= value,
    "LTE": lambda held, value: held is not None and held <= value,
    "CONTAINS": lambda held, value: str(value) in str(held),
    "IN": lambda held, value: held in value,
    "NOT_IN": lambda held, value: held not in value,
}


def assets(context: Context, data: Row) -> Row:
    """Answer ``assets/``; the counts are in ``metadata`` unless the switch says otherwise."""
    for name, value in data.items():
        if name not in {"filters", "sort", "search_from", "search_to"}:
            raise invalid(f"{name} is not a valid parameter", name, given=value)
    start, stop = _window(data)
    world, switches = context.world, context.switches
    every = [
        disguised("assets", key, world.emitted("assets", key), switches)
        for key in world.keys("assets")
    ]
    wanted = _group(data.get("filters", {}))
    rows = [row for row in every if wanted(row)]
    for field, descending in reversed(_sort(data.get("sort", []))):
        rows.sort(key=lambda row: _rank(row.get(field)), reverse=descending)
    page = rows[start:stop]
    found = said(len(rows), len(page), switches)
    if switches.assets_form == "upper":
        return {"reply": {"DATA": page, "FILTER_COUNT": found, "TOTAL_COUNT": len(every)}}
    counts = {"filter_count": found, "total_count": len(every)}
    return {"reply": {"data": page, "metadata": counts}}


def _window(data: Row) -> tuple[int, int]:
    start, stop = data.get("search_from", 0), data.get("search_to", CAP)
    for name, value in (("search_from", start), ("search_to", stop)):
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise invalid(f"{name} must be a non-negative integer", name, given=value)
    if not 0 < stop - start <= CAP:
        raise invalid(SIZE.replace("100", str(CAP)), "search_to", given=stop)
    return start, stop


def _group(filters: object) -> Callable[[Row], bool]:
    if not isinstance(filters, dict) or len(filters) > 1 or not set(filters) <= {"AND", "OR"}:
        raise invalid("filters must hold AND or OR", "filters", given=filters)
    for name, entries in filters.items():
        if not isinstance(entries, list):
            raise invalid(f"{name} must be a list", "filters", name, given=entries)
        tests = [_clause(place, entry) for place, entry in enumerate(entries)]
        if name == "OR" and tests:
            return lambda row: any(test(row) for test in tests)
        return lambda row: all(test(row) for test in tests)
    return lambda _: True


def _clause(place: int, entry: object) -> Callable[[Row], bool]:
    names = {"SEARCH_FIELD", "SEARCH_TYPE", "SEARCH_VALUE"}
    if not isinstance(entry, dict) or set(entry) != names:
        raise invalid(f"a filter consists of {sorted(names)}", "filters", place, given=entry)
    field, kind, value = entry["SEARCH_FIELD"], entry["SEARCH_TYPE"], entry["SEARCH_VALUE"]
    if not str(field).startswith(_PREFIX):
        raise invalid(f"Unsupported filter field {field}", "filters", place, given=field)
    if kind not in _TESTS or (kind in {"IN", "NOT_IN"} and not isinstance(value, list)):
        raise invalid(f"Unsupported search type {kind}", "filters", place, given=kind)
    return lambda row: _TESTS[kind](row.get(field), value)


def _sort(entries: object) -> list[tuple[str, bool]]:
    if not isinstance(entries, list):
        raise invalid("sort must be a list", "sort", given=entries)
    for entry in entries:
        if not isinstance(entry, dict) or set(entry) != {"FIELD", "ORDER"}:
            raise invalid("sort must have exactly FIELD and ORDER", "sort", given=entry)
        if entry["ORDER"] not in {"ASC", "DESC"} or not str(entry["FIELD"]).startswith(_PREFIX):
            raise invalid(f"Unsupported sort {entry}", "sort", given=entry)
    return [(entry["FIELD"], entry["ORDER"] == "DESC") for entry in entries]


def _rank(value: object) -> tuple[int, float, str]:
    """Order null before numbers before texts."""
    if value is None:
        return 0, 0.0, ""
    return (1, value, "") if isinstance(value, int | float) else (2, 0.0, str(value))
