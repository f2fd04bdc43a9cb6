"""A record as it is written: a ``msgspec`` struct, which C code checks, holds and encodes.

Columns that a row lacks are ``UNSET`` and are not written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, cast

import msgspec
from msgspec import UNSET, UnsetType

_SCALARS: dict[str, Any] = {"string": str, "integer": int, "number": int | float, "boolean": bool}


class Record(msgspec.Struct):
    """Base of the records of all streams; ``attributes`` maps columns to attributes."""

    attributes: ClassVar[Mapping[str, str]] = {}

    def get(self, column: str) -> Any:
        """Return the value of a column, ``None`` where the record has none."""
        attribute = self.attributes.get(column)
        value = UNSET if attribute is None else getattr(self, attribute)
        return None if value is UNSET else value

    def as_dict(self) -> dict[str, Any]:
        """Return the columns that the record has, in the order of the schema."""
        values = ((column, getattr(self, name)) for column, name in self.attributes.items())
        return {column: value for column, value in values if value is not UNSET}


def record_type(columns: Iterable[tuple[str, Any, Any]], *, closed: bool) -> type[Record]:
    """Return the type of records with these columns: each a name, a type and a default.

    Rows with other columns are refused where it is ``closed``.
    """
    attributes: dict[str, str] = {}
    fields = []
    for index, (column, column_type, default) in enumerate(columns):
        attributes[column] = f"column_{index}"
        fields.append((attributes[column], column_type, default))
    made = msgspec.defstruct(
        "StreamRecord",
        fields,
        bases=(Record,),
        namespace={"attributes": attributes},
        rename={attribute: column for column, attribute in attributes.items()},
        kw_only=True,
        forbid_unknown_fields=closed,
        gc=False,  # what comes out of JSON holds no cycles
    )
    return cast("type[Record]", made)


def checked_type(schema: Mapping[str, Any]) -> Any:
    """Return the type by which C code checks a column, null allowed; ``None`` if it cannot.

    Times, objects and columns of several types need a look at each value.
    """
    checked = _type_of(schema)
    return None if checked is None else checked | None | UnsetType


def _type_of(schema: Mapping[str, Any]) -> Any:
    declared = schema.get("type")
    types = [declared] if isinstance(declared, str) else list(declared or ())
    types = [name for name in types if name != "null"]
    match types:
        case ["string"] if schema.get("format") == "date-time":
            return None
        case ["array"]:
            item = _type_of(schema.get("items") or {})
            return None if item is None else list[item | None]  # type: ignore[valid-type] # built from a schema
        case [name]:
            return _SCALARS.get(name)
    return None
