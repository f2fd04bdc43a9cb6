"""How a vendor's stream meets the SDK: shaping, bookmarks, followers and failures.

A *lead* stream reads; its *followers* are declared as its children (``parent_stream_type``), so
that the SDK leaves their reading to the lead, and receive their rows from it.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Hashable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from singer_sdk.exceptions import MaxRecordsLimitException
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.mapper import SameRecordTransform
from singer_sdk.singerlib import Catalog, Metadata, Schema
from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE, REPLICATION_INCREMENTAL
from singer_sdk.streams import Stream
from typing_extensions import override

from edr_tap_kit import codec, times
from edr_tap_kit.bookmark import Bookmark
from edr_tap_kit.errors import EdrTapError, RunError, StreamUnavailable
from edr_tap_kit.pages import Row
from edr_tap_kit.records import Record
from edr_tap_kit.shaping import EXTRA, Shaper
from edr_tap_kit.tenancy import TENANT, with_tenant
from edr_tap_kit.transport import Decode

if TYPE_CHECKING:
    from edr_tap_kit.tap import EdrTap

_COLUMN = 2  # parts of the breadcrumb of a column; more are those of a member inside it
FollowerT = TypeVar("FollowerT", bound="Follower")


class EdrStream(Stream):
    """Base of all streams; a stream that leads implements :meth:`read`."""

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE  # the shaper has done it
    STATE_MSG_FREQUENCY = 1000
    default_lookback_minutes: ClassVar[int] = 0
    primary_keys: tuple[str, ...] = ()
    replication_key: str | None = None
    computed: ClassVar[tuple[str, ...]] = ()
    """Columns that the stream adds to each row when it is shaped."""

    def __init__(self, tap: EdrTap) -> None:
        super().__init__(tap)
        self.tap = tap
        self.whole = True
        if tap.config.get("tenant"):
            self.primary_keys = (TENANT, *self.primary_keys)

    # What a vendor's stream uses

    def read(self) -> Iterator[Record]:
        """Yield the stream's records, oldest first where it is incremental."""
        raise NotImplementedError  # not abstract: followers are read by their lead

    def probe(self) -> None:
        """Send the cheapest request that shows whether the key may read this stream."""
        raise NotImplementedError  # not abstract: followers share the verdict of their lead

    def records(self, rows: Iterable[Row]) -> Iterator[Record]:
        """Yield the records of rows; those without a key are left out, and counted."""
        shape = self.shaper.shape
        for row in rows:
            record = shape(row)
            if record is not None:
                yield record
        self.tap.message_writer.flush()  # nothing that was read waits for the next answer

    def identity(self, row: Row) -> Hashable:
        """Return what tells two rows apart: the key, or the whole row where that is missing."""
        names = type(self).primary_keys
        if len(names) == 1:
            key = row.get(names[0])
            return _whole(row) if key is None or key == "" else str(key)
        keys = tuple(map(row.get, names))
        return _whole(row) if None in keys or "" in keys else tuple(map(str, keys))

    @cached_property
    def shaper(self) -> Shaper:
        """The shaper for the schema and the selection in force."""
        tenant = self.tap.settings.tenant
        columns = self.effective_schema["properties"] if self.selected else ()
        return Shaper(
            self.effective_schema,
            self.primary_keys,
            constants={TENANT: tenant} if tenant else None,
            computed=self.computed,
            naive_zone=self.tap.naive_zone,
            deselected={name for name in columns if not self.mask["properties", name]},
        )

    @property
    def decode(self) -> Decode:
        """How answers are decoded: rows as records, unless somebody wants them as sent."""
        return codec.decode if self.followers(Follower) else self.shaper.decode

    @cached_property
    def bookmark(self) -> Bookmark:
        """The stream's bookmark, which this run may move up to its own start."""
        bookmark = Bookmark(
            self.stream_state, self.replication_key or "", ceiling=self.tap.started_at
        )
        bookmark.begin(self.tap.settings.start_date)
        return bookmark

    @property
    def lookback_minutes(self) -> int:
        """How far before its bookmark this stream reads again, in minutes."""
        configured = self.tap.settings.lookback_minutes
        return self.default_lookback_minutes if configured is None else configured

    @property
    def reach(self) -> str | None:
        """How far back the next run reads from the bookmark as it stands: UTC text."""
        if not self._incremental or (reached := self.bookmark.value) is None:
            return None
        if times.is_before(self.tap.now, reached):
            # Written by a machine whose clock was wrong: it would hide all rows until its time.
            reached = self.tap.now
            self.tap.report.note(
                f"Stream '{self.name}': the state's bookmark lies in the future; the run reads "
                "from now, less the look-back. Rows may be missing: clear the state and run again."
            )
        # Rounded down to the second: overlap is free, a gap is not.
        seconds = times.epoch_ms(reached) // 1000 - self.lookback_minutes * 60
        return times.from_epoch_seconds(max(seconds, times.EARLIEST_SECONDS))

    @cached_property
    def start(self) -> str | None:
        """Where this run reads from, UTC text: the bookmark less the look-back, or start_date."""
        configured, reach = self.tap.settings.start_date, self.reach
        if reach is None or configured is None:
            return reach or configured
        return max(reach, configured, key=times.sort_key)

    def family_start(self, *followers: EdrStream | None) -> str | None:
        """Return the earliest start of this stream and its followers, selected ones only."""
        starts = [each.start for each in (self, *followers) if each and each.selected]
        if None in starts:
            return None
        return min((start for start in starts if start), key=times.sort_key, default=self.start)

    @property
    def reads_everything(self) -> bool:
        """Whether a read that ends without an error has met every row that there is."""
        settings = self.tap.settings
        return self.replication_key is None or not (settings.start_date or settings.end_date)

    def partial(self, what: str) -> None:
        """Say that a read may lack rows; what came is written, and no row is told to be gone."""
        self.whole = False
        self.tap.report.note(f"Stream '{self.name}': {what}")

    def checkpoint(self) -> None:
        """Write a STATE message, all records before it being written."""
        self.tap.state_writer.write_state(self.tap_state)

    def followers(self, stream_type: type[FollowerT]) -> list[FollowerT]:
        """Return the followers of a type that are selected."""
        return [
            child for child in self.child_streams
            if isinstance(child, stream_type) and child.selected
        ]  # fmt: skip

    # How the SDK drives it

    @property
    @override
    def is_sorted(self) -> bool:
        return True

    @override
    def apply_catalog(self, catalog: Catalog) -> None:
        # Keys and the tap's own columns are its promise: a catalog that was made by an older
        # version, or without a tenant, must not undo them.
        keys, replication_key = self.primary_keys, self.replication_key
        if entry := catalog.get_stream(self.name):
            schema = with_tenant(entry.schema.to_dict(), self.config)
            schema["properties"].setdefault(EXTRA, self.schema["properties"][EXTRA])
            entry.schema = Schema.from_dict(schema)
            entry.key_properties = list(keys)
            # The SDK takes a stream without metadata as selected, with some as they say.
            for name in (*keys, EXTRA) if entry.metadata else ():
                inclusion = Metadata.InclusionType("automatic" if name in keys else "available")
                entry.metadata.setdefault(("properties", name), Metadata(inclusion=inclusion))
        super().apply_catalog(catalog)
        self.primary_keys, self.replication_key = keys, replication_key

    @override
    def log(self, message: str, *args: Any, level: int = logging.INFO, **kwargs: Any) -> None:
        # The SDK announces an error that is on its way to the command line, which says it.
        if level < logging.ERROR or not isinstance(sys.exception(), EdrTapError):
            super().log(message, *args, level=level, **kwargs)

    @override
    def get_records(self, context: Mapping[str, Any] | None) -> Iterable[Record]:  # type: ignore[override] # our own
        followers = self.followers(Follower)
        family = [each for each in (self, *followers) if each.selected]
        names = [each.name for each in family]
        with ExitStack() as stack:
            for follower in followers:
                stack.enter_context(follower.writing())
            for stream in family:
                stream.begin_version()
            try:
                yield from self.read()
                self.tap.report.complete(names)
                for stream in family:
                    stream.activate_version(whole=self.whole and stream.whole)
            except (RunError, MaxRecordsLimitException, BrokenPipeError):
                raise
            except StreamUnavailable as error:
                self.tap.report.skip(names, str(error))
            except EdrTapError as error:
                self.tap.report.fail(names, str(error))
            except Exception as error:  # a defect of ours in one stream must not cost the others
                self.logger.debug("Unexpected", exc_info=error)
                self.tap.report.fail(
                    names,
                    f"unexpected {type(error).__name__}. This is a defect of the tap: report it, "
                    "with the log of a run at LOGLEVEL=debug.",
                )
            finally:
                for stream in (self, *followers):
                    self.tap.report.drifted(stream.name, stream.shaper.drift)

    @override
    def _write_record_message(self, record: Record) -> None:  # type: ignore[override] # our own
        try:
            if self._is_mapped:
                super()._write_record_message(record.as_dict())
            else:
                self.tap.message_writer.write_record(self.name, record, self._stream_version)
                self.state_manager.is_flushed = False
        except RecursionError:
            self._write_shallow(record)

    def _write_shallow(self, record: Record) -> None:
        super()._write_record_message(codec.shallow(record.as_dict()))
        self.tap.report.note(
            f"Stream '{self.name}': values nested too deeply for loaders are written as text."
        )

    @cached_property
    def _is_mapped(self) -> bool:
        """Whether the SDK changes records: by stream maps, flattening, or members deselected."""
        (primary, *others) = self.stream_maps
        return (
            bool(others)
            or type(primary) is not SameRecordTransform
            or primary.flattening_enabled
            or any(len(place) > _COLUMN and not wanted for place, wanted in self.mask.items())
        )

    def begin_version(self) -> None:
        """Number the rows of this read, where the user wants vanished rows to be told."""
        wanted = self.config.get("emit_activate_version_messages")
        if wanted and self.replication_method == REPLICATION_FULL_TABLE:
            self._stream_version = int(time.time())

    def activate_version(self, *, whole: bool) -> None:
        """Tell the loader that all rows without this read's number are gone, if it was whole."""
        report = self.tap.report
        if self._stream_version is None or self.name in {*report.failed, *report.skipped}:
            return
        if whole and self.reads_everything:
            self._write_activate_version_message(self._stream_version)
        else:
            report.note(
                f"Stream '{self.name}': not everything was read, so that rows which vanished are "
                "not marked."
            )

    @override
    def get_batch_config(self, config: Mapping[str, Any]) -> None:
        # The SDK's own batches hold columns that the user deselected; the writer makes ours.
        return None

    @property
    @override
    def emit_activate_version_messages(self) -> bool:
        # The SDK would write the message before the first record; ours follows the last one.
        return False

    @override
    def generate_child_contexts(self, record: Any, context: Any) -> Iterable[Any]:
        return ()

    @override
    def _increment_stream_state(self, latest_record: Any, *, context: Any = None) -> None:
        """Move our own bookmark: the SDK's refuses to re-read what lies before it."""
        if self._incremental:
            self.bookmark.advance(latest_record.get(self.replication_key))

    @cached_property
    def _incremental(self) -> bool:
        return self.replication_method == REPLICATION_INCREMENTAL


def _whole(row: Row) -> str:
    return codec.fingerprint(dict(row.items()))


class Follower(EdrStream):
    """A stream whose rows come out of the answers that its lead reads."""

    @property
    def lead(self) -> EdrStream:
        """The stream that reads for this one."""
        (lead,) = (each for each in self.tap.streams.values() if self in each.child_streams)
        assert isinstance(lead, EdrStream)  # noqa: S101 (a tap makes no others)
        return lead

    @property
    @override
    def lookback_minutes(self) -> int:
        # What the lead reads again comes here again, and must be known here.
        return self.lead.lookback_minutes

    def writing(self) -> ExitStack:
        """Write the SCHEMA message; the returned context counts the records written in it."""
        self._write_schema_message()
        stack = ExitStack()
        self._counter = stack.enter_context(self.get_record_counter())
        return stack

    def write(self, row: Row) -> None:
        """Shape a row, write its RECORD message and move the bookmark."""
        record = self.shaper.shape(row)
        if record is None:
            return
        reached = record.get(self.replication_key or "")
        self._write_record_message(record)
        self._counter.increment()
        if self._incremental:
            self.bookmark.advance(reached)
