"""Incidents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from typing import Any

from edr_tap_kit import codec
from edr_tap_kit.details import DetailFollower, DetailReader
from edr_tap_kit.errors import RequestRejected, StreamError, StreamUnavailable
from edr_tap_kit.records import Record
from edr_tap_kit.transport import Call
from typing_extensions import override

from tap_cortex_xdr import extra_data
from tap_cortex_xdr.streams.base import CortexStream
from tap_cortex_xdr.streams.windowed import Axis, WindowedStream

_DETAILS = "v1/incidents/get_incident_extra_data"
_USUAL_ALERTS = 1000  # the vendor's default for alerts_limit
_VANISHED = "incident not found"
_404 = "(HTTP 404)"


class Incidents(WindowedStream):
    """Incidents, each time they change (``incidents/get_incidents``).

    Leads the streams of what their details hold.
    """

    name = "incidents"
    primary_keys = ("incident_id",)
    replication_key = "modification_time"
    path = "v1/incidents/get_incidents"
    list_key = "incidents"
    axis = Axis("modification_time", "modification_time")
    finer = Axis("creation_time", "creation_time")
    tie_sort = "incident_id"
    default_lookback_minutes = 60
    _has_details = False

    @override
    def read(self) -> Iterator[Record]:
        details = DetailReader(self)
        for rows in self.rows(self.path, self.family_start(*details.followers)):
            for row in rows if details.followers else ():
                changed_at = self.time_of(self.axis, row)
                details.listed(row.get("incident_id"), changed_at, codec.fingerprint(row))
            yield from self.shaped(rows)
        if details.followers:
            details.read(self._details_of)

    @cached_property
    def _wanted(self) -> list[str]:
        """The members of the details that somebody reads: a second request costs six seconds."""
        followers = self.followers(DetailFollower)
        return [each.list_key for each in followers if isinstance(each, CortexStream)]

    def _details_of(self, incident_ids: Iterable[str]) -> Iterator[Any]:
        asked = ({"incident_id": each, "alerts_limit": _USUAL_ALERTS} for each in incident_ids)
        return self.client.post_each(_DETAILS, asked, self._details)

    def _details(self, call: Call) -> Any:
        """Return the details of an incident, the error that tells why there are none, or ``None``.

        There are none of an incident that is gone.
        """
        try:
            details = self.client.transport.send(call)
        except (StreamUnavailable, StreamError) as refusal:
            # A 404 is one or the other: the tenant knows the call once it has answered it.
            if _VANISHED in str(refusal).lower() or (self._has_details and _404 in str(refusal)):
                return None
            return refusal
        self._has_details = True
        if not extra_data.is_whole(details, self._wanted):
            details = self._second_look(call.body["request_data"], details)
        return {} if details is None else details  # a null reply tells of no incident that is gone

    def _second_look(self, asked: Mapping[str, Any], first: Any) -> Any:
        """Return details that are asked for once more, or the first ones where these are no better.

        An answer may be faulty by chance, or hold less than the incident's alerts for its limit.
        What two answers lack is how the vendor answers.
        """
        self.logger.info(
            "%s: the details of incident %s lack something; they are asked for once more.",
            _DETAILS,
            asked["incident_id"],
        )
        alerts = extra_data.listed(first, extra_data.ALERTS)
        limit = _USUAL_ALERTS + (alerts.missing if alerts else 0)
        with suppress(RequestRejected, StreamUnavailable):  # what came is written
            again = self.client.post(_DETAILS, {**asked, "alerts_limit": limit})
            if extra_data.incident_in(again) is not None:
                return again
        return first
