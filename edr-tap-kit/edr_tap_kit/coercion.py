"""What a value of a row becomes in a column of its type: itself, the same in that type, or neither.

Compiled once per column from its schema.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, tzinfo
from typing import Any

from edr_tap_kit import times

Coercion = Callable[[Any], Any]
"""Raises ``ValueError`` for a value that cannot take the declared type without a loss."""

# No longer than what Python turns into a number, and back, without being told to.
_INTEGER_TEXT = re.compile(r"-?(0|[1-9][0-9]{0,999})")
_WHOLE_FLOATS = 2**53


class Mismatch(ValueError):
    """A value cannot take the declared type without a loss."""


def types_of(schema: Mapping[str, Any]) -> list[str]:
    """Return the types that a schema names beside null."""
    declared = schema.get("type")
    types = [declared] if isinstance(declared, str) else list(declared or ())
    return [name for name in types if name != "null"]


def only_type(schema: Mapping[str, Any]) -> str:
    """Return the one type beside null that a schema has; empty where it has several or none."""
    types = types_of(schema)
    return types[0] if len(types) == 1 else ""


def compile_coercion(schema: Mapping[str, Any], naive_zone: tzinfo = UTC) -> Coercion:
    """Return the coercion of a property; what it does not understand passes unchanged."""
    types = types_of(schema)
    if len(types) > 1:
        return _first_of([compile_coercion({**schema, "type": name}, naive_zone) for name in types])
    if not types:
        return _unchanged
    if types == ["string"] and schema.get("format") == "date-time":
        return times.text_in(naive_zone)
    if types == ["array"]:
        return _array_coercion(schema.get("items") or {}, naive_zone)
    if types == ["object"]:
        return _object_coercion(schema.get("properties") or {}, naive_zone)
    return _SCALARS[types[0]]


def _unchanged(value: Any) -> Any:
    return value


def _first_of(coercions: list[Coercion]) -> Coercion:
    def coerce(value: Any) -> Any:
        taken = []
        for each in coercions:
            try:
                taken.append(each(value))
            except ValueError:
                continue
        if not taken:
            raise Mismatch
        unchanged = (each for each in taken if type(each) is type(value) and each == value)
        return next(unchanged, taken[0])

    return coerce


def _string(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    raise Mismatch


def _integer(value: Any) -> int:
    if isinstance(value, bool):
        raise Mismatch
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < _WHOLE_FLOATS:
        return int(value)
    if isinstance(value, str) and _INTEGER_TEXT.fullmatch(value) and value != "-0":
        return int(value)
    raise Mismatch


def _number(value: Any) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if isinstance(value, str):
        if _INTEGER_TEXT.fullmatch(value) and value != "-0":
            return int(value)
        try:
            number = float(value)
        except ValueError:
            raise Mismatch from None
        if repr(number) == value and number - number == 0:
            return number
    raise Mismatch


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and value in (0, 1):
        return bool(value)
    if value in ("true", "false"):
        return bool(value == "true")
    raise Mismatch


_SCALARS: dict[str, Coercion] = {
    "string": _string,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
}


def _array_coercion(items: Mapping[str, Any], naive_zone: tzinfo) -> Coercion:
    item = compile_coercion(items, naive_zone)

    def coerce(value: Any) -> list[Any]:
        values = value if isinstance(value, list) else [value]
        return [None if each is None else item(each) for each in values]

    return coerce


def _object_coercion(properties: Mapping[str, Any], naive_zone: tzinfo) -> Coercion:
    members = [(name, compile_coercion(each, naive_zone)) for name, each in properties.items()]

    def coerce(value: Any) -> dict[str, Any]:
        if value == []:  # how a PHP back end writes an empty object
            return {}
        if not isinstance(value, dict):
            raise Mismatch
        if not members:
            return value
        coerced = value.copy()
        for name, coerce_member in members:
            if (member := value.get(name)) is not None:
                coerced[name] = coerce_member(member)
        return coerced

    return coerce
