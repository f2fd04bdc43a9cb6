"""Read a range or a table completely while it changes.

Four readers, each a generator of pages of rows; what makes each complete is argued in
``docs/correctness.md``. Positions are integers on the vendor's own time axis (ms or s). A
``Page`` says by itself whether more rows follow it; deciding that is the vendor client's part.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import Any

from edr_tap_kit.errors import EdrTapError, StreamError

Row = dict[str, Any]
Position = Callable[[Row], int | None]
Identity = Callable[[Row], Hashable]

_STEPS_BACK = 50
_SCANS = 4
_PARTS = 32


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


class OrderNotHonoured(EdrTapError):  # noqa: N818
    """The rows did not come in the order that was asked for."""


class FilterNotHonoured(EdrTapError):  # noqa: N818
    """Rows came from outside the range that was asked for."""


RangeFetch = Callable[[int | None, int | None, int], Page]
"""``fetch(low, high, offset)``: rows in [low, high], both inclusive, from ``offset`` on."""


def read_ascending(  # noqa: PLR0913 (a range, its clock and how to read a row)
    fetch: RangeFetch,
    start: int | None,
    end: int | None,
    now: int,
    position: Position,
    identity: Identity,
) -> Iterator[list[Row]]:
    """Read [start, end] by keyset stepping: ask again from the last position reached.

    Needs rows sorted by ``position``, ascending. No offset is used but inside one position.
    Past ``now``, where rows that change while they are read collect, it ends at the first page
    that holds only rows met there before.

    Raises:
        OrderNotHonoured: Rows came in another order; nothing of that page was yielded.
        FilterNotHonoured: Rows came from before the range.
    """
    low = start
    at_low: set[Hashable] = set()
    past_now: set[Hashable] = set()
    while True:
        page = fetch(low, end, 0)
        positions = _ascending(page, low, position)
        _check_nothing_before(fetch, low, page, position)
        identities = {identity(row) for row in page.rows}
        if low is not None and low > now:
            if identities <= past_now:
                return
            past_now |= identities
        yield [row for row in page.rows if identity(row) not in at_low]
        if not page.more:
            return
        if not positions:
            raise OrderNotHonoured("a full page without a single readable position")
        last = positions[-1]
        if last == low:
            yield from read_one_position(fetch, last, identity)
            low, at_low = last + 1, set()
        else:
            low = last
            at_low = {identity(row) for row in page.rows if position(row) == last}


def read_one_position(fetch: RangeFetch, at: int, identity: Identity) -> Iterator[list[Row]]:
    """Read all rows that share one position, by pages that overlap."""
    yield from read_overlapping(lambda offset: fetch(at, at, offset), identity)


def read_by_bisection(
    fetch: Callable[[int, int], Page],
    read_at: Callable[[int], Iterator[list[Row]]],
    start: int,
    end: int,
    now: int,
) -> Iterator[tuple[list[Row], int]]:
    """Read [start, end] in windows that each fit into a single answer, oldest window first.

    Yields the rows of a window in the vendor's order, with the upper end of the window. A single
    answer is a moment's picture: nothing moves between the pages of a window. ``read_at`` reads a
    single position that holds more rows than an answer.
    """
    windows = [(start, end)]
    while windows:
        low, high = windows.pop()
        page = fetch(low, high)
        if not page.more:
            yield page.rows, high
        elif low == high:
            for rows in read_at(low):
                yield rows, high
        else:
            windows += reversed(_parts(low, high, now, page))


def read_overlapping(fetch: Callable[[int], Page], identity: Identity) -> Iterator[list[Row]]:
    """Read a table by offsets whose pages overlap by one row.

    The overlap is the proof that nothing slipped between two pages: when no row of the page before
    is met again, rows before it vanished, and the reader steps back until one is.

    Raises:
        StreamError: The table moves faster than it can be read.
    """
    offset, before, steps_back = 0, set[Hashable](), 0
    while True:
        page = fetch(offset)
        identities = [identity(row) for row in page.rows]
        if offset and not before.intersection(identities):
            steps_back += 1
            if steps_back > _STEPS_BACK:
                raise StreamError("rows vanish faster than they can be read. Run again later.")
            offset = max(0, offset - max(1, len(before) // 2))
            continue
        yield [row for row, known in zip(page.rows, identities, strict=True) if known not in before]
        if not page.more:
            return
        if len(page.rows) == 1 and before:
            raise StreamError("pages of one row cannot overlap: raise page_size to 2 or more.")
        offset, before = offset + max(1, len(page.rows) - 1), set(identities)


def read_agreeing_scans(fetch: Callable[[int], Page], identity: Identity) -> Iterator[list[Row]]:
    """Read a table by page numbers from 1, until a scan agrees with the vendor's total.

    One page is complete by itself. Several are, when the rows seen are as many as the first page
    promised and the first page, read again, promises the same; else the table is scanned again.

    Raises:
        StreamError: No scan agreed; all rows that were seen have been yielded.
    """
    promised: int | None = None
    for _ in range(_SCANS):
        seen: set[Hashable] = set()
        number = 1
        page = first = fetch(number)
        while True:
            seen.update(map(identity, page.rows))
            yield page.rows
            if not page.more:
                break
            number += 1
            page = fetch(number)
        if number == 1:
            return
        promised = fetch(1).total
        if first.total is None or (first.total == promised and len(seen) == promised):
            return
    raise StreamError(
        f"the table kept changing: {_SCANS} scans read another number of rows than the vendor "
        f"promised ({promised}). What was read is written; run again for the rest."
    )


def check_range(page: Page, low: int | None, high: int | None, position: Position) -> None:
    """Raise ``FilterNotHonoured`` when a row lies outside [low, high]."""
    for at in map(position, page.rows):
        if at is not None and not (low is None or low <= at) & (high is None or at <= high):
            raise FilterNotHonoured("rows came from outside the range that was asked for")


def _ascending(page: Page, low: int | None, position: Position) -> list[int]:
    positions = [at for at in map(position, page.rows) if at is not None]
    if positions != sorted(positions):
        raise OrderNotHonoured("the rows are not sorted as asked")
    check_range(page, low, None, position)
    return positions


def _check_nothing_before(
    fetch: RangeFetch, low: int | None, page: Page, position: Position
) -> None:
    """Raise ``OrderNotHonoured`` when a full page of one position hides rows before it.

    Such a page looks sorted in any order.
    """
    positions = {at for at in map(position, page.rows) if at is not None}
    if not page.more or len(positions) != 1 or positions == {low}:
        return
    (only,) = positions
    # Two before, because a fetch may ask for one more than it must; where that leaves a row out,
    # it lies next to the page's own.
    before = fetch(low, only - 2, 0).rows
    if any(at < only for at in map(position, before) if at is not None):
        raise OrderNotHonoured("the rows are not sorted as asked")


def _parts(low: int, high: int, now: int, page: Page) -> list[tuple[int, int]]:
    """Split a window that overflowed; the future apart, because hardly anything lies there."""
    if low <= now < high:
        return [(low, now), (now + 1, high)]
    if page.rest_until is not None:
        at = min(max(page.rest_until, low), high - 1)
        return [(low, at), (at + 1, high)]
    parts = 2
    if page.total is not None and page.rows:
        parts = min(_PARTS, max(2, 1 + 3 * page.total // (2 * len(page.rows))))
    size = max(1, -(-(high - low + 1) // parts))
    return [(at, min(high, at + size - 1)) for at in range(low, high + 1, size)]
