"""Alerts that changed after they were stored, by a filter that is not documented for them.

``last_modified_ts`` is documented for the same path of a sister product, and two clients send it
(section 2.3 of the vendor's reference). Therefore the user switches it on, every answer is checked
against what is known of the alerts, and the look-back stays what it is.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING

from edr_tap_kit import times
from edr_tap_kit.errors import StreamError
from edr_tap_kit.pages import Row

from tap_cortex_xdr.streams.windowed import Axis

if TYPE_CHECKING:
    from tap_cortex_xdr.streams.alerts import Alerts

# A row that never changed lies outside of every range.
MODIFIED = Axis("last_modified_ts", "last_modified_ts", absent=0)
_STATE = "changes_read_through"
# The state holds our clock, the filter compares the vendor's.
_CLOCK_SKEW = 3_600_000  # ms


class AlertChanges:
    """The changes since the last run of one stream, which reads from ``start`` by storage time."""

    def __init__(self, alerts: Alerts, start: str | None) -> None:
        settings = alerts.tap.settings
        self._alerts = alerts
        self._stored_from = None if start is None else times.epoch_ms(start)
        self._now = times.epoch_ms(alerts.tap.started_at)
        self._path = alerts.path
        self._expected: set[Hashable] = set()
        self._wanted = settings.alert_last_modified_filter and settings.end_date is None
        self._since = self._read_through() if self._wanted else None
        if self._wanted and self._since is None:
            # From the first read on, even where that is killed: what it met may change after it.
            self._remember()

    def expect(self, path: str, rows: list[Row]) -> None:
        """Remember which of the rows, read by storage time, the filter must find as well."""
        self._path = path
        if self._since is None:
            return
        for row in rows:
            at = self._alerts.position(MODIFIED, row)
            if at is not None and self._since <= at < self._now - _CLOCK_SKEW:
                self._expected.add(self._alerts.identity(row))

    def read(self) -> Iterator[list[Row]]:
        """Yield the changed rows that were stored before ``start``."""
        if not self._wanted:
            return
        if self._since is not None and self._stored_from is not None:
            found: set[Hashable] = set()
            try:
                for rows in self._alerts.bisected(self._path, MODIFIED, self._since, None):
                    found.update(map(self._alerts.identity, rows))
                    yield [row for row in rows if self._is_old(row)]
            except StreamError as error:
                self._give_up(f"it failed: {error}")
                return
            if missing := len(self._expected - found):
                self._give_up(f"it left out {missing} alerts that are known to have changed")
                return
        if self._since is not None:
            self._remember()

    def _remember(self) -> None:
        """Note that all changes up to now are known, give or take the clocks."""
        self._alerts.stream_state[_STATE] = times.from_epoch_ms(self._now - _CLOCK_SKEW)

    def _is_old(self, row: Row) -> bool:
        stored = self._alerts.position(self._alerts.axis, row)
        return stored is None or self._stored_from is None or stored < self._stored_from

    def _read_through(self) -> int | None:
        """Return up to when changes were read (epoch ms), ``None`` where there is nothing yet."""
        try:
            return times.epoch_ms(times.to_utc_text(self._alerts.stream_state.get(_STATE)) or "")
        except ValueError:
            return None

    def _give_up(self, why: str) -> None:
        self._alerts.tap.report.note(
            f"Stream '{self._alerts.name}': the filter last_modified_ts cannot be relied on here, "
            f"{why}. Changed alerts are found within alert_reread_minutes alone: raise it, and set "
            "alert_last_modified_filter to false."
        )
