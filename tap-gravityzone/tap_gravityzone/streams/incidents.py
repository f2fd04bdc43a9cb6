"""Incidents, each time they change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from edr_tap_kit import codec, times
from edr_tap_kit.details import DetailReader
from edr_tap_kit.pages import Row
from edr_tap_kit.records import Record
from typing_extensions import override

from tap_gravityzone.streams.base import GravityZoneStream
from tap_gravityzone.streams.incident_windows import METHOD, VERSION, IncidentWindows

_STAMPS = ("lastIncidentChange", "lastProcessed", "lastUpdated", "created")
_BLIND = "changes_unseen"  # in the state


@dataclass(frozen=True)
class _Listed:
    """A row of the list, those of its stamps that are times (UTC text), and the newest of them."""

    row: Row
    stamps: Mapping[str, str]
    changed_at: str | None


class Incidents(GravityZoneStream):
    """Incidents, each time they change (``incidents.getIncidentsList``).

    Leads the streams of what their details hold.
    """

    name = "incidents"
    primary_keys = ("incidentId",)
    replication_key = "_changed_at"
    computed = ("_changed_at", "_born_at")
    method = METHOD
    version = VERSION
    # Incidents become visible up to minutes after the stamps that they are born with.
    default_lookback_minutes = 60

    @override
    def read(self) -> Iterator[Record]:
        details = DetailReader(self)
        start = self.family_start(*details.followers)
        tells_changes: set[bool] = set()
        windows = IncidentWindows(self)
        for rows, upper in windows.read(start):
            self._set_ceiling(upper)
            for listed in sorted(map(self._listed, rows), key=_order):
                if not self._wanted(listed, start, windows.stamps):
                    continue
                row, incident_id = listed.row, listed.row.get("incidentId")
                tells_changes.add(row.get("lastIncidentChange") not in (None, ""))
                computed = {"_changed_at": listed.changed_at, "_born_at": _born_at(incident_id)}
                if details.followers:
                    fingerprint = codec.fingerprint({**row, **computed})
                    details.listed(incident_id, listed.changed_at, fingerprint)
                record = self.shaper.shape(row, computed)
                if record is not None:
                    yield record
            self.checkpoint()
        if windows.refusal:
            self._remember_blindness(windows.refusal)
        elif True in tells_changes:
            self.stream_state[_BLIND] = False
        elif tells_changes and windows.stamps and self.stream_state.get(_BLIND) is not False:
            # Incidents that nobody touched may lack it: once it was seen, they are all these are.
            self._remember_blindness("none of its rows shows one")
        if details.followers:
            details.read(self._details_of)

    @override
    def probe(self) -> None:
        self.client.page(METHOD, {}, version=VERSION, number=1, per_page=10)

    def _listed(self, row: Row) -> _Listed:
        stamps = {stamp: text for stamp in _STAMPS if (text := self.utc(row.get(stamp)))}
        return _Listed(row, stamps, max(stamps.values(), key=times.sort_key, default=None))

    def _wanted(self, listed: _Listed, start: str | None, found_by: tuple[str, ...]) -> bool:
        """Whether a row belongs to this run: windows are asked for a little wider than needed."""
        changed_at, end = listed.changed_at, self.tap.settings.end_date
        if changed_at is None:
            return True
        if start is not None and times.is_before(changed_at, start):
            # Some tenants filter by a stamp that they do not show.
            return any(stamp not in listed.stamps for stamp in found_by)
        # Only a stamp that the windows see makes sure that a later shard finds the row.
        seen = [listed.stamps[each] for each in found_by or _STAMPS if each in listed.stamps]
        newest = max(seen, key=times.sort_key, default=None)
        return end is None or newest is None or times.is_before(newest, end)

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

    def _details_of(self, incident_ids: Iterable[str]) -> Iterator[Any]:
        return self.client.call_each(
            "incidents.getIncident", ({"id": each} for each in incident_ids), version=VERSION
        )


def _order(listed: _Listed) -> str:
    return times.sort_key(listed.changed_at or "")


def _born_at(incident_id: Any) -> str | None:
    """Return when the record was born, UTC: an id begins with its epoch seconds in hex."""
    try:
        return times.from_epoch_seconds(int(str(incident_id)[:8], 16))
    except (ValueError, OverflowError):
        return None
