"""Incidents, and what their details hold: one getIncident call feeds every follower."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterator
from functools import cached_property
from typing import Any

from edr_tap_kit import codec, times
from edr_tap_kit.errors import StreamError, StreamUnavailable
from edr_tap_kit.reading import Row
from edr_tap_kit.stream import Follower
from typing_extensions import override

from tap_gravityzone.streams.base import GravityZoneStream
from tap_gravityzone.streams.incident_windows import METHOD, VERSION, IncidentWindows

_STAMPS = ("lastIncidentChange", "lastProcessed", "lastUpdated", "created")
_CHECKPOINT_EVERY = 10
_BLIND = "changes_unseen"  # in the state


class Incidents(GravityZoneStream):
    """Incidents, each time they change (``incidents.getIncidentsList``); leads :class:`Alerts`."""

    name = "incidents"
    primary_keys = ("incidentId",)
    replication_key = "_changed_at"
    # Incidents become visible up to minutes after the stamps that they are born with.
    default_lookback_minutes = 60

    @override
    def read(self) -> Iterator[dict[str, Any]]:
        alerts = self.follower(Alerts)
        start = self.family_start(alerts)
        changed: dict[str, tuple[str, str]] = {}
        change_stamps: set[bool] = set()
        windows = IncidentWindows(self)
        for rows, upper in windows.read(start):
            self._set_ceiling(upper)
            for row in sorted(map(self._prepared, rows), key=_order):
                if not self._wanted(row, start, windows.stamps):
                    continue
                change_stamps.add("lastIncidentChange" in row)
                if alerts and (incident_id := row.get("incidentId")):
                    changed[str(incident_id)] = (row["_changed_at"] or "", codec.fingerprint(row))
                record = self.shaper.shape(row)
                if record is not None:
                    yield record
            self.checkpoint()
        if windows.refusal or (change_stamps == {False} and windows.stamps):
            self._remember_blindness(windows.refusal or "its rows do not show one")
        elif change_stamps:
            self.stream_state.pop(_BLIND, None)
        if alerts:
            self._read_details(alerts, changed)

    @override
    def probe(self) -> None:
        self.client.page(METHOD, {}, version=VERSION, number=1, per_page=10)

    def identity(self, row: Row) -> Hashable:
        """Return what tells two rows apart."""
        return str(row.get("incidentId") or codec.fingerprint(row))

    def _prepared(self, row: Row) -> Row:
        """Return the row with the tap's own columns."""
        stamps = [text for stamp in _STAMPS if (text := self.utc(row.get(stamp)))]
        return {
            **row,
            "_changed_at": max(stamps, key=times.sort_key, default=None),
            "_born_at": _born_at(row.get("incidentId")),
        }

    def _wanted(self, row: Row, start: str | None, found_by: tuple[str, ...]) -> bool:
        """Whether a row belongs to this run: windows are asked for a little wider than needed."""
        changed_at, end = row["_changed_at"], self.tap.settings.end_date
        if changed_at is None:
            return True
        if start is not None and times.sort_key(changed_at) < times.sort_key(start):
            # Some tenants filter by a stamp that they do not show.
            return any(self.utc(row.get(stamp)) is None for stamp in found_by)
        # Only a stamp that the windows see makes sure that a later shard finds the row.
        seen = [text for stamp in found_by or _STAMPS if (text := self.utc(row.get(stamp)))]
        newest = max(seen, key=times.sort_key, default=None)
        return end is None or newest is None or times.sort_key(newest) < times.sort_key(end)

    def _set_ceiling(self, upper: str | None) -> None:
        limits = [self.tap.started_at, upper or self.tap.started_at]
        self.bookmark.ceiling = min(limits, key=times.sort_key)

    @property
    @override
    def lookback_minutes(self) -> int:
        days = self.tap.settings.incident_reread_days if self.stream_state.get(_BLIND) else 0
        return max(super().lookback_minutes, days * 1440)

    def _remember_blindness(self, why: str) -> None:
        """Let this and later runs look back further: an analyst's changes move no stamp."""
        self.stream_state[_BLIND] = True
        self.tap.report.note(
            f"GravityZone has no lastIncidentChange here ({why}): it does not tell when an analyst "
            "changes status, assignee or notes. To find these changes, each run reads the "
            "incidents of the last incident_reread_days again."
        )

    def _read_details(self, alerts: Alerts, changed: dict[str, tuple[str, str]]) -> None:
        """Fetch the details of changed incidents, oldest change first, for the followers."""
        pending = [
            (changed_at, incident_id, fingerprint)
            for incident_id, (changed_at, fingerprint) in changed.items()
            if not alerts.has_read(incident_id, fingerprint)
        ]
        pending.sort()
        details = self.client.call_each(
            "incidents.getIncident",
            ({"id": incident_id} for _, incident_id, _ in pending),
            version=VERSION,
        )
        try:
            for number, ((changed_at, incident_id, fingerprint), incident) in enumerate(
                zip(pending, details, strict=True), start=1
            ):
                if incident is None:
                    self.logger.info("Incident %s vanished before it was read.", incident_id)
                    known = True
                else:
                    known = alerts.write_alerts_of(incident, incident_id, changed_at)
                if known:
                    alerts.has_now_read(incident_id, changed_at, fingerprint)
                else:
                    alerts.hold_before(changed_at)
                if number % _CHECKPOINT_EVERY == 0:
                    self.checkpoint()
        except StreamUnavailable as error:
            self.tap.report.skip(alerts.name, str(error))
        except StreamError as error:
            self.tap.report.fail(alerts.name, str(error))


class Alerts(Follower, GravityZoneStream):
    """The alerts inside changed incidents (``incidents.getIncident``, ``details.alerts``)."""

    name = "alerts"
    parent_stream_type = Incidents
    primary_keys = ("incidentId", "id")
    replication_key = "_changed_at"
    default_lookback_minutes = Incidents.default_lookback_minutes

    @property
    @override
    def lookback_minutes(self) -> int:
        # What the lead lists again must be remembered here, else its details are read again.
        lead = self.tap.streams[Incidents.name]
        assert isinstance(lead, Incidents)  # noqa: S101 (the tap's own table of streams)
        return lead.lookback_minutes

    def write_alerts_of(self, incident: Any, incident_id: str, changed_at: str) -> bool:
        """Write the alerts of an incident's details; return whether these could be understood."""
        details = incident.get("details") if isinstance(incident, dict) else incident
        alerts = details.get("alerts") if isinstance(details, dict) else None
        understood = (isinstance(details, dict) or not details) and isinstance(alerts, list | None)
        for alert in alerts if isinstance(alerts, list) else ():
            if isinstance(alert, dict):
                self.write({**alert, "incidentId": incident_id, "_changed_at": changed_at or None})
            else:
                understood = False
        if understood:
            return True
        self.tap.report.note(
            f"Stream '{self.name}': the details of incidents hold something else in the place of "
            "a list of alerts. They are read again by the next run; tell the vendor."
        )
        return False

    def has_read(self, incident_id: str, fingerprint: str) -> bool:
        """Whether the details of an incident were read as it stands in the list now."""
        return self._incremental and self._read_before.get(incident_id, [])[1:] == [fingerprint]

    def has_now_read(self, incident_id: str, changed_at: str, fingerprint: str) -> None:
        """Remember an incident, all of its alerts being written, and forget what is out of reach.

        The memory lives in the state and holds what the look-back of the next run lists again.
        """
        if not self._incremental:
            return
        self.bookmark.read_through(changed_at or None)
        memory = self._read_before
        memory.pop(incident_id, None)
        reach = times.sort_key(self.reach or "")
        # One that was found by a stamp that does not show stays within reach all the same.
        memory[incident_id] = [max(changed_at, self.reach or "", key=times.sort_key), fingerprint]
        for known_id in itertools.takewhile(
            lambda known_id: times.sort_key(memory[known_id][0]) < reach, list(memory)
        ):
            del memory[known_id]

    def hold_before(self, changed_at: str) -> None:
        """Keep the bookmark from passing an incident that is to be read again."""
        limits = [self.bookmark.ceiling, changed_at or self.bookmark.ceiling]
        self.bookmark.ceiling = min(limits, key=times.sort_key)

    @cached_property
    def _read_before(self) -> dict[str, list[str]]:
        stored = self.stream_state.get("details_read")
        memory = {
            known_id: [str(part) for part in known]
            for known_id, known in (stored if isinstance(stored, dict) else {}).items()
            if isinstance(known, list) and len(known) == 2  # noqa: PLR2004
        }
        self.stream_state["details_read"] = memory
        return memory

    @override
    def probe(self) -> None:
        """Ask for the list: the details need the same right and an incident's id besides."""
        self.client.page(METHOD, {}, version=VERSION, number=1, per_page=10)


def _order(row: Row) -> str:
    return times.sort_key(row["_changed_at"] or "")


def _born_at(incident_id: Any) -> str | None:
    """Return when the record was born, UTC: an id begins with its epoch seconds in hex."""
    try:
        return times.from_epoch_seconds(int(str(incident_id)[:8], 16))
    except (ValueError, OverflowError):
        return None
