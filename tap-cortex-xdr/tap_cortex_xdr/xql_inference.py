"""Columns of a query without a schema, from some of its rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from edr_tap_kit.pages import Row

_TIMES = frozenset({"_time", "_insert_time", "insert_timestamp"})
_TYPES: Mapping[type, str] = {
    bool: "boolean", int: "integer", float: "number", str: "string", dict: "object", list: "array",
}  # fmt: skip
_SCALARS = frozenset({"boolean", "integer", "number", "string"})


def columns(rows: Iterable[Row]) -> dict[str, dict[str, Any]]:
    """Return a JSON schema for each column whose values agree on a type, by its name."""
    met: dict[str, set[str]] = {}
    for row in rows:
        for name, value in row.items():
            types = met.setdefault(name, set())
            if value is not None:
                types.add(_TYPES[type(value)])
    found = {name: _column(name, types) for name, types in met.items()}
    return {name: column for name, column in found.items() if column}


def _column(name: str, types: set[str]) -> dict[str, Any]:
    described = {"description": f"Column {name} of the query; its type was seen in rows of it."}
    if name in _TIMES:
        return {"type": ["string", "null"], "format": "date-time", **described}
    if types == {"array"}:
        return {"type": ["array", "null"], "items": {}, **described}
    if types == {"integer", "number"}:
        types = {"number"}
    elif len(types) > 1 and types <= _SCALARS:
        types = {"string"}
    if len(types) != 1:
        return {}  # in _extra, as nothing is known of it
    return {"type": [*types, "null"], **described}
