"""Rows of a vendor that cost next to nothing: serialised once, ids and times spliced in.

Row ``number`` (from 0) of every table lies at its :func:`moment_of`, so that a range of times is a
range of numbers, found without a look at any row.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Self

FIRST_MOMENT = 1_735_689_600_000  # 2025-01-01, epoch ms
SPACING = 1_037  # ms from a row to the next
_TIE = 500  # of so many rows, two share a moment
_LEAST_TIME = 10**12  # a larger number in a sample is a time in epoch ms
_ID = "@id"
_PLACE = re.compile(rb'"@(?:id|at(-?\d+))"')


def moment_of(number: int) -> int:
    """Return when a row was stored, epoch ms; never before the row in front of it."""
    return FIRST_MOMENT + (number - (number % _TIE == _TIE - 1)) * SPACING


def first_from(moment: int) -> int:
    """Return the number of the first row at or after a moment (epoch ms)."""
    number = max(0, -((FIRST_MOMENT - moment) // SPACING))
    return number + (number % _TIE == _TIE - 1)


@dataclass(frozen=True)
class Pattern:
    """The JSON of a row with places for its id and its times (epoch ms).

    ``offsets`` are the distances of the times from the row's moment (ms), in the order of their
    places; ``None`` is the place of the id.
    """

    text: bytes
    offsets: tuple[int | None, ...]

    @classmethod
    def of(cls, row: dict[str, Any], key: str, moment: int) -> Self:
        """Return the pattern of a sample row that was stored at ``moment`` (epoch ms)."""
        sample = _with_places({**row, key: _ID}, moment)
        text = json.dumps(sample, separators=(",", ":")).encode().replace(b"%", b"%%")
        offsets = [int(offset) if offset else None for offset in _PLACE.findall(text)]
        text = _PLACE.sub(lambda place: b"%d" if place[1] else b'"%d"', text)
        return cls(text, tuple(offsets))

    def row(self, number: int) -> bytes:
        """Return the JSON of a row; its id counts from 1."""
        moment = moment_of(number)
        return self.text % tuple(
            number + 1 if offset is None else moment + offset for offset in self.offsets
        )


def _with_places(value: Any, moment: int) -> Any:
    if isinstance(value, dict):
        return {name: _with_places(each, moment) for name, each in value.items()}
    if isinstance(value, list):
        return [_with_places(each, moment) for each in value]
    if isinstance(value, int) and value > _LEAST_TIME:
        return f"@at{value - moment}"
    return value
