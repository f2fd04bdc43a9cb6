"""Answer a list call: select, cut the page, shape the rows and count."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from edr_sandbox.cortex_xdr.query import DEEP, ListSpec, Query, parse
from edr_sandbox.cortex_xdr.replies import invalid
from edr_sandbox.cortex_xdr.shapes import disguised
from edr_sandbox.cortex_xdr.table import Entry, Table, View

if TYPE_CHECKING:
    from edr_sandbox.cortex_xdr.switches import Switches
    from edr_sandbox.cortex_xdr.world import World


@dataclass(frozen=True)
class Page:
    """Rows of a page, its window, and how many rows match and how many there are."""

    rows: list[dict[str, Any]]
    start: int
    stop: int
    matching: int
    stored: int


def listing(
    world: World, switches: Switches, spec: ListSpec, data: dict[str, Any]
) -> dict[str, Any]:
    """Return the ``reply`` of a list call."""
    page = page_of(world, switches, spec, data)
    reply = _counted(page.matching, page.rows, spec, switches)
    if spec.table == "incidents" and reply:
        reply["restricted_incident_ids"] = sorted(world.tables["incidents"].hidden)
    return reply


def page_of(
    world: World, switches: Switches, spec: ListSpec, data: dict[str, Any], skip: int = 0
) -> Page:
    """Return a page; ``skip`` moves its window by that many rows."""
    query = parse(data, spec, switches)
    query = replace(query, start=query.start + skip, stop=query.stop + skip)
    if query.stop > DEEP and switches.deep_offsets == "refused":
        raise invalid(f"Result window is too large, at most {DEEP}", "search_to", given=query.stop)
    view = select(world.tables[spec.table], query)
    stop = min(query.stop, DEEP) if switches.deep_offsets == "empty" else query.stop
    size = query.stop - query.start
    keys = view.page(query.start, stop, descending=query.descending, salt=size)
    aligned = switches.event_arrays == "aligned"
    rows = [
        disguised(spec.table, key, row, switches)
        for key in keys
        for row in (world.emitted(spec.table, key, spec.shape, aligned=aligned),)
    ]
    table = world.tables[spec.table]
    stored = len(table.rows) - len(table.hidden)
    return Page(rows, query.start, query.stop, view.count, stored)


def said(total: int, rows: int, switches: Switches) -> int | None:
    """Return a total as the tenant tells it."""
    if switches.total == "true":
        return total
    return rows // 2 if switches.total == "smaller" else None


def select(table: Table, query: Query) -> View:
    """Return all rows that match, in ascending order of the sort column."""
    ranges = query.ranges
    if not query.tests and set(ranges) <= {query.column}:
        low, high = ranges.get(query.column, (None, None))
        if low is None or high is None:
            entries = table.index(query.column)
            return View(entries, 0, len(entries))
        return table.span(query.column, low, high)
    return table.result(query.name, lambda: _scan(table, query))


def _scan(table: Table, query: Query) -> list[Entry]:
    spans = [table.span(column, *bounds) for column, bounds in query.ranges.items()]
    if spans:
        best = min(spans, key=lambda span: span.count)
        keys = [key for _, key in best.entries[best.low : best.high]]
    else:
        keys = [key for key, _ in table.visible()]
    value = table.columns[query.column]
    bounds = [(table.columns[name], low, high) for name, (low, high) in query.ranges.items()]
    found = []
    for key in keys:
        row = table.rows[key]
        inside = all(low <= column(row) <= high for column, low, high in bounds)
        if inside and all(test(row) for test in query.tests):
            found.append((value(row), key))
    return sorted(found)


def _counted(
    total: int, rows: list[dict[str, Any]], spec: ListSpec, switches: Switches
) -> dict[str, Any]:
    if total == 0:
        counts = {"null": None, "zero": 0}
        reply: dict[str, Any] = {}
        if switches.empty_counts != "missing":
            held = counts[switches.empty_counts]
            reply = {"total_count": held, "result_count": held}
        if switches.empty_list != "missing":
            reply[spec.list_key] = [] if switches.empty_list == "list" else None
        return reply
    pinned = total if spec.pinned is None or total < 10_000 else spec.pinned
    count = said(pinned, len(rows), switches)
    return {"total_count": count, "result_count": len(rows), spec.list_key: rows}
