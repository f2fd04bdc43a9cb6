"""Read a range of positions completely while its rows change.

Two readers, each a generator of pages of rows; what makes each complete is argued in
``docs/correctness.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import closing
from functools import partial
from typing import TypeVar

from edr_tap_kit.ahead import NOT_AHEAD, Ahead, Flight
from edr_tap_kit.pages import (
    FilterNotHonoured,
    Identity,
    OrderNotHonoured,
    Page,
    Position,
    RangeFetch,
    Row,
    SortedPage,
)
from edr_tap_kit.pending import first_then

T = TypeVar("T")

_PARTS = 32
_LOOKS = 3
_PATIENCE = 5


def read_ascending(  # noqa: PLR0913 (a range, its clock and how to read a row)
    fetch: RangeFetch,
    read_at: Callable[[int], Iterator[list[Row]]],
    start: int | None,
    end: int | None,
    now: int,
    position: Position,
    identity: Identity,
    ahead: Callable[[], Ahead] = lambda: NOT_AHEAD,
) -> Iterator[list[Row]]:
    """Read [start, end] by keyset stepping: ask again from the last position reached.

    ``ahead`` is asked after the first answer how far further pages may be asked for ahead.

    Needs rows sorted by ``position``, ascending. No offset is used; ``read_at`` reads a position
    that holds more rows than a page. Past ``now``, where rows that change while they are read
    collect, it ends when several pages in a row hold only rows met there before.

    Raises:
        OrderNotHonoured: Rows came in another order; nothing of that page was yielded.
        FilterNotHonoured: Rows came from before the range.
    """
    page = _sorted_page(partial(fetch, start, end, 0), start, position)
    low, at_low = start, set[Hashable]()
    allowed = ahead()

    def begun(low: int | None) -> Callable[[], SortedPage]:
        """Ask for the page from a position on; what is returned waits for it."""
        ask = first_then(allowed.begun(fetch, low, end), partial(fetch, low, end, 0))
        return partial(_sorted_page, ask, low, position)

    with closing(Flight(allowed, end, position)) as flight:
        # Before any other, because nothing is yielded until it is answered.
        checked = _nothing_before(page, partial(allowed.begun, fetch), low, position)
        flight.ask_behind(page)
        checked()
        treadmill = _Treadmill(now)
        while True:
            flight.ask_behind(page)
            identities = list(map(identity, page.rows))
            if treadmill.turns(low, identities):
                return
            yield _unmet(page, identities, at_low)
            last = _last_position(page)
            if _is_last(page, has_news=not at_low.issuperset(identities)) or last is None:
                return
            following = None
            if last == low:
                flight.forget()
                yield from read_at(last)
                low, at_low = last + 1, set()
            else:
                following = flight.behind(page)
                low = last if following is None else following.at[0]
                at_low = _met_from(low, page, identities)
            if following is None:
                answer = begun(low)
                flight.ask_meanwhile()
                following = answer()
                if at_low and not following.rows:  # there were some at this position a moment ago
                    following = begun(low)()
            page = following


class _Treadmill:
    """Notices that past the present only rows come which were met there before."""

    def __init__(self, now: int) -> None:
        self._now = now
        self._met: set[Hashable] = set()
        self._stale = 0

    def turns(self, low: int | None, identities: list[Hashable]) -> bool:
        """Whether a page from a position, like several before it, brings nothing new."""
        if low is None or low <= self._now:
            return False
        self._stale = self._stale + 1 if self._met.issuperset(identities) else 0
        self._met.update(identities)
        return self._stale > _PATIENCE


def _last_position(page: SortedPage) -> int | None:
    """Return the last position of a page; ``None`` when a page that ends a range has none.

    Raises:
        OrderNotHonoured: More should follow, and there is nothing to go by.
    """
    if page.last is None and page.more:
        raise OrderNotHonoured("a full page without a single readable position")
    return page.last


def _unmet(page: SortedPage, identities: list[Hashable], met: set[Hashable]) -> list[Row]:
    rows = zip(page.rows, identities, strict=True)
    return [row for row, known in rows if known not in met] if met else page.rows


def _met_from(low: int | None, page: SortedPage, identities: list[Hashable]) -> set[Hashable]:
    """Return the rows of a page that lie at or after a position."""
    met = set[Hashable]()
    for known, moment in zip(reversed(identities), reversed(page.at), strict=True):
        if moment is None:
            continue
        if low is None or moment < low:
            break
        met.add(known)
    return met


def _is_last(page: SortedPage, *, has_news: bool) -> bool:
    """Whether a page ends its range: it is short, and nothing says that more rows follow."""
    return not page.more and (not has_news or (page.total or 0) <= len(page.rows))


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


def _sorted_page(fetch: Callable[[], Page], low: int | None, position: Position) -> SortedPage:
    """Return the first page of a range, sorted and from nowhere else."""

    def checked(page: Page) -> SortedPage:
        found = SortedPage.of(page, position)
        if found is None:
            raise OrderNotHonoured("the rows are not sorted as asked")
        if found.first is not None and low is not None and found.first < low:
            raise FilterNotHonoured("rows came from outside the range that was asked for")
        return found

    return believed(fetch, checked)


def _nothing_before(
    page: SortedPage,
    begun: Callable[[int | None, int], Callable[[], Page]],
    low: int | None,
    position: Position,
) -> Callable[[], None]:
    """Look for rows that should have come before a first page; what is returned tells.

    A page of few positions may look sorted by chance.
    """
    first = page.first
    if not page.more or first is None or (low is not None and low >= first):
        return lambda: None
    # Two before, because a fetch may ask for one more than it must; where that leaves a row
    # out, it lies next to the page's own.
    before = begun(low, first - 2)

    def check() -> None:
        """Raise ``OrderNotHonoured`` if there are some."""
        if any(each < first for each in map(position, before().rows) if each is not None):
            raise OrderNotHonoured("the rows are not sorted as asked")

    return check


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
