"""What makers of rows may know of the world around a row."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from edr_sandbox.gravityzone.generate import DAY, new_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

    from edr_sandbox.gravityzone.inventory import Inventory
    from edr_sandbox.gravityzone.records import Company, Endpoint
    from edr_sandbox.gravityzone.tables import Row

Values = dict[str, Any]


@dataclass
class Facts:
    """The surroundings of new rows; made anew whenever rows are made."""

    rng: Random
    inventory: Inventory
    tables: Mapping[str, Mapping[str, Row]]

    @cached_property
    def endpoints(self) -> dict[str, list[Endpoint]]:
        """The endpoints of each company that has any."""
        found: dict[str, list[Endpoint]] = {}
        for one in self.inventory.endpoints.values():
            found.setdefault(one.company, []).append(one)
        return found

    def endpoint(self, company: Company) -> Endpoint | None:
        """Return any endpoint of a company, or ``None`` where there is none."""
        local = self.endpoints.get(company.id)
        return self.rng.choice(local) if local else None

    def company(self) -> Company:
        """Return any company; the root is as likely as all others together."""
        companies = list(self.inventory.companies.values())
        return companies[0] if self.rng.random() < 0.5 else self.rng.choice(companies)

    def id(self, born: int) -> str:
        """Return a new identifier."""
        return new_id(self.rng, born)

    def hex(self, digits: int) -> str:
        """Return hexadecimal digits."""
        return f"{self.rng.getrandbits(4 * digits):0{digits}x}"

    def before(self, at: int, days: float) -> int:
        """Return an instant within the days before another."""
        return at - self.rng.randrange(1, max(2, int(days * DAY)))

    def pick(self, *choices: object) -> Any:
        """Return one of a few values."""
        return self.rng.choice(choices)

    def chance(self) -> bool:
        """Toss a coin."""
        return self.rng.random() < 0.5

    def some(self, choices: Sequence[str], most: int) -> list[str]:
        """Return between one and ``most`` of a few texts."""
        return self.rng.sample(choices, self.rng.randint(1, most))


@dataclass
class Made:
    """The values of a new row: what lists show of it, and what only its details do.

    Names that begin with an underscore are never shown.
    """

    shown: Values
    details: Values | None = None
