"""The columns of a stream, and how a column's values become an Arrow array that DuckDB reads.

An array holds exactly what was sent: where a value does not fit the column's type, that type is
widened first.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
import pyarrow as pa

from target_duckdb_edr.errors import BadValue, shown
from target_duckdb_edr.types import Items, Kind, Node, Struct, joined
from target_duckdb_edr.values import fitting, json_text, parsed, unescaped

_JSON = pa.json_(pa.string())
_NULL = b"null"
_HUGEINT_MAX = 2**127 - 1
_DATE_LENGTH = len("2026-01-31")
_ARROW = {
    Kind.BOOLEAN: pa.bool_(),
    Kind.INTEGER: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.TEXT: pa.string(),
    Kind.MOMENT: pa.string(),
    Kind.DATE: pa.string(),
    Kind.JSON: _JSON,
}
# How the values of a property are read without a look at each: strictly, in C.
_READ_AS: dict[Kind, Any] = {
    Kind.BOOLEAN: bool | None,
    Kind.INTEGER: int | None,
    Kind.NUMBER: int | float | None,
    Kind.TEXT: str | None,
    Kind.MOMENT: str | None,
    Kind.DATE: str | None,
    Kind.JSON: msgspec.Raw,
}


@dataclass
class Column:
    """A property on its way into its column.

    Attributes:
        name: The property's name.
        column: The column's name.
        node: What the schema says of the values.
        type: The column's DuckDB type, which :meth:`packed` widens where a value asks for it.
        description: The property's description in the schema.
    """

    name: str
    column: str
    node: Node
    type: str
    description: str | None = None

    @property
    def read_as(self) -> Any:
        """The type that msgspec reads the values with."""
        return _READ_AS[self.node] if isinstance(self.node, Kind) else msgspec.Raw

    def packed(self, values: Sequence[Any]) -> pa.Array:
        """Return values as an array; raw JSON, or what :func:`values.fitting` returned.

        Raises:
            BadValue: When a value is no JSON, or does not fit the declared shape.
        """
        try:
            if self.type == "JSON":
                self._refuse_what_is_no_json(values)
                return pa.ExtensionArray.from_storage(
                    _JSON, pa.array(self._as_json(values), pa.string())
                )
            if self.type == "VARCHAR":
                return self._texts(values)
            return self._as_declared(values)
        except _Widened as wider:
            self.type = joined(self.type, wider.args[0])
            return self._texts(values)
        except (pa.ArrowInvalid, UnicodeError, msgspec.MsgspecError) as error:
            raise BadValue(str(error)) from error

    def selected(self, arrow_type: pa.DataType, name: str, cast: str = "CAST") -> str:
        """Return the SQL that makes the column's type of an array of this column's.

        With ``TRY_CAST`` as ``cast`` it is NULL where a value does not fit.
        """
        if self.type == "TIMESTAMP" and pa.types.is_string(arrow_type):
            # Straight to TIMESTAMP, DuckDB would ignore the offset. The session's zone is UTC.
            return f"{cast}({cast}({name} AS TIMESTAMPTZ) AS TIMESTAMP)"
        return f"{cast}({name} AS {self.type})"

    def _as_declared(self, values: Sequence[Any]) -> pa.Array:
        match self.node:
            case Kind.INTEGER if self.type in {"DOUBLE", "FLOAT"}:
                return self._doubles(values)
            case Kind.INTEGER:
                return self._integers(values)
            case Kind.NUMBER:
                return self._doubles(values)
            case Kind.DATE if any(len(v) != _DATE_LENGTH for v in values if v is not None):
                raise _Widened("VARCHAR")
            case Kind():
                return pa.array(values, _ARROW[self.node])
            case _:
                return self._nested(values)

    def _integers(self, values: Sequence[Any]) -> pa.Array:
        try:
            return pa.array(values, pa.int64())
        except (OverflowError, pa.ArrowInvalid):
            largest = max(abs(value) for value in values if value is not None)
            raise _Widened("HUGEINT" if largest <= _HUGEINT_MAX else "VARCHAR") from None

    def _doubles(self, values: Sequence[Any]) -> pa.Array:
        try:
            return pa.array(values, pa.float64())
        except (OverflowError, pa.ArrowInvalid, pa.ArrowTypeError):
            pass
        doubles = [None if value is None else _double(value) for value in values]
        return pa.array(doubles, pa.float64())

    def _nested(self, values: Sequence[Any]) -> pa.Array:
        known = [parsed(bytes(v)) if isinstance(v, msgspec.Raw) else v for v in values]
        shaped = [_shaped(fitting(value, self.node), self.node) for value in known]
        try:
            return pa.array(shaped, _arrow_type(self.node))
        except (OverflowError, pa.ArrowInvalid, pa.ArrowTypeError) as error:
            raise BadValue(f"{error}; the setting nested_type JSON holds any value") from error

    def _texts(self, values: Sequence[Any]) -> pa.Array:
        is_text = self.node in {Kind.TEXT, Kind.MOMENT, Kind.DATE}
        return pa.array(values if is_text else self._as_json(values), pa.string())

    def _refuse_what_is_no_json(self, values: Sequence[Any]) -> None:
        if self.node is Kind.NUMBER:
            for value in values:
                fitting(value, Kind.JSON)

    def _as_json(self, values: Sequence[Any]) -> list[Any]:
        if self.node is Kind.NUMBER:
            return [None if value is None else _number_text(value) for value in values]
        if self.read_as is not msgspec.Raw:
            return [None if value is None else json_text(value) for value in values]
        texts = [None if (text := bytes(raw)) == _NULL else text for raw in values]
        if b"\\u" in b"".join(filter(None, texts)):
            return [text and unescaped(text) for text in texts]
        return texts


def as_texts(array: pa.Array) -> pa.Array:
    """Return an array as a column of texts has it."""
    if not pa.types.is_floating(array.type):
        return array.cast(pa.string())
    texts = [None if value is None else _number_text(value) for value in array.to_pylist()]
    return pa.array(texts, pa.string())


class _Widened(Exception):
    """A value asks for a wider column; its argument is the type that holds it."""


def _double(value: Any) -> float:
    if isinstance(value, float):
        return value
    try:
        as_double = float(value)
    except OverflowError:
        raise _Widened("VARCHAR") from None
    # A fraction is rounded to the nearest double, as everywhere. An integer must be met.
    if (isinstance(value, int) and as_double != value) or math.isinf(as_double):
        raise _Widened("VARCHAR")
    return as_double


def _number_text(value: Any) -> str:
    """Return a number as text: ``1`` and ``1.0``, which are one number, as one text."""
    if isinstance(value, float) and value.is_integer() and abs(value) <= _HUGEINT_MAX:
        return str(int(value))
    return json_text(value)


def _arrow_type(node: Node) -> pa.DataType:
    if isinstance(node, Struct):
        return pa.struct([(name, _arrow_type(member)) for name, member in node.members.items()])
    if isinstance(node, Items):
        return pa.list_(_arrow_type(node.item))
    if node is Kind.MOMENT:
        return pa.timestamp("us", tz="UTC")
    # An extension type cannot stand inside: the cast to the column's type makes it JSON again.
    return pa.string() if node is Kind.JSON else _ARROW[node]


def _shaped(value: Any, node: Node) -> Any:
    """Return a fitting value with the parts that are JSON as texts."""
    if value is None:
        return None
    if isinstance(node, Struct):
        return {name: _shaped(value[name], member) for name, member in node.members.items()}
    if isinstance(node, Items):
        return [_shaped(item, node.item) for item in value]
    if node is Kind.MOMENT:
        return _moment(value)
    return json_text(value) if node is Kind.JSON else value


def _moment(text: str) -> datetime:
    """Return the time that a text says; one without an offset is UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadValue(f"{shown(text)} is not a time") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
