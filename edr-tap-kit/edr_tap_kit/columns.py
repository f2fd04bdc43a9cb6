"""How the values of a column are held: as C code checks them, or after a look at each.

A column learns from the values that it meets. What its C type does not take changes that type, and
never the result.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType
from typing_extensions import override

from edr_tap_kit.coercion import Coercion, compile_coercion, only_type
from edr_tap_kit.records import Fields, fields_type

_SCALARS: dict[str, Any] = {
    "string": str, "integer": int, "number": int | float, "boolean": bool,
}  # fmt: skip
_MOST_MEMBERS = 300


def column_of(schema: Mapping[str, Any], naive_zone: tzinfo) -> Column:
    """Return the column of a property."""
    if only_type(schema) == "object" and schema.get("properties"):
        return Objects(schema, schema["properties"], naive_zone, in_array=False)
    items = schema.get("items") or {}
    if only_type(schema) == "array" and only_type(items) == "object" and items.get("properties"):
        return Objects(schema, items["properties"], naive_zone, in_array=True)
    return Column(schema, naive_zone)


class Column:
    """A column whose values are of its C type, or each coerced from the first that is not."""

    def __init__(self, schema: Mapping[str, Any], naive_zone: tzinfo) -> None:
        self._coercion = compile_coercion(schema, naive_zone)
        self._checked: Any = _checked_type(schema)

    @property
    def type(self) -> Any:
        """The type that C code checks; null is allowed, and that a row lacks the column."""
        return Any if self._checked is None else self._checked | None | UnsetType

    @property
    def coercion(self) -> Coercion | None:
        """What each value has to pass, ``None`` if the type is enough."""
        return self._coercion if self._checked is None else None

    def meet(self, value: Any) -> None:
        """Give up the type if a value is not of it."""
        if self._checked is None:
            return
        try:
            msgspec.convert(value, self.type)
        except msgspec.ValidationError:
            self._checked = None


class Objects(Column):
    """A column of objects whose members were met before, alone or in arrays.

    Only the declared members need a look.
    """

    def __init__(
        self,
        schema: Mapping[str, Any],
        members: Mapping[str, Any],
        naive_zone: tzinfo,
        *,
        in_array: bool,
    ) -> None:
        super().__init__(schema, naive_zone)
        self._in_array = in_array
        self._declared = {
            name: compile_coercion(member, naive_zone) for name, member in members.items()
        }
        self._names = dict.fromkeys(members)
        self._hold()

    @property
    @override
    def coercion(self) -> Coercion | None:
        return self._of_members if self._checked is not None else self._coercion

    @override
    def meet(self, value: Any) -> None:
        if self._checked is None:
            return
        objects = value if isinstance(value, list) else [value]
        names = {name: None for each in objects if isinstance(each, dict) for name in each}
        if not names.keys() <= self._names.keys():
            self._names = names | self._names  # first those that come first in rows
            if len(self._names) > _MOST_MEMBERS:
                self._checked = None
                return
            self._hold()
        super().meet(value)

    def _hold(self) -> None:
        """Make the type of objects with all names that were met."""
        held = fields_type(Fields, dict.fromkeys(self._names, Any))
        self._checked = list[held | None] if self._in_array else held  # type: ignore[valid-type] # made at run time
        self._members = [(held.attributes[name], coerce) for name, coerce in self._declared.items()]

    def _of_members(self, value: Any) -> Any:
        """Coerce the declared members in place; none if one cannot be."""
        changed = []
        for each in value if self._in_array else (value,):
            if each is None:
                continue
            for attribute, coerce in self._members:
                member = getattr(each, attribute)
                if member is not None and member is not UNSET:
                    changed.append((each, attribute, coerce(member)))
        for each, attribute, coerced in changed:
            setattr(each, attribute, coerced)
        return value


def _checked_type(schema: Mapping[str, Any]) -> Any:
    """Return the type by which C code checks values, ``None`` where each needs a look."""
    match only_type(schema):
        case "string" if schema.get("format") == "date-time":
            return None
        case "array":
            item = _checked_type(schema.get("items") or {})
            return None if item is None else list[item | None]  # type: ignore[valid-type] # built from a schema
        case "object" if not schema.get("properties"):
            return dict[str, Any]
        case name:
            return _SCALARS.get(name)
