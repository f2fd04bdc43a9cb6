"""Rows of one stream under sorted indexes, so that a page of a large table costs little."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any
from zlib import crc32

Row = dict[str, Any]
Entry = tuple[Any, str]
Column = Callable[[Row], Any]

_VALUE = itemgetter(0)


@dataclass(frozen=True)
class View:
    """The entries of an index between ``low`` (inclusive) and ``high`` (exclusive)."""

    entries: list[Entry]
    low: int
    high: int

    @property
    def count(self) -> int:
        """Number of entries in view."""
        return self.high - self.low

    def page(self, start: int, stop: int, *, descending: bool, salt: int) -> list[str]:
        """Return the keys of a page; the order among equals depends on ``salt``."""
        start, stop = min(start, self.count), min(stop, self.count)
        if start >= stop:
            return []
        first, last = self.low + start, self.low + stop
        if descending:
            first, last = self.high - stop, self.high - start
        left = bisect_left(self.entries, self.entries[first][0], self.low, self.high, key=_VALUE)
        right = bisect_right(
            self.entries, self.entries[last - 1][0], self.low, self.high, key=_VALUE
        )
        run = self.entries[left:right]
        run.sort(key=lambda entry: (entry[0], crc32(f"{salt}:{entry[1]}".encode())))
        keys = [key for _, key in run[first - left : last - left]]
        return keys[::-1] if descending else keys


class Table:
    """Rows by key. A stored row is never changed, only replaced, so rows may be handed out."""

    def __init__(self, name: str, key: str, columns: Mapping[str, Column]) -> None:
        self.name = name
        self.key = key
        self.columns = dict(columns)
        self.rows: dict[str, Row] = {}
        self.hidden: set[str] = set()
        self._indexes: dict[str, list[Entry]] = {}
        self._results: dict[str, list[Entry]] = {}

    def put(self, row: Row) -> None:
        """Add a row, or replace the one with the same key."""
        key = str(row[self.key])
        if key not in self.hidden:
            self._unindex(key)
            self._index(key, row)
        self.rows[key] = row

    def change(self, key: str, **fields: object) -> None:
        """Replace fields of a row; ``KeyError`` when there is none."""
        self.put({**self.rows[key], **fields})

    def remove(self, key: str) -> None:
        """Take a row away; ``KeyError`` when there is none."""
        if key not in self.hidden:
            self._unindex(key)
        del self.rows[key]
        self.hidden.discard(key)

    def hide(self, key: str) -> None:
        """Put a row out of the sight of the key."""
        if key in self.rows and key not in self.hidden:
            self._unindex(key)
            self.hidden.add(key)

    def show(self, key: str) -> None:
        """Undo :meth:`hide`."""
        if key in self.hidden:
            self.hidden.discard(key)
            self._index(key, self.rows[key])

    def get(self, key: str) -> Row | None:
        """Return a row that the key may see."""
        return None if key in self.hidden else self.rows.get(key)

    def visible(self) -> Iterator[tuple[str, Row]]:
        """Yield the rows that the key may see, oldest first."""
        return ((key, row) for key, row in self.rows.items() if key not in self.hidden)

    def index(self, column: str) -> list[Entry]:
        """Return all visible rows, sorted by a column; built at its first use."""
        if column not in self._indexes:
            value = self.columns[column]
            self._indexes[column] = sorted((value(row), key) for key, row in self.visible())
        return self._indexes[column]

    def span(self, column: str, low: float, high: float) -> View:
        """Return the rows with ``low <= column <= high``."""
        entries = self.index(column)
        first = bisect_left(entries, low, key=_VALUE)
        return View(entries, first, max(first, bisect_right(entries, high, key=_VALUE)))

    def result(self, name: str, build: Callable[[], list[Entry]]) -> View:
        """Return a named selection, kept until the table changes."""
        if name not in self._results:
            if len(self._results) >= 32:
                self._results.clear()
            self._results[name] = build()
        return View(self._results[name], 0, len(self._results[name]))

    def _index(self, key: str, row: Row) -> None:
        self._results.clear()
        for column, entries in self._indexes.items():
            insort(entries, (self.columns[column](row), key))

    def _unindex(self, key: str) -> None:
        self._results.clear()
        old = self.rows.get(key)
        if old is not None:
            for column, entries in self._indexes.items():
                del entries[bisect_left(entries, (self.columns[column](old), key))]
