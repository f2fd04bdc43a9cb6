"""Schema drift: fields that were never announced, and fields that change their type."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Mapping

Row = dict[str, Any]


@dataclass(frozen=True)
class Drift:
    """What befalls every ``every``-th row (by a hash of its key), at ``since`` or newer."""

    add: Mapping[str, Any] = field(default_factory=dict)
    retype: tuple[str, ...] = ()
    every: int = 3
    since: int | None = None

    def concerns(self, key: str, moved: int | None) -> bool:
        """Tell whether a row drifts; ``moved`` is its newest time."""
        if self.since is not None and (moved is None or moved < self.since):
            return False
        return crc32(key.encode()) % self.every == 0

    def applied(self, row: Row) -> Row:
        """Return the drifted row."""
        changed = {name: retyped(row[name]) for name in self.retype if name in row}
        return {**row, **changed, **self.add}


def retyped(value: object) -> object:
    """Return a value as another version of the API might print it."""
    match value:
        case None:
            return None
        case bool():
            return "YES" if value else "NO"
        case int() | float():
            return str(value)
        case str():
            return [value]
        case list() if all(isinstance(item, str) for item in value):
            return ",".join(value)
        case _:
            return json.dumps(value)
