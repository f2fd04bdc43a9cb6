"""A vendor's table in memory that changes between two answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from edr_tap_kit.pages import Page
from hypothesis import strategies as st

NOW = 100
Row = dict[str, Any]

# What happens to the table after an answer: nothing, or one thing to the row of that rank.
CHANGES = st.tuples(st.sampled_from(["change", "appear", "vanish", "tick"]), st.integers(0, 60))
SCRIPTS = st.lists(st.lists(CHANGES, max_size=3), max_size=12)
# Few positions for many rows: ties larger than a page.
POSITIONS = st.lists(st.integers(0, 12), max_size=60)


@dataclass
class Table:
    """Rows ``{"id", "at"}``; a changed row moves to the vendor's clock, as a new one does."""

    positions: list[int]
    script: list[list[tuple[str, int]]]
    size: int
    cap: int = 10**9
    total_of: Callable[[int], int | None] = lambda count: count
    requests: int = 0
    clock: int = NOW + 1
    at: dict[int, int] = field(init=False)

    def __post_init__(self) -> None:
        self._script = list(self.script)
        # Ids neither in the order of the positions nor in that of appearance.
        self.at = {number * 7 % 61: at for number, at in enumerate(self.positions)}
        self.throughout = set(self.at)

    def rows(self, low: int | None, high: int | None, order: Callable[[Row], Any]) -> list[Row]:
        """Return the rows of [low, high] as they are now."""
        rows = [{"id": key, "at": at} for key, at in self.at.items()]
        inside = [
            row for row in rows
            if (low is None or low <= row["at"]) and (high is None or row["at"] <= high)
        ]  # fmt: skip
        return sorted(inside, key=order)

    def answer(self, rows: list[Row], offset: int) -> Page:
        """Return a page of the rows; then let the table move on."""
        assert offset <= self.cap, f"offset {offset} is refused"
        self.requests += 1
        page = rows[offset : offset + self.size]
        for what, rank in self._script.pop(0) if self._script else ():
            self._happen(what, rank)
        return Page(page, len(page) == self.size, self.total_of(len(rows)))

    def ranged(self, low: int | None, high: int | None, offset: int) -> Page:
        """Answer as a vendor that sorts by the filtered field."""
        return self.answer(self.rows(low, high, lambda row: (row["at"], row["id"])), offset)

    def unsorted(self, low: int, high: int) -> Page:
        """Answer as a vendor that filters and does not sort."""
        return self.answer(self.rows(low, high, lambda row: row["id"] * 31 % 17), 0)

    def listed(self, offset: int) -> Page:
        """Answer a page of the whole table by a fixed order."""
        return self.answer(self.rows(None, None, lambda row: row["id"]), offset)

    def _happen(self, what: str, rank: int) -> None:
        key = sorted(self.at)[rank % len(self.at)] if self.at else None
        if what == "tick":
            self.clock += 1
        elif what == "appear":
            self.at.setdefault(100 + rank if rank % 2 else -rank, self.clock)
        elif key is not None and what == "change":
            self.at[key] = self.clock
        elif key is not None:
            del self.at[key]
            self.throughout.discard(key)


def identity(row: Row) -> int:
    return int(row["id"])


def position(row: Row) -> int:
    return int(row["at"])
