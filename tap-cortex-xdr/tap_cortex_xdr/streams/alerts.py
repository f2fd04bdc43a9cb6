"""Alerts and the local endpoint events inside them, from one read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from edr_tap_kit.errors import EdrTapError, Exhausted, StreamError, StreamUnavailable
from edr_tap_kit.pages import Row
from edr_tap_kit.records import Record
from edr_tap_kit.stream import Follower
from typing_extensions import override

from tap_cortex_xdr.client import PageRequest, Unexplained
from tap_cortex_xdr.streams.alert_changes import AlertChanges
from tap_cortex_xdr.streams.base import CortexStream
from tap_cortex_xdr.streams.local_events import event_members, local_events
from tap_cortex_xdr.streams.windowed import Axis, WindowedStream

# The recommended call, then the ones that older tenants have instead.
_PATHS = (
    "v2/alerts/get_alerts_multi_events",
    "v1/alerts/get_alerts_multi_events",
    "v1/alerts/get_alerts",
)


def _is_absent(error: EdrTapError) -> bool:
    """Whether a call seems not to be there; an outage of one must not lead to another's shape."""
    if isinstance(error, Exhausted):
        return isinstance(error.fault, Unexplained)
    return isinstance(error, StreamUnavailable | StreamError)


class Alerts(WindowedStream):
    """Alerts by the time they were stored; leads :class:`Events`."""

    name = "alerts"
    primary_keys = ("alert_id",)
    replication_key = "local_insert_ts"
    path = _PATHS[0]
    other_paths = _PATHS[1:]
    list_key = "alerts"
    # Documented name of the filter for what the rows call local_insert_ts (section 2.3).
    axis = Axis("server_creation_time", "local_insert_ts")
    finer = Axis("creation_time", "detection_timestamp")
    # Alerts change (status, incident, severity) after they are stored, without a change filter
    # that is documented: a day is read again.
    default_lookback_minutes = 1440

    @property
    @override
    def lookback_minutes(self) -> int:
        own = self.tap.settings.alert_reread_minutes
        return super().lookback_minutes if own is None else own

    @override
    def read(self) -> Iterator[Record]:
        events = next(iter(self.followers(Events)), None)
        start = self.family_start(events)
        changes = AlertChanges(self, start)
        for path, rows in self._rows_of_first_path(start):
            changes.expect(path, rows)
            yield from self._written(rows, events)
            if events and rows:
                for row in rows:
                    events.bookmark.read_through(self.time_of(self.axis, row))
                # The SDK counts the alerts that it writes: not the events, and none when only
                # those are selected.
                self.checkpoint()
        for rows in changes.read():
            yield from self._written(rows, events)

    def _written(self, rows: list[Row], events: Events | None) -> Iterator[Record]:
        return self.records(events.written_of(rows) if events else rows)

    @override
    def probe(self) -> None:
        refusals: list[Exception] = []
        for path in _PATHS:
            try:
                self.client.page(PageRequest(path, self.list_key, limit=1))
            except EdrTapError as error:
                if not _is_absent(error):
                    raise
                refusals.append(error)
            else:
                return
        raise refusals[0]

    def _rows_of_first_path(self, start: str | None) -> Iterator[tuple[str, list[Row]]]:
        refusals: list[Exception] = []
        for path in _PATHS:
            begun = False
            try:
                for rows in self.rows(path, start):
                    begun = True
                    yield path, rows
            except EdrTapError as error:
                if begun or not _is_absent(error):
                    raise
                refusals.append(error)
            else:
                if refusals:
                    self.tap.report.note(
                        f"Stream '{self.name}': {path} was read instead of {_PATHS[0]}, which "
                        f"failed: {refusals[0]}"
                    )
                return
        raise refusals[0]


class Events(Follower, CortexStream):
    """Local endpoint events, one record for each event of an alert."""

    name = "events"
    parent_stream_type = Alerts
    primary_keys = ("_event_id",)
    replication_key = "local_insert_ts"
    path = Alerts.path
    other_paths = Alerts.other_paths
    list_key = Alerts.list_key
    default_lookback_minutes = Alerts.default_lookback_minutes

    def written_of(self, alerts: Iterable[Row]) -> Iterator[Row]:
        """Yield alerts, each after the records of its events were written, in its own order."""
        for alert in alerts:
            for event in local_events(alert, self._members):
                self.write(event)
            yield alert

    @cached_property
    def _members(self) -> frozenset[str]:
        return event_members(self.effective_schema)
