"""Pages of a sorted range that are asked for before the reader knows where they begin.

Keyset stepping asks for the next page once it has the last position of the one before; a slow
vendor then answers one page a round trip. Here the pages behind the one at hand are asked for by an
offset from a position that was met, several in flight, and taken in their order.

A page is taken only if it begins at or before the last position but one that was met: then nothing
lies between the two, whatever vanished and in whatever order rows of one position come. And only if
it ends in the settled past: a row that changes moves behind that, and never into a page that was
answered already. What cannot be taken is asked for again by keyset stepping.
"""

from __future__ import annotations

import sys
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from edr_tap_kit.errors import EdrTapError, RunError
from edr_tap_kit.pages import Page, Position, RangeFetch, SortedPage
from edr_tap_kit.pending import Pending

# Totals from here on may be a ceiling and no count.
_COUNTED_BELOW = 9_999
_OVERLAP = 2  # rows: the least that shows behind what a page begins
_WIDEST_OVERLAP = 4  # a quarter of a page
_MOST_WAITING = 4  # answers that came and were not taken yet
_MOST_MEANWHILE = 8  # requests that are sent while another is waited for


Begin = Callable[[int | None, int | None, int], Pending[Page]]
"""``begin(low, high, offset)``: what :data:`edr_tap_kit.pages.RangeFetch` returns, while others
are asked for."""


@dataclass(frozen=True)
class Ahead:
    """How requests are begun, how many at once, and the position before which nothing appears anew.

    ``enough`` returns how many in flight use the whole request budget; 0 where that needs none.
    """

    begin: Begin | None
    most: int
    settled: int
    enough: Callable[[], int] = lambda: sys.maxsize

    def begun(self, fetch: RangeFetch, low: int | None, high: int | None) -> Callable[[], Page]:
        """Send a request beside others where that may be; what is returned waits for its answer."""
        if self.begin is None or not self.enough():
            return partial(fetch, low, high, 0)
        return self.begin(low, high, 0).result


NOT_AHEAD = Ahead(None, 0, 0)


@dataclass(frozen=True)
class _Asked:
    """A page in flight: the number of its first row, and that of the first row of its range."""

    start: int
    origin: int
    answer: Pending[Page]


@dataclass(frozen=True)
class _Base:
    """A page behind which more is asked for.

    ``position`` is one near its end and ``number`` that of its first row; ``last`` is its last
    position, ``step`` what it spans, ``start`` the number of its first row, ``end`` the number
    behind the last row of all, as far as that is known.
    """

    position: int
    number: int
    start: int
    size: int
    last: int
    step: int
    end: int | None


class Flight:
    """The pages in flight of one range, whose rows are numbered from its first page on."""

    def __init__(self, ahead: Ahead, high: int | None, position: Position) -> None:
        self._ahead = ahead
        self._high = high
        self._position = position
        self._asked: deque[_Asked] = deque()
        self._most = ahead.most
        self._ties: Counter[int] = Counter()
        self._start = self._origin = 0
        self._base: _Base | None = None

    def ask_behind(self, page: SortedPage) -> None:
        """Ask for what follows a page, as far as it is worth it."""
        self._base = self._base_of(page)
        self._ask(self._ahead.enough())

    def ask_meanwhile(self) -> None:
        """Ask for more, while something else has to be waited for."""
        enough = self._ahead.enough()
        self._ask(enough + min(enough, _MOST_MEANWHILE))

    def _ask(self, most: int) -> None:
        """Ask for pages until so many are not answered yet."""
        base, begin = self._base, self._ahead.begin
        if base is None or begin is None:
            return
        start = self._asked[-1].start if self._asked else base.start
        overlap = self._best_overlap(base.size)
        while len(self._asked) < self._most:
            waiting = sum(asked.answer.done for asked in self._asked)  # they fill the memory
            if waiting >= _MOST_WAITING or len(self._asked) - waiting >= most:
                return
            start += base.size - overlap
            pages = -(-(start - base.start) // base.size)
            if base.end is not None and start + base.size > base.end:
                return  # it would not be full
            if base.last + pages * base.step >= self._ahead.settled:
                return
            answer = begin(base.position, self._high, start - base.number)
            self._asked.append(_Asked(start, base.number, answer))

    def behind(self, page: SortedPage) -> SortedPage | None:
        """Return the page that follows one; ``None`` if that must be asked for.

        It then begins with the last position of the one before.

        Raises:
            RunError: The run cannot go on.
        """
        met, tail = _last_but_one(page), self._start + page.at.index(page.at[-1])
        if not self._asked or met is None:
            self._plain(tail)
            return None
        self._ties[page.at.count(page.at[-1])] += 1
        asked = self._asked.popleft()
        following = self._answer(asked)
        if following is None:
            self.forget()
        elif following.at[-1] <= page.at[-1]:  # type: ignore[operator] # positions at both ends
            self.close()  # offsets are not honoured here
        else:
            self._start, self._origin = asked.start, asked.origin
            if following.at[0] <= met:  # type: ignore[operator] # likewise
                return following
            self._base = self._base_of(following)  # those behind it may still be taken
        self._plain(tail)
        return None

    def close(self) -> None:
        """Ask for nothing any more."""
        self.forget()
        self._most = 0

    def forget(self) -> None:
        """Forget all that is in flight, and number the rows anew."""
        while self._asked:
            self._asked.pop().answer.cancel()
        self._start = self._origin = 0
        self._base = None

    def _answer(self, asked: _Asked) -> SortedPage | None:
        """Return a page that is sorted, full and settled."""
        try:
            page = asked.answer.result()
        except RunError:
            raise
        except EdrTapError:  # this tenant may refuse offsets; the plain request tells
            self._most = 0
            return None
        found = SortedPage.of(page, self._position)
        if found is None or not page.more or found.at[0] is None or found.at[-1] is None:
            return None
        return found if found.at[-1] < self._ahead.settled else None

    def _best_overlap(self, size: int) -> int:
        """Return how many rows a page should repeat, by the ties that pages ended with so far.

        Each row costs its part of a request, and each page that ends with as many ties a whole one.
        """
        pages = self._ties.total() or 1

        def cost(overlap: int) -> float:
            tied = sum(count for ties, count in self._ties.items() if ties >= overlap)
            return overlap / size + tied / pages

        return min(range(_OVERLAP, max(_OVERLAP, size // _WIDEST_OVERLAP) + 1), key=cost)

    def _plain(self, start: int) -> None:
        """Number the rows of a page that is asked for from its first row on."""
        self._start = self._origin = start

    def _end(self, total: int | None) -> int | None:
        """Return the number behind the last row, as far as the vendor's total tells."""
        return None if total is None or total >= _COUNTED_BELOW else self._origin + total

    def _base_of(self, page: SortedPage) -> _Base | None:
        """Return what is to be known of a page, if it has a place to go on from and is not last."""
        position = _last_but_one(page)
        first, last = (page.at[0], page.at[-1]) if page.at else (None, None)
        if position is None or first is None or last is None or first == position or not page.more:
            return None
        return _Base(
            position, self._start + page.at.index(position), self._start, len(page.at), last,
            last - first, self._end(page.total),
        )  # fmt: skip


def _last_but_one(page: SortedPage) -> int | None:
    """Return the greatest position of a page before its last one; ``None`` if there is none."""
    last = page.at[-1] if page.at else None
    if last is None:
        return None
    return next((at for at in reversed(page.at) if at is not None and at < last), None)
