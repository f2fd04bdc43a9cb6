"""From a vendor's row to a record that is valid against its schema, with nothing lost.

A :class:`Shaper` is compiled once per stream from the schema in force. A value keeps its declared
type, is coerced to it where that loses nothing, or moves to ``_extra`` under its own name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, tzinfo
from typing import Any

from edr_tap_kit import times
from edr_tap_kit.report import Drift

EXTRA = "_extra"

Coercion = Callable[[Any], Any]

# No longer than what Python turns into a number, and back, without being told to.
_INTEGER_TEXT = re.compile(r"-?(0|[1-9][0-9]{0,999})")
_WHOLE_FLOATS = 2**53


class Mismatch(Exception):
    """A value cannot take the declared type without a loss."""


class Shaper:
    """Shapes the rows of one stream.

    Args:
        schema: JSON schema of the stream's records.
        keys: Columns that must not be null; rows without them are refused.
        constants: Columns with the same value in every record (``_tenant``).
        naive_zone: Zone of vendor times without an offset.
    """

    def __init__(
        self,
        schema: Mapping[str, Any],
        keys: Iterable[str],
        *,
        constants: Mapping[str, Any] | None = None,
        naive_zone: tzinfo = UTC,
    ) -> None:
        self._keys = tuple(keys)
        self._constants = dict(constants or {})
        self._columns = {
            name: compile_coercion(column, naive_zone)
            for name, column in schema["properties"].items()
            if name != EXTRA and name not in self._constants
        }
        self.drift = Drift()

    def shape(self, row: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the record of a row, or ``None`` (counted) when it has no primary key."""
        record: dict[str, Any] = dict(self._constants)
        extra: dict[str, Any] = {}
        columns = self._columns
        for name, value in row.items():
            coerce = columns.get(name)
            if coerce is None:
                extra[name] = value
                self.drift.unknown[name] += 1
            elif value is None:
                record[name] = None
            else:
                try:
                    record[name] = coerce(value)
                except Mismatch:
                    record[name] = None
                    extra[name] = value
                    self.drift.mistyped[name] += 1
        if extra:
            record[EXTRA] = extra
        for key in self._keys:
            if record.get(key) in (None, ""):
                self.drift.keyless += 1
                return None
        return record


def compile_coercion(schema: Mapping[str, Any], naive_zone: tzinfo = UTC) -> Coercion:
    """Return the coercion of a property; what it does not understand passes unchanged."""
    declared = schema.get("type")
    types = [declared] if isinstance(declared, str) else list(declared or ())
    types = [name for name in types if name != "null"]
    if len(types) > 1:
        return _first_of([compile_coercion({**schema, "type": name}, naive_zone) for name in types])
    if not types:
        return _unchanged
    if types == ["string"] and schema.get("format") == "date-time":
        return _time_coercion(naive_zone)
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
            except Mismatch:
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


def _time_coercion(naive_zone: tzinfo) -> Coercion:
    def coerce(value: Any) -> str:
        try:
            return times.to_utc_text(value, naive_zone)
        except ValueError:
            raise Mismatch from None

    return coerce


def _array_coercion(items: Mapping[str, Any], naive_zone: tzinfo) -> Coercion:
    item = compile_coercion(items, naive_zone)

    def coerce(value: Any) -> list[Any]:
        values = value if isinstance(value, list) else [value]
        return [None if each is None else item(each) for each in values]

    return coerce


def _object_coercion(properties: Mapping[str, Any], naive_zone: tzinfo) -> Coercion:
    members = {name: compile_coercion(each, naive_zone) for name, each in properties.items()}

    def coerce(value: Any) -> dict[str, Any]:
        if value == []:  # how a PHP back end writes an empty object
            return {}
        if not isinstance(value, dict):
            raise Mismatch
        if not members:
            return value
        return {
            name: members[name](each) if each is not None and name in members else each
            for name, each in value.items()
        }

    return coerce
