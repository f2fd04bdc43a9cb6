"""Incidents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from typing_extensions import override

from tap_cortex_xdr.streams.base import Axis, WindowedStream


class Incidents(WindowedStream):
    """Incidents, each time they change (``incidents/get_incidents``)."""

    name = "incidents"
    primary_keys = ("incident_id",)
    replication_key = "modification_time"
    path = "v1/incidents/get_incidents"
    list_key = "incidents"
    axis = Axis("modification_time", "modification_time")
    finer = Axis("creation_time", "creation_time")
    tie_sort = "incident_id"
    default_lookback_minutes = 60

    @override
    def read(self) -> Iterator[dict[str, Any]]:
        for rows in self.rows(self.path, self.start):
            yield from self.shaped(rows)
