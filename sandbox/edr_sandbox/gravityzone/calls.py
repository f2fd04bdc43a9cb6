"""A call of a method, the rows of the method table, and paging."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from edr_sandbox.gravityzone.checks import Check, refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from edr_sandbox.gravityzone.switches import Switches
    from edr_sandbox.gravityzone.world import World

Row = TypeVar("Row")


@dataclass(frozen=True)
class Call:
    """A request that passed the checks of its method."""

    world: World
    version: str
    params: dict[str, Any]

    @property
    def switches(self) -> Switches:
        """The switches in force."""
        return self.world.switches

    def option(self, *path: str) -> object:
        """Return a nested parameter, or ``None`` where any step is missing."""
        value: object = self.params
        for step in path:
            value = value.get(step) if isinstance(value, dict) else None
        return value


@dataclass(frozen=True)
class Method:
    """A row of the method table.

    ``group`` names the rate limit; ``required`` the parameters that may not be missing.
    """

    service: str
    name: str
    versions: tuple[str, ...]
    answer: Callable[[Call], object]
    params: Mapping[str, Check] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    group: str = "general"

    def checked(self, params: dict[str, Any]) -> dict[str, Any]:
        """Return the parameters, or refuse those that are unknown, missing or wrong."""
        for name in params:
            if name not in self.params:
                raise refuse(f"Unexpected parameter '{name}'.")
        for name in self.required:
            if name not in params:
                raise refuse(f"The required parameter '{name}' is missing.")
        return {name: self.params[name](name, value) for name, value in params.items()}


def page_of(
    call: Call, rows: Sequence[Row], render: Callable[[Row], dict[str, Any]], per_page: int
) -> dict[str, Any]:
    """Return the asked page in the classic shape, ``total`` and ``pagesCount`` on every page."""
    answer = _whole_page(call, rows, render, per_page)
    return _without_totals(answer) if call.switches.totals_absent else answer


def _whole_page(
    call: Call, rows: Sequence[Row], render: Callable[[Row], dict[str, Any]], per_page: int
) -> dict[str, Any]:
    switches = call.switches
    page, size = call.params.get("page", 1), call.params.get("perPage", per_page)
    pages = -(-len(rows) // size)
    items = [render(row) for row in rows[(page - 1) * size : page * size]]
    if switches.duplicate_rows and items:
        items.append(copy.deepcopy(items[0]))
    if switches.empty_page is not None:
        pages = max(pages, switches.empty_page)
        items = [] if page == switches.empty_page else items
    return {
        "total": None if switches.total_null else len(rows),
        "page": page,
        "perPage": size,
        "pagesCount": pages,
        "items": items,
    }


def array_of(call: Call, items: list[dict[str, Any]]) -> object:
    """Return a plain array, or the page-like object that some clouds wrap it in."""
    return {"items": items} if call.switches.arrays_wrapped else items


def newer_page_of(
    call: Call, rows: Sequence[Row], render: Callable[[Row], dict[str, Any]], per_page: int
) -> dict[str, Any]:
    """Return the asked page in the shape of v1.1: totals on page 1, ``hasMoreRecords`` always."""
    answer = _whole_page(call, rows, render, per_page)
    answer["hasMoreRecords"] = answer["page"] < answer["pagesCount"]
    return _without_totals(answer) if answer["page"] > 1 else answer


def _without_totals(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name not in {"total", "pagesCount"}}
