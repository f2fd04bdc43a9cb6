"""What all Cortex streams share, and how a time window of one is read."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from edr_tap_kit import codec, times
from edr_tap_kit.errors import RequestRejected, StreamError
from edr_tap_kit.reading import (
    FilterNotHonoured,
    OrderNotHonoured,
    Page,
    RangeFetch,
    Row,
    check_range,
    read_ascending,
    read_by_bisection,
    read_one_position,
)
from edr_tap_kit.stream import EdrStream, TenantAwareSchema
from singer_sdk.schema.source import SchemaDirectory
from typing_extensions import override

from tap_cortex_xdr import schemas
from tap_cortex_xdr.client import PAGE_LIMIT, CortexClient

if TYPE_CHECKING:
    from tap_cortex_xdr.tap import TapCortexXDR

SCHEMAS: SchemaDirectory = SchemaDirectory(schemas)

# Bounds of a window whose end is open, in epoch ms: vendors hold nothing outside of them, and read
# a smaller number as seconds.
_EARLIEST = 100_000_000_000  # the year 1973
_LATEST = 4_102_444_800_000  # the year 2100


class CortexStream(EdrStream):
    """Base of the streams: one call, one list in its reply."""

    schema = TenantAwareSchema(SCHEMAS)
    tap: TapCortexXDR
    path: ClassVar[str]
    list_key: ClassVar[str]
    sort_keyword: ClassVar[str] = "asc"

    @property
    def client(self) -> CortexClient:
        """The client of this run."""
        return self.tap.client

    @property
    def limit(self) -> int:
        """Rows a request; two at least, so that pages can overlap."""
        return max(2, min(PAGE_LIMIT, self.tap.settings.page_size or PAGE_LIMIT))

    def identity(self, row: Row) -> Hashable:
        """Return what tells two rows apart: the key, or the whole row where that is missing."""
        key = row.get(type(self).primary_keys[0])
        return codec.fingerprint(row) if key is None else str(key)

    def shaped(self, rows: list[Row]) -> Iterator[dict[str, Any]]:
        """Yield the records of rows."""
        for row in rows:
            record = self.shaper.shape(row)
            if record is not None:
                yield record

    @override
    def probe(self) -> None:
        self.client.page(self.path, self.list_key, filters=[], sort=None, offset=0, limit=1)


class WindowedStream(CortexStream):
    """A stream with a time filter: read by keyset where the tenant sorts by it, else bisected."""

    filter_field: ClassVar[str]
    time_column: ClassVar[str]

    def rows(self, path: str, start: str | None) -> Iterator[list[Row]]:
        """Yield all rows from ``start`` (UTC text) to ``end_date``, oldest first.

        Raises:
            StreamError: The tenant neither sorts nor filters by the time.
        """
        low = None if start is None else max(_EARLIEST, times.epoch_ms(start))
        end = self.tap.settings.end_date
        high = None if end is None else times.epoch_ms(end) - 1
        try:
            for rows in self.ascending(self.fetch(path, self.filter_field), low, high):
                yield self._until(rows, high)
        except (OrderNotHonoured, RequestRejected) as refusal:
            self.tap.report.note(
                f"Stream '{self.name}': the tenant does not sort {path} by {self.filter_field} "
                f"({refusal}); it is read in small time windows instead, with more requests."
            )
        except FilterNotHonoured as refusal:
            raise self._unreadable(path) from refusal
        else:
            return
        try:
            for rows in self._bisected(path, low, high):
                yield self._until(rows, high)
        except FilterNotHonoured as refusal:
            raise self._unreadable(path) from refusal

    def _bisected(self, path: str, low: int | None, high: int | None) -> Iterator[list[Row]]:
        by_range = self.fetch(path, None)

        def window(low: int, high: int) -> Page:
            page = by_range(low, high, 0)
            check_range(page, low, high + 1, self._position)
            return page

        for rows, _ in read_by_bisection(
            window,
            lambda at: read_one_position(by_range, at, self.identity),
            _EARLIEST if low is None else low,
            _LATEST if high is None else high,
            times.epoch_ms(self.tap.started_at),
        ):
            yield sorted(rows, key=lambda row: self._position(row) or 0)

    def ascending(
        self, fetch: RangeFetch, low: int | None, high: int | None
    ) -> Iterator[list[Row]]:
        """Read a range (epoch ms, inclusive) by keyset stepping."""
        now = times.epoch_ms(self.tap.started_at)
        return read_ascending(fetch, low, high, now, self._position, self.identity)

    def _unreadable(self, path: str) -> StreamError:
        return StreamError(
            f"the tenant ignores the filter {self.filter_field} of {path}, so that no complete "
            "read is possible. Report it to the vendor."
        )

    def _until(self, rows: list[Row], high: int | None) -> list[Row]:
        return rows if high is None else [row for row in rows if (self._position(row) or 0) <= high]

    def time_of(self, row: Row) -> str | None:
        """Return the time that a row is read by, UTC text, or ``None`` when it has none."""
        try:
            return times.to_utc_text(row.get(self.time_column))
        except ValueError:
            return None

    def _position(self, row: Row) -> int | None:
        text = self.time_of(row)
        return None if text is None else times.epoch_ms(text)

    def fetch(self, path: str, sort_field: str | None) -> RangeFetch:
        """Return how a range of a call is fetched, sorted by a field or as the vendor likes."""
        sort = {"field": sort_field, "keyword": self.sort_keyword} if sort_field else None

        def fetch(low: int | None, high: int | None, offset: int) -> Page:
            # Only ``gte`` was ever seen to count its bound in; ``lte`` is asked for 1 ms more.
            bounds = (("gte", low), ("lte", None if high is None else high + 1))
            filters = [
                {"field": self.filter_field, "operator": operator, "value": value}
                for operator, value in bounds
                if value is not None
            ]
            return self.client.page(
                path, self.list_key, filters=filters, sort=sort, offset=offset, limit=self.limit
            )

        return fetch
