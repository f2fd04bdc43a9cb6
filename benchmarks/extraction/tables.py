"""Markdown tables."""

from __future__ import annotations

from collections.abc import Sequence

from typing_extensions import override


class Table:
    """A titled table; its first column is text, the others are numbers."""

    def __init__(self, title: str, columns: Sequence[str]) -> None:
        self._title = title
        self._rows = [list(columns), ["---", *["---:"] * (len(columns) - 1)]]

    def add(self, *cells: str) -> None:
        """Append a row."""
        self._rows.append(list(cells))

    @override
    def __str__(self) -> str:
        lines = ["| " + " | ".join(row) + " |" for row in self._rows]
        return f"\n{self._title}\n\n" + "\n".join(lines) + "\n"
