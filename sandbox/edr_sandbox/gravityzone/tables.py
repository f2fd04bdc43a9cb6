"""Tables of rows that come, change and go: everything but the network tree and incidents."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from edr_sandbox.gravityzone.dates import epoch
from edr_sandbox.gravityzone.facts import Facts, Values
from edr_sandbox.gravityzone.kinds import KINDS

if TYPE_CHECKING:
    from random import Random

    from edr_sandbox.gravityzone.inventory import Inventory
    from edr_sandbox.gravityzone.records import Company


@dataclass(slots=True)
class Row:
    """A row of a company: what lists show of it, and what only its details do.

    Instants are epoch seconds; values whose names begin with an underscore are never shown.
    """

    id: str
    company: str
    values: Values = field(default_factory=dict)
    details: Values = field(default_factory=dict)


class Tables:
    """All tables by name, each with its rows by id in the order in which they came to be."""

    def __init__(self, rng: Random, inventory: Inventory) -> None:
        self._rng = rng
        self._inventory = inventory
        self.rows: dict[str, dict[str, Row]] = {name: {} for name in KINDS}
        # Members set in the details of companies and endpoints, by their ids.
        self.overrides: dict[str, Values] = {}

    def facts(self) -> Facts:
        """Return the surroundings of rows to be made now."""
        return Facts(self._rng, self._inventory, self.rows)

    def table(self, name: str) -> dict[str, Row]:
        """Return the rows of a table by id."""
        if name not in self.rows:
            raise ValueError(f"no such table: {name}")
        return self.rows[name]

    def of_company(self, name: str, *companies: str) -> list[Row]:
        """Return the rows of a table that belong to some companies."""
        return [row for row in self.rows[name].values() if row.company in companies]

    def subtasks(self, task_id: str) -> list[Row]:
        """Return the sub-tasks of a task."""
        rows = self.rows["scan_task_subtasks"].values()
        return [row for row in rows if row.values["_task"] == task_id]

    def add(self, facts: Facts, name: str, company: Company, at: int, given: Values) -> Row:
        """Make a row out of what is given and what its maker invents."""
        table, given = self.table(name), dict(given)
        made = KINDS[name].make(facts, company, at, given)
        row = Row(str(given.pop("id", facts.id(at))), company.id, made.shown, made.details or {})
        table[row.id] = row
        self.change(name, row.id, given)
        return row

    def change(self, name: str, row_id: str, values: Values) -> None:
        """Set values of a row; ``KeyError`` when there is none."""
        row = self.table(name)[row_id]
        for member, value in values.items():
            holder = row.details if member in row.details else row.values
            holder[member] = _instant(value) if member in KINDS[name].times else value

    def remove(self, name: str, row_id: str) -> None:
        """Forget a row; ``KeyError`` when there is none."""
        del self.table(name)[row_id]


def _instant(value: object) -> object:
    """Return epoch seconds of a time; anything else, such as "" or ``None``, as it is."""
    if isinstance(value, datetime):
        return epoch(value)
    return epoch(datetime.fromisoformat(value)) if isinstance(value, str) and value else value
