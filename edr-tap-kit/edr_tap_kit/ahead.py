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

from collections import Counter, deque
from concurrent.futures import Executor, Future
from dataclasses import dataclass

from edr_tap_kit.errors import EdrTapError, RunError
from edr_tap_kit.pages import Page, Position, RangeFetch, SortedPage

# Totals from here on may be a ceiling and no count.
_COUNTED_BELOW = 9_999
_OVERLAP = 2  # rows: the least that shows behind what a page begins
_WIDEST_OVERLAP = 4  # a quarter of a page
_MOST_WAITING = 4  # answers that came and were not taken yet


@dataclass(frozen=True)
class Ahead:
    """Where requests run, how many at once, and the position before which nothing appears anew."""

    pool: Executor | None
    most: int
    settled: int


NOT_AHEAD = Ahead(None, 0, 0)


@dataclass(frozen=True)
class _Asked:
    """A page in flight: the number of its first row, and that of the first row of its range."""

    start: int
    origin: int
    answer: Future[Page]


class Flight:
    """The pages in flight of one range, whose rows are numbered from its first page on."""

    def __init__(
        self, ahead: Ahead, fetch: RangeFetch, high: int | None, position: Position
    ) -> None:
        self._ahead = ahead
        self._fetch = fetch
        self._high = high
        self._position = position
        self._asked: deque[_Asked] = deque()
        self._most = ahead.most
        self._ties: Counter[int] = Counter()
        self._start = self._origin = 0

    def ask_behind(self, page: SortedPage) -> None:
        """Ask for what follows a page, as far as it is worth it."""
        place, pool = self._place_in(page), self._ahead.pool
        if place is None or pool is None or not page.more:
            return
        position, number = place
        size = len(page.at)
        step = page.at[-1] - page.at[0]  # type: ignore[operator] # a place needs positions
        end = self._end(page.total)
        start = self._asked[-1].start if self._asked else self._start
        overlap = self._best_overlap(size)
        while len(self._asked) < self._most and self._waiting < _MOST_WAITING:
            start += size - overlap
            pages = -(-(start - self._start) // size)
            if end is not None and start + size > end:
                return  # it would not be full
            if page.at[-1] + pages * step >= self._ahead.settled:  # type: ignore[operator] # as above
                return
            answer = pool.submit(self._fetch, position, self._high, start - number)
            self._asked.append(_Asked(start, number, answer))

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
        elif following.at[0] <= met:  # type: ignore[operator] # likewise
            self._start, self._origin = asked.start, asked.origin
            return following
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

    @property
    def _waiting(self) -> int:
        """How many answers are there and wait to be taken: they fill the memory."""
        return sum(asked.answer.done() for asked in self._asked)

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

    def _place_in(self, page: SortedPage) -> tuple[int, int] | None:
        """Return a position near the end of a page and the number of its first row, if certain."""
        position = _last_but_one(page)
        if position is None or page.at[0] is None or page.at[0] == position:
            return None
        return position, self._start + page.at.index(position)


def _last_but_one(page: SortedPage) -> int | None:
    """Return the greatest position of a page before its last one; ``None`` if there is none."""
    last = page.at[-1] if page.at else None
    if last is None:
        return None
    return next((at for at in reversed(page.at) if at is not None and at < last), None)
