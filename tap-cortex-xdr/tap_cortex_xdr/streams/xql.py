"""Streams of the user's own XQL queries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from edr_tap_kit import times
from edr_tap_kit.errors import StreamError
from edr_tap_kit.pages import Row
from edr_tap_kit.records import Record
from edr_tap_kit.stream import EdrStream
from edr_tap_kit.tenancy import with_tenant
from singer_sdk.singerlib import Metadata
from typing_extensions import override

from tap_cortex_xdr.xql import MOST_RUNNING, Result
from tap_cortex_xdr.xql_inference import columns
from tap_cortex_xdr.xql_settings import EVENT_TIME, XqlQuery

if TYPE_CHECKING:
    from tap_cortex_xdr.tap import TapCortexXDR

_MINUTE = 60_000  # ms
_FIRST_RUN = 1440 * _MINUTE
_SAMPLE = 100


class XqlStream(EdrStream):
    """One query of the setting ``xql_queries``, run over one time window after another.

    The vendor applies a window to ``_time``, whatever the replication key is. Inside a window the
    bookmark follows the rows only where the replication key is that column; else it waits for the
    window's end, because rows yet to be written may lie before it.
    """

    tap: TapCortexXDR
    default_lookback_minutes = 60

    def __init__(self, tap: TapCortexXDR, query: XqlQuery) -> None:
        self.name = query.name
        self.primary_keys = query.primary_keys
        self.replication_key = query.replication_key
        self._query = query
        # Whether part of a window was missing: the bookmark stays before it from then on.
        self._held = False
        super().__init__(tap)

    @property
    @override
    def schema(self) -> dict[str, Any]:
        return with_tenant(self._query.stream_schema, self.config)

    @property
    @override
    def lookback_minutes(self) -> int:
        own = self._query.lookback_minutes
        return super().lookback_minutes if own is None else own

    @property
    @override
    def reads_everything(self) -> bool:
        return False  # a query sees the times that it is asked for

    @override
    def probe(self) -> None:
        self.tap.client.post("v1/xql/get_quota", {})

    def infer_schema(self) -> None:
        """Take the columns from rows of the last 24 hours, where the setting gives no schema.

        Raises:
            EdrTapError: The vendor does not run the query.
        """
        if self._query.schema is not None:
            return
        high = times.epoch_ms(self.tap.now)
        sample = f"{self._query.query} | limit {_SAMPLE}"
        rows = self.tap.xql.run(sample, high - _FIRST_RUN, high).rows()
        self._query = self._query.with_columns(columns(rows))
        available = Metadata(inclusion=Metadata.InclusionType.AVAILABLE)
        for name in self.schema["properties"]:  # a column that the catalog does not name is dropped
            self.metadata.setdefault(("properties", name), available)

    @override
    def read(self) -> Iterator[Record]:
        try:
            for result, low, high in self._results():
                if self.replication_key is None:
                    yield from self._records(result)
                    self._hold_unless_complete(result, low)
                else:
                    yield from self._window(result, low, high)
        finally:
            if self._has_keys_alone:  # then all else is in _extra by design
                self.shaper.drift.unknown.clear()

    @property
    def _has_keys_alone(self) -> bool:
        return self.schema["properties"].keys() >= self.effective_schema["properties"].keys() and (
            self._query.schema is None
        )

    def _results(self) -> Iterator[tuple[Result, int, int]]:
        """Yield the result of each window with its bounds (epoch ms), oldest first."""
        first, end = self._range()
        size = self._query.window_minutes * _MINUTE
        windows = [(start, min(start + size, end)) for start in range(first, end, size)]
        _ = self.tap.xql  # made before several threads ask for it
        transport = self.tap.client.transport
        results = transport.send_all(windows, lambda window: self._run(*window), most=MOST_RUNNING)
        for result, low, high in results:
            yield from self._halved(result, low, high)

    def _run(self, low: int, high: int) -> tuple[Result, int, int]:
        return self.tap.xql.run(self._query.query, low, high), low, high

    def _halved(self, result: Result, low: int, high: int) -> Iterator[tuple[Result, int, int]]:
        """Yield a result, or those of ever shorter windows where it is cut."""
        if not result.cut:
            yield result, low, high
        elif high - low > _MINUTE:
            middle = (low + high) // 2
            for window in ((low, middle), (middle, high)):
                yield from self._halved(*self._run(*window))
        else:
            raise StreamError(
                f"the {result.total} rows of the minute from {times.from_epoch_ms(low)} "
                "are more than the vendor hands out. Narrow the query."
            )

    def _range(self) -> tuple[int, int]:
        end = times.epoch_ms(self.tap.started_at)
        if self.start is not None:
            return max(0, times.epoch_ms(self.start)), end
        self.tap.report.note(
            f"Stream '{self.name}': there is no start_date and no bookmark, and XQL has no query "
            "over all times: the last 24 hours are read. Set start_date to read more."
        )
        first = max(0, end - _FIRST_RUN)
        # Else a run that fails now would leave a day to which no later run goes back.
        self._read_through(first)
        return first, end

    def _records(self, result: Result) -> Iterator[Record]:
        for row in result.rows():
            record = self.shaper.shape(row) if self._is_wanted(row) else None
            if record is not None:
                yield record

    def _window(self, result: Result, low: int, high: int) -> Iterator[Record]:
        """Yield a window's records by replication key, and move the bookmark as far as it may."""
        column = self.replication_key or ""
        records = sorted(
            self._records(result), key=lambda record: times.sort_key(record.get(column) or "")
        )
        self._hold_unless_complete(result, low)
        moves = self._incremental and not self._held
        if moves:
            self.bookmark.ceiling = times.from_epoch_ms(high if column == EVENT_TIME else low)
        yield from records
        if moves:
            self.bookmark.ceiling = times.from_epoch_ms(high)
            self.bookmark.advance(records[-1].get(column) if records else None)
            # Else a quiet window would be queried again, at its price.
            self._read_through(high)
        if self._incremental:
            self.checkpoint()

    def _hold_unless_complete(self, result: Result, low: int) -> None:
        if result.complete:
            return
        self.tap.report.note(
            f"Stream '{self.name}': the vendor returned only part of a result. What came is "
            "written, and the bookmark stays before it, so that the next run reads it again. "
            "Lower window_minutes if it happens again."
        )
        if self._incremental and not self._held:
            self._read_through(low)
            self.bookmark.ceiling = times.from_epoch_ms(low)
        self._held = True

    def _read_through(self, at: int) -> None:
        if self._incremental:
            self.bookmark.read_through(times.from_epoch_ms(at))

    def _is_wanted(self, row: Row) -> bool:
        """Whether a row lies before ``end_date``, which the vendor's time frame may count in."""
        end = self.tap.settings.end_date
        if end is None or EVENT_TIME not in row:
            return True
        try:
            at = times.to_utc_text(row[EVENT_TIME])
        except ValueError:
            return True
        return times.is_before(at, end)
