"""Rows that are not what they were: new members, and members of another type on some rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Callable

_RETYPES: dict[str, Callable[[Any], Any]] = {
    "string": str,
    "null": lambda _: None,
    "object": lambda value: {"value": value},
    "array": lambda value: [value],
    "integer": lambda value: crc32(str(value).encode()),
    "boolean": bool,
}


@dataclass
class Drift:
    """Members added to the rows of a stream, and types changed, on every ``every``-th row.

    Names may be paths (``details.computerIp``). ``retype`` names ``string``, ``null``,
    ``object``, ``array``, ``integer`` or ``boolean`` for each member; members that a row lacks stay
    absent.
    """

    add: dict[str, Any] = field(default_factory=dict)
    retype: dict[str, str] = field(default_factory=dict)
    every: int = 1

    def __post_init__(self) -> None:
        for kind in self.retype.values():
            if kind not in _RETYPES:
                raise ValueError(f"no such type: {kind}")
        if self.every < 1:
            raise ValueError("every must be at least 1")

    def apply(self, row: dict[str, Any], identifier: str) -> dict[str, Any]:
        """Change a row in place, if it is one of those concerned, and return it."""
        if crc32(identifier.encode()) % self.every:
            return row
        for path, value in self.add.items():
            holder, name = _holder(row, path)
            if holder is not None:
                holder[name] = value
        for path, kind in self.retype.items():
            holder, name = _holder(row, path)
            if holder is not None and name in holder:
                holder[name] = _RETYPES[kind](holder[name])
        return row


def _holder(row: dict[str, Any], path: str) -> tuple[dict[str, Any] | None, str]:
    *parents, name = path.split(".")
    holder: object = row
    for parent in parents:
        holder = holder.get(parent) if isinstance(holder, dict) else None
    return (holder if isinstance(holder, dict) else None), name
