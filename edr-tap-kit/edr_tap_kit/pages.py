"""Pages of rows, as readers take them from a vendor's client.

Positions are integers on the vendor's own time axis (ms or s). A :class:`Page` says by itself
whether more rows follow it; deciding that is the vendor client's part.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, ItemsView, KeysView
from dataclasses import dataclass, field
from typing import Any, Protocol

from edr_tap_kit.errors import EdrTapError


class Row(Protocol):
    """A row as a vendor sends it: a dictionary, or what is read like one."""

    def get(self, name: str, /) -> Any:
        """Return a member, or ``None``."""

    def __getitem__(self, name: str, /) -> Any: ...

    def __contains__(self, name: object, /) -> bool: ...

    def keys(self) -> KeysView[str]:
        """Return the members' names."""

    def items(self) -> ItemsView[str, Any]:
        """Return the members."""


Position = Callable[[Row], int | None]
Identity = Callable[[Row], Hashable]


@dataclass(frozen=True)
class Page:
    """Rows of one answer, whether the vendor holds more behind them, and its total if it says.

    ``rest_until`` is the position at or before which all further rows lie, where the order of the
    rows shows it.
    """

    rows: list[Row]
    more: bool
    total: int | None = None
    rest_until: int | None = None


@dataclass(frozen=True)
class SortedPage(Page):
    """A page whose rows are sorted by position; ``at`` are these positions."""

    at: list[int | None] = field(default_factory=list)

    @property
    def first(self) -> int | None:
        """The first position that a row shows, if any does."""
        return next((each for each in self.at if each is not None), None)

    @property
    def last(self) -> int | None:
        """The last position that a row shows, if any does."""
        return next((each for each in reversed(self.at) if each is not None), None)

    @classmethod
    def of(cls, page: Page, position: Position) -> SortedPage | None:
        """Return a page with its positions; ``None`` when it is not sorted by them."""
        at = list(map(position, page.rows))
        known = [each for each in at if each is not None]
        return cls(page.rows, page.more, page.total, at=at) if known == sorted(known) else None


class OrderNotHonoured(EdrTapError):
    """The rows did not come in the order that was asked for."""


class FilterNotHonoured(EdrTapError):
    """Rows came from outside the range that was asked for."""


RangeFetch = Callable[[int | None, int | None, int], Page]
"""``fetch(low, high, offset)``: rows in [low, high], both inclusive, from ``offset`` on."""
