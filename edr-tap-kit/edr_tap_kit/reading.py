"""Read a range of positions completely while its rows change.

Two readers, each a generator of pages of rows; what makes each complete is argued in
``docs/correctness.md``. Positions are integers on the vendor's own time axis (ms or s). A
``Page`` says by itself whether more rows follow it; deciding that is the vendor client's part.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from edr_tap_kit.errors import EdrTapError

Row = dict[str, Any]
T = TypeVar("T")
Position = Callable[[Row], int | None]
Identity = Callable[[Row], Hashable]

_PARTS = 32
_LOOKS = 3
_PATIENCE = 5


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


class OrderNotHonoured(EdrTapError):
    """The rows did not come in the order that was asked for."""


class FilterNotHonoured(EdrTapError):
    """Rows came from outside the range that was asked for."""


RangeFetch = Callable[[int | None, int | None, int], Page]
"""``fetch(low, high, offset)``: rows in [low, high], both inclusive, from ``offset`` on."""


def read_ascending(  # noqa: PLR0913 (a range, its clock and how to read a row)
    fetch: RangeFetch,
    read_at: Callable[[int], Iterator[list[Row]]],
    start: int | None,
    end: int | None,
    now: int,
    position: Position,
    identity: Identity,
) -> Iterator[list[Row]]:
    """Read [start, end] by keyset stepping: ask again from the last position reached.

    Needs rows sorted by ``position``, ascending. No offset is used; ``read_at`` reads a position
    that holds more rows than a page. Past ``now``, where rows that change while they are read
    collect, it ends when several pages in a row hold only rows met there before.

    Raises:
        OrderNotHonoured: Rows came in another order; nothing of that page was yielded.
        FilterNotHonoured: Rows came from before the range.
    """
    low = start
    at_low: set[Hashable] = set()
    past_now: set[Hashable] = set()
    stale = 0
    page, at = _first_page(fetch, low, end, position)
    while True:
        identities = list(map(identity, page.rows))
        if low is not None and low > now:
            stale = stale + 1 if past_now.issuperset(identities) else 0
            if stale > _PATIENCE:
                return
            past_now.update(identities)
        yield [row for row, known in zip(page.rows, identities, strict=True) if known not in at_low]
        # A short page should be the last. When the vendor counts more, only a page without news is.
        if not page.more and (at_low.issuperset(identities) or (page.total or 0) <= len(page.rows)):
            return
        last = next((moment for moment in reversed(at) if moment is not None), None)
        if last is None:
            if not page.more:
                return
            raise OrderNotHonoured("a full page without a single readable position")
        if last == low:
            yield from read_at(last)
            low, at_low = last + 1, set()
        else:
            low = last
            at_low = {known for known, moment in zip(identities, at, strict=True) if moment == last}
        page, at = _sorted_page(fetch, low, end, position)
        if at_low and not page.rows:  # there were rows at this position a moment ago
            page, at = _sorted_page(fetch, low, end, position)


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


def check_range(page: Page, low: int | None, high: int | None, position: Position) -> Page:
    """Return a page; raise ``FilterNotHonoured`` when a row of it lies outside [low, high]."""
    for at in map(position, page.rows):
        if at is not None and not (low is None or low <= at) & (high is None or at <= high):
            raise FilterNotHonoured("rows came from outside the range that was asked for")
    return page


def believed(fetch: Callable[[], Page], checked: Callable[[Page], T]) -> T:
    """Return what a check makes of an answer, which is asked for again when it does not pass.

    One wrong answer may be a stale one, meant for another request; several are how the vendor is.

    Raises:
        OrderNotHonoured, FilterNotHonoured: The check's, of the last answer.
    """
    for _ in range(_LOOKS - 1):
        try:
            return checked(fetch())
        except (OrderNotHonoured, FilterNotHonoured):
            continue
    return checked(fetch())


class _Sorted(NamedTuple):
    """A page whose rows are sorted by position, and these positions."""

    page: Page
    at: list[int | None]


def _sorted_page(
    fetch: RangeFetch, low: int | None, high: int | None, position: Position
) -> _Sorted:
    """Return the first page of a range, sorted and from nowhere else."""

    def checked(page: Page) -> _Sorted:
        at = list(map(position, page.rows))
        known = [each for each in at if each is not None]
        if known != sorted(known):
            raise OrderNotHonoured("the rows are not sorted as asked")
        if known and low is not None and known[0] < low:
            raise FilterNotHonoured("rows came from outside the range that was asked for")
        return _Sorted(page, at)

    return believed(lambda: fetch(low, high, 0), checked)


def _first_page(
    fetch: RangeFetch, low: int | None, high: int | None, position: Position
) -> _Sorted:
    """Return the first page of a range, after a look for rows that should have come before it.

    A page of few positions may look sorted by chance.
    """
    page, at = _sorted_page(fetch, low, high, position)
    first = next((each for each in at if each is not None), None)
    if page.more and first is not None and (low is None or low < first):
        # Two before, because a fetch may ask for one more than it must; where that leaves a row
        # out, it lies next to the page's own.
        before = fetch(low, first - 2, 0).rows
        if any(each < first for each in map(position, before) if each is not None):
            raise OrderNotHonoured("the rows are not sorted as asked")
    return _Sorted(page, at)


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
