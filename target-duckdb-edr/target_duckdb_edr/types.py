"""Which column type a property's JSON schema asks for, and how two types become one.

A type is only ever widened: whatever the narrower one holds, the wider one holds as well. JSON and
VARCHAR hold everything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import duckdb

from target_duckdb_edr.errors import shown


class BadSchema(Exception):
    """A property's schema that is no JSON schema; names neither stream nor property yet."""


class Kind(Enum):
    """What a schema says a scalar value is."""

    BOOLEAN = "boolean"
    INTEGER = "integer"
    NUMBER = "number"
    TEXT = "text"
    MOMENT = "date-time"
    DATE = "date"
    JSON = "anything"


@dataclass(frozen=True)
class Struct:
    """An object whose members the schema names."""

    members: Mapping[str, Node]


@dataclass(frozen=True)
class Items:
    """An array whose items the schema describes."""

    item: Node


Node = Kind | Struct | Items

MOMENT_TYPES = {"TIMESTAMP": "TIMESTAMP", "TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE"}
_SCALARS = {
    Kind.BOOLEAN: "BOOLEAN",
    Kind.INTEGER: "BIGINT",
    Kind.NUMBER: "DOUBLE",
    Kind.TEXT: "VARCHAR",
    Kind.DATE: "DATE",
    Kind.JSON: "JSON",
}
_FORMATS = {"date-time": Kind.MOMENT, "date": Kind.DATE}
# Each holds all that the ones before it hold.
_INTEGERS = ["TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"]
_UNSIGNED = {
    "UTINYINT": "SMALLINT",
    "USMALLINT": "INTEGER",
    "UINTEGER": "BIGINT",
    "UBIGINT": "HUGEINT",
}
_MOMENTS = set(MOMENT_TYPES.values())


def described(schema: Any) -> Mapping[str, Any]:
    """Return a JSON schema as an object: ``true``, which permits any value, is an empty one.

    Raises:
        BadSchema: When it is neither.
    """
    if schema is True:
        return {}
    if isinstance(schema, Mapping):
        return schema
    raise BadSchema(f"{shown(schema)} is no JSON schema of a value")


def node_of(schema: Mapping[str, Any], *, nested: bool) -> Node:
    """Return what a property's schema says of its values.

    Args:
        schema: JSON schema of the property; ``anyOf``, ``oneOf`` and ``allOf`` are unions.
        nested: Whether described objects and arrays keep their shape. Otherwise they are JSON.

    Raises:
        BadSchema: When it is no JSON schema.
    """
    branches = list(_branches(schema))
    types = {name for branch in branches for name in _types(branch)}
    if types & {"object", "array"}:
        if nested and len(types) == 1 and len(branches) == 1:
            return _nested(branches[0], types.pop())
        return Kind.JSON
    if types == {"string"}:
        formats = {_FORMATS.get(str(branch.get("format"))) for branch in branches}
        return (formats.pop() if len(formats) == 1 else None) or Kind.TEXT
    if types and types <= {"integer", "number"}:
        return Kind.INTEGER if types == {"integer"} else Kind.NUMBER
    if types == {"boolean"}:
        return Kind.BOOLEAN
    return Kind.TEXT if types else Kind.JSON


def sql_type(node: Node, moment_type: str) -> str:
    """Return the DuckDB type of a column for such values, spelt as DuckDB spells it."""
    if isinstance(node, Struct):
        members = ", ".join(
            f"{quoted(name)} {sql_type(member, moment_type)}"
            for name, member in node.members.items()
        )
        return f"STRUCT({members})"
    if isinstance(node, Items):
        return f"{sql_type(node.item, moment_type)}[]"
    return moment_type if node is Kind.MOMENT else _SCALARS[node]


def joined(current: str, wanted: str) -> str:
    """Return the type that holds what either type holds.

    ``DOUBLE`` is returned for integers beside it: whether each integer that is there fits is for
    the caller to see.
    """
    if current in {wanted, "JSON", "VARCHAR"}:
        return current
    if wanted in {"JSON", "VARCHAR"}:
        return wanted
    current, wanted = _UNSIGNED.get(current, current), _UNSIGNED.get(wanted, wanted)
    if current in _INTEGERS and wanted in _INTEGERS:
        return max(current, wanted, key=_INTEGERS.index)
    numbers = {*_INTEGERS, "FLOAT", "DOUBLE"}
    if current in numbers and wanted in numbers:
        return "DOUBLE"
    if current in _MOMENTS and wanted in {*_MOMENTS, "DATE"}:
        return current
    if current == "DATE" and wanted in _MOMENTS:
        return wanted
    return _joined_nested(duckdb.sqltype(current), duckdb.sqltype(wanted))


def is_storable(name: str) -> bool:
    """Return whether DuckDB can have the name: without NUL, and of characters that UTF-8 has."""
    return "\0" not in name and name == name.encode(errors="replace").decode()


def quoted(name: str) -> str:
    """Return an identifier as SQL."""
    return '"' + name.replace('"', '""') + '"'


def _joined_nested(current: Any, wanted: Any) -> str:
    if current.id == wanted.id == "list":
        return f"{joined(str(current.children[0][1]), str(wanted.children[0][1]))}[]"
    if current.id == wanted.id == "struct":
        members = {name: str(member) for name, member in current.children}
        for name, member in wanted.children:
            members[name] = joined(members.get(name, str(member)), str(member))
        return f"STRUCT({', '.join(f'{quoted(name)} {kind}' for name, kind in members.items())})"
    return "JSON" if {current.id, wanted.id} & {"list", "struct"} else "VARCHAR"


def _nested(schema: Mapping[str, Any], kind: str) -> Node:
    if kind == "array" and isinstance(schema.get("items"), Mapping) and schema["items"]:
        return Items(node_of(schema["items"], nested=True))
    members = described(schema.get("properties") or {})
    if kind == "object" and members and _are_names(members):
        return Struct({
            name: node_of(described(member), nested=True) for name, member in members.items()
        })  # fmt: skip
    return Kind.JSON


def _are_names(members: Mapping[str, Any]) -> bool:
    """Return whether DuckDB can have a STRUCT of such members."""
    return len({name.lower() for name in members}) == len(members) and all(
        name and is_storable(name) for name in members
    )


def _branches(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the schema's alternatives that say more than "may be null"."""
    unions = [schema[word] for word in ("anyOf", "oneOf", "allOf") if schema.get(word)]
    if not unions:
        if list(_types(schema)) or not _is_null(schema):
            yield schema
        return
    for union in unions:
        if not isinstance(union, list | tuple):
            raise BadSchema(f"a union of schemas must be a list, not {shown(union)}")
        for branch in union:
            if branch is not False:  # which permits nothing, and so adds nothing
                yield from _branches(described(branch))


def _is_null(schema: Mapping[str, Any]) -> bool:
    return schema.get("type") in ("null", ["null"])


def _types(schema: Mapping[str, Any]) -> Iterator[str]:
    declared = schema.get("type") or ()
    names = [declared] if isinstance(declared, str) else declared
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise BadSchema(f"'type' must be a name or a list of names, not {shown(declared)}")
    for name in names:
        if name != "null":
            yield name
