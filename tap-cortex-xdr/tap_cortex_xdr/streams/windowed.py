"""Streams with a time filter, and how a window of one is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any, ClassVar

from edr_tap_kit import codec, times
from edr_tap_kit.ahead import Ahead
from edr_tap_kit.errors import RequestRejected, StreamError
from edr_tap_kit.pages import FilterNotHonoured, OrderNotHonoured, Page, RangeFetch, Row
from edr_tap_kit.pending import Pending
from edr_tap_kit.reading import believed, check_range, read_ascending, read_by_bisection
from edr_tap_kit.records import Record
from edr_tap_kit.scanning import read_counted
from edr_tap_kit.transport import Decode
from typing_extensions import override

from tap_cortex_xdr.client import PageRequest
from tap_cortex_xdr.streams.base import CortexStream

# Bounds of a window whose end is open, in epoch ms: vendors hold nothing outside of them, and read
# a smaller number as seconds.
_EARLIEST = 100_000_000_000  # the year 1973
_LATEST = 4_102_444_800_000  # the year 2100
_LOST_TO_SECONDS = 999  # ms by which a time that a tenant writes in seconds seems too early
_NUMBERS = {int, float}
_NO_MILLISECONDS = 10**14  # the year 5138
_UNSETTLED = 3_600_000  # ms before now in which rows may still appear, by a clock that is behind


@dataclass(frozen=True)
class Axis:
    """A time by which a call filters, the column in which its rows show it, and its absence."""

    filter_field: str
    column: str
    absent: int | None = None


class WindowedStream(CortexStream):
    """A stream with a time filter: read by keyset where the tenant sorts by it, else bisected.

    ``axis`` is the time it is read by; ``finer`` another one, which does not move, for more rows
    of one moment than the vendor hands out by offsets; ``tie_sort`` orders the rows of a moment.
    ``options`` are further members of each request.
    """

    axis: ClassVar[Axis]
    finer: ClassVar[Axis | None] = None
    tie_sort: ClassVar[str | None] = None
    options: Mapping[str, Any] = MappingProxyType({})

    @property
    @override
    def decode(self) -> Decode:
        is_prepared = type(self).prepared is not CortexStream.prepared
        return codec.decode if is_prepared else super().decode

    @override
    def read(self) -> Iterator[Record]:
        for rows in self.rows(self.path, self.start):
            yield from self.shaped(rows)

    def rows(self, path: str, start: str | None) -> Iterator[list[Row]]:
        """Yield all rows from ``start`` (UTC text) to ``end_date``, oldest first.

        Raises:
            StreamError: The tenant neither sorts nor filters by the time.
        """
        low, high = self.bounds(start)
        try:
            for rows in self.ascending(path, self.by_axis(path), low, high):
                yield self.until(rows, high)
        except (OrderNotHonoured, RequestRejected) as refusal:
            said = (
                f"Stream '{self.name}': the tenant does not sort {path} by "
                f"{self.axis.filter_field} ({refusal}); it is read in small time windows instead, "
                "with more requests."
            )
        except FilterNotHonoured as refusal:
            raise self._unreadable(path, self.axis) from refusal
        else:
            return
        for rows in self.bisected(path, self.axis, low, high):
            self.tap.report.note(said)  # not before an answer: the sort may not be what is refused
            yield self.until(rows, high)

    def bisected(
        self, path: str, axis: Axis, low: int | None, high: int | None
    ) -> Iterator[list[Row]]:
        """Yield the rows of a range (epoch ms, inclusive) in windows of a single answer each.

        Raises:
            StreamError: The tenant does not filter by the axis.
        """
        fetch = self.fetch(path, axis)

        def window(low: int, high: int) -> Page:
            return believed(
                lambda: fetch(low, high, 0),
                lambda page: check_range(
                    page, low - _LOST_TO_SECONDS, high + 1, partial(self.position, axis)
                ),
            )

        windows = read_by_bisection(
            window,
            partial(self._read_at, path, axis, ()),
            _EARLIEST if low is None else low,
            _LATEST if high is None else high,
            times.epoch_ms(self.tap.started_at),
        )
        try:
            for rows, _ in windows:
                yield sorted(rows, key=lambda row: self.position(axis, row) or 0)
        except FilterNotHonoured as refusal:
            raise self._unreadable(path, axis) from refusal

    def by_axis(self, path: str) -> RangeFetch:
        """Return how a range is fetched in the order of its time."""
        return self.fetch(path, self.axis, sort=self.axis.filter_field)

    def ascending(
        self, path: str, fetch: RangeFetch, low: int | None, high: int | None
    ) -> Iterator[list[Row]]:
        """Read a range (epoch ms, inclusive) by keyset stepping."""
        return read_ascending(
            lambda low, high, offset: self._met(fetch(low, high, offset)),
            partial(self._read_at, path, self.axis, ()),
            low,
            high,
            times.epoch_ms(self.tap.started_at),
            partial(self.position, self.axis),
            self.identity,
            partial(self._ahead, path),
        )

    def _ahead(self, path: str) -> Ahead:
        """Return how far this range may be read ahead, by the clock of the vendor and our own."""
        now = min(times.epoch_ms(self.tap.now), times.epoch_ms(self.tap.vendor_clock()))
        asked = self._requests(path, self.axis, self.axis.filter_field)
        client = self.client

        def begin(low: int | None, high: int | None, offset: int) -> Pending[Page]:
            return client.begin_page(asked(low, high, offset)).then(self._met)

        others = self.tap.settings.max_parallel_requests - 1
        enough = client.transport.enough
        return Ahead(begin if others else None, others, now - _UNSETTLED, enough)

    def _met(self, page: Page) -> Page:
        self.shaper.meet(page.rows)
        return page

    def _read_at(
        self, path: str, axis: Axis, fixed: tuple[tuple[Axis, int], ...], at: int
    ) -> Iterator[list[Row]]:
        """Read more rows of one moment than fit into a page.

        Raises:
            StreamError: The vendor does not hand out all of them.
        """
        held = (*fixed, (axis, at))
        sorts = [self.tie_sort or (None if fixed else axis.filter_field), None]

        def by_offset(offset: int) -> Page:
            while True:
                try:
                    return self.fetch(path, axis, sort=sorts[0], fixed=fixed)(at, at, offset)
                except RequestRejected:
                    if offset or len(sorts) == 1:
                        raise
                    del sorts[0]  # the tenant does not sort by it

        finer = None if self.finer is None or fixed else partial(self._by_finer, path, held)
        whole = yield from read_counted(by_offset, self.identity, finer)
        if not whole:
            raise StreamError(
                f"the vendor holds more rows of {times.from_epoch_ms(held[0][1])} than it hands "
                "out. Run again; if it is said again, report it to the vendor."
            )

    def _by_finer(self, path: str, held: tuple[tuple[Axis, int], ...]) -> Iterator[list[Row]]:
        """Read the rows of one moment by keyset stepping on the finer axis.

        Raises:
            StreamError: The tenant does not sort by it either.
        """
        axis = self.finer
        assert axis is not None  # noqa: S101 (checked by the only caller)
        try:
            yield from read_ascending(
                self.fetch(path, axis, sort=axis.filter_field, fixed=held),
                partial(self._read_at, path, axis, held),
                None,
                None,
                _LATEST,
                partial(self.position, axis),
                self.identity,
            )
        except (OrderNotHonoured, FilterNotHonoured) as refusal:
            raise StreamError(
                f"more rows of {times.from_epoch_ms(held[0][1])} than {path} hands out by offsets, "
                f"and no order to read them by ({refusal})."
            ) from refusal

    def bounds(self, start: str | None) -> tuple[int | None, int | None]:
        """Return the range from ``start`` (UTC text) to ``end_date``, epoch ms, inclusive."""
        end = self.tap.settings.end_date
        low = None if start is None else max(_EARLIEST, times.epoch_ms(start))
        return low, None if end is None else times.epoch_ms(end) - 1

    def _unreadable(self, path: str, axis: Axis) -> StreamError:
        return StreamError(
            f"the tenant ignores the filter {axis.filter_field} of {path}, so that no complete "
            "read is possible. Report it to the vendor."
        )

    def until(self, rows: list[Row], high: int | None) -> list[Row]:
        """Return the rows that lie in a range, whose upper bound is asked for 1 ms further out."""
        if high is None:
            return rows
        return [row for row in rows if (self.position(self.axis, row) or 0) <= high]

    def time_of(self, axis: Axis, row: Row) -> str | None:
        """Return a time of a row, UTC text, or ``None`` when it has none."""
        try:
            return times.to_utc_text(row.get(axis.column))
        except ValueError:
            return None

    def position(self, axis: Axis, row: Row) -> int | None:
        """Return a time of a row in epoch ms, or ``axis.absent`` when it has none."""
        value = row.get(axis.column)
        if type(value) in _NUMBERS and value >= _NO_MILLISECONDS:
            return None  # the vendor sorts it behind all others, whatever it means
        try:
            return times.position_ms(value)
        except ValueError:
            return axis.absent

    def fetch(
        self,
        path: str,
        axis: Axis,
        *,
        sort: str | None = None,
        fixed: tuple[tuple[Axis, int], ...] = (),
    ) -> RangeFetch:
        """Return how a range of an axis is fetched, the others held at one moment."""
        asked = self._requests(path, axis, sort, fixed)
        return lambda low, high, offset: self.client.page(asked(low, high, offset))

    def _requests(
        self,
        path: str,
        axis: Axis,
        sort: str | None = None,
        fixed: tuple[tuple[Axis, int], ...] = (),
    ) -> Callable[[int | None, int | None, int], PageRequest]:
        """Return what a range is asked for with."""
        order = {"field": sort, "keyword": self.sort_keyword} if sort else None
        held = [bound for other, at in fixed for bound in _bounds_of(other, at, at)]

        def asked(low: int | None, high: int | None, offset: int) -> PageRequest:
            filters = [*held, *_bounds_of(axis, low, high)]
            return PageRequest(
                path, self.list_key, self.limit, offset, filters, order, self.options, self.decode
            )

        return asked


def _bounds_of(axis: Axis, low: int | None, high: int | None) -> list[dict[str, Any]]:
    # Only ``gte`` was ever seen to count its bound in; ``lte`` is asked for 1 ms more.
    bounds = (("gte", low), ("lte", None if high is None else max(0, high + 1)))
    return [
        {"field": axis.filter_field, "operator": operator, "value": value}
        for operator, value in bounds
        if value is not None
    ]
