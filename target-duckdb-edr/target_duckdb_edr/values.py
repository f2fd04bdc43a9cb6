"""What is done with values that are not of their declared type, or that DuckDB cannot hold.

A value is taken where it says the same in the declared type (``5.0`` as an integer, ``"5"`` as a
number, ``5`` as a text). Anything else is a :class:`BadValue`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import simplejson

from target_duckdb_edr.errors import BadValue, shown
from target_duckdb_edr.types import Items, Kind, Node, Struct

_SURROGATE = re.compile("[\ud800-\udfff]")
# An escaped character, or any other escape, so that an escaped backslash is never split.
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|u(?![dD][89a-fA-F]|00[01]|0022|005[cC])....|.)"
)


def parsed(line: bytes) -> Any:
    """Return what a JSON text says, in Python's terms; NaN and infinities are taken as well.

    Raises:
        ValueError: When it is no JSON, not UTF-8, or nested too deeply.
    """
    try:
        return json.loads(line.decode(), parse_float=_number)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def fitting(value: Any, node: Node) -> Any:
    """Return a value as its declared type has it; objects and arrays that are JSON as they are.

    Raises:
        BadValue: When the type does not cover the value.
    """
    if value is None:
        return None
    if isinstance(node, Struct):
        return _fitting_members(value, node)
    if isinstance(node, Items):
        if not isinstance(value, list):
            raise BadValue(f"an array was declared, not {shown(value)}")
        return [fitting(item, node.item) for item in value]
    return _FITTING[node](value)


def json_text(value: Any) -> str:
    """Return a value as JSON; its lone surrogates as :func:`storable` has them."""
    text = simplejson.dumps(
        value, ensure_ascii=False, use_decimal=True, allow_nan=True, default=str
    )
    return _SURROGATE.sub(lambda match: rf"\{_escaped(match)}", text)


def storable(text: str) -> str:
    r"""Return a text that UTF-8 can hold: lone surrogates are written out, as ``\udc80``."""
    return _SURROGATE.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    return rf"\u{ord(match[0]):04x}"


def unescaped(raw: bytes) -> bytes:
    """Return JSON with its characters written out, as far as JSON permits it."""
    return _ESCAPE.sub(_unescaped_one, raw)


def _unescaped_one(match: re.Match[bytes]) -> bytes:
    escape = match.group()
    return json.loads(b'"%s"' % escape).encode() if len(escape) > len(rb"\n") else escape


def _number(text: str) -> float | Decimal:
    value = float(text)
    return value if math.isfinite(value) else Decimal(text)


def _fitting_members(value: Any, node: Struct) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadValue(f"an object was declared, not {shown(value)}")
    if unknown := value.keys() - node.members.keys():
        raise BadValue(f"the schema does not name its members {', '.join(sorted(unknown))}")
    return {name: fitting(value.get(name), member) for name, member in node.members.items()}


def _integer(value: Any) -> int:
    match value:
        case bool():
            pass
        case int():
            return value
        case float() | Decimal() if math.isfinite(value) and value == int(value):
            return int(value)
        case str() if re.fullmatch(r"-?(0|[1-9][0-9]{0,4000})", value) and value != "-0":
            return int(value)
    raise BadValue(f"an integer was declared, not {shown(value)}")


def _fitting_number(value: Any) -> int | float | Decimal:
    match value:
        case bool():
            pass
        case int() | float() | Decimal():
            return value
        case str() if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?", value):
            return _number(value)
    raise BadValue(f"a number was declared, not {shown(value)}")


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if type(value) is int and value in {0, 1}:
        return bool(value)
    raise BadValue(f"a boolean was declared, not {shown(value)}")


def _text(value: Any) -> str:
    return storable(value) if isinstance(value, str) else json_text(value)


def _time(value: Any) -> str:
    if isinstance(value, str):
        return storable(value)
    raise BadValue(f"a time was declared, not {shown(value)}")


def _anything(value: Any) -> Any:
    try:
        simplejson.dumps(value, use_decimal=True, allow_nan=False, default=str)
    except ValueError:
        raise BadValue(f"JSON has neither NaN nor infinities: {shown(value)}") from None
    return value


_FITTING: dict[Kind, Callable[[Any], Any]] = {
    Kind.BOOLEAN: _boolean,
    Kind.INTEGER: _integer,
    Kind.NUMBER: _fitting_number,
    Kind.TEXT: _text,
    Kind.MOMENT: _time,
    Kind.DATE: _time,
    Kind.JSON: _anything,
}
