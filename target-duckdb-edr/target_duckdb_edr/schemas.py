"""SCHEMA messages, checked before anything is made of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from target_duckdb_edr.errors import LoaderError, shown
from target_duckdb_edr.types import BadSchema, described, node_of


def checked(stream: str, schema: Any) -> dict[str, Any]:
    """Return a stream's schema, in which each property is described by an object.

    Raises:
        LoaderError: When it is no JSON schema.
    """
    properties = schema.get("properties", {}) if isinstance(schema, Mapping) else None
    if not isinstance(properties, Mapping):
        raise LoaderError(f"Stream '{stream}': its schema names no properties: {shown(schema)}")
    if "properties" not in schema:
        return dict(schema)  # the SDK says what is missing
    return {
        **schema,
        "properties": {name: _checked(stream, name, each) for name, each in properties.items()},
    }


def _checked(stream: str, name: str, schema: Any) -> Mapping[str, Any]:
    try:
        found = described(schema)
        node_of(found, nested=True)
    except BadSchema as problem:
        raise LoaderError(
            f"Stream '{stream}', property '{name}': {problem}. The tap must declare the property "
            "as JSON Schema has it."
        ) from None
    return found
