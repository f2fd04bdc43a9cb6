"""What the details of incidents hold: one call, ten a minute, feeds all of these streams."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from edr_tap_kit.details import DetailFollower, NotUnderstood
from edr_tap_kit.pages import Row
from typing_extensions import override

from tap_cortex_xdr import extra_data
from tap_cortex_xdr.identity import identity_of
from tap_cortex_xdr.streams.base import CortexStream
from tap_cortex_xdr.streams.incidents import Incidents

# Two spellings of these are in circulation.
_SPELLINGS = {"is_malicous": "is_malicious", "File_sha256": "file_sha256"}
# What tells the artifacts of an incident apart: they have no ids.
_FILE = ("type", "file_sha256", "file_name")
_NETWORK = ("type", "network_domain", "network_remote_ip", "network_remote_port")


class IncidentFollower(DetailFollower, CortexStream):
    """Base of the streams (``incidents/get_incident_extra_data``).

    ``list_key`` is the member of the details that holds the stream's rows; ``remedy`` what to do
    when it holds fewer than the vendor counts.
    """

    parent_stream_type = Incidents
    path = Incidents.path
    lead_key = "incident_id"
    selected_by_default = False
    remedy: ClassVar[str] = "tell the vendor."

    @override
    def rows_of(self, details: Any) -> Sequence[Row]:
        found = extra_data.listed(details, self.list_key)
        if found is None:
            raise NotUnderstood
        if found.strays:
            self.partial(
                f"entries of {self.list_key} that are no objects were left out; tell the vendor."
            )
        if found.missing:
            self.partial(
                f"an incident has more {self.list_key} than the vendor hands out with it; "
                f"{self.remedy}"
            )
        rows = [self.prepared(row) for row in found.rows]
        if extra_data.incident_in(details) is None:
            raise NotUnderstood(rows)
        return rows


class IncidentDetails(IncidentFollower):
    """Incidents with what only their details tell."""

    name = "incident_details"
    primary_keys = ("incident_id",)
    list_key = extra_data.INCIDENT

    @override
    def rows_of(self, details: Any) -> Sequence[Row]:
        incident = extra_data.incident_in(details)
        if incident is None:
            raise NotUnderstood
        return [incident]


class IncidentAlerts(IncidentFollower):
    """The alerts of incidents, in the flat shape of their details."""

    name = "incident_alerts"
    primary_keys = ("incident_id", "alert_id")
    list_key = extra_data.ALERTS
    remedy = "read the stream alerts for all of them."


class FileArtifacts(IncidentFollower):
    """The files that play a part in incidents."""

    name = "file_artifacts"
    primary_keys = ("incident_id", "_artifact_id")
    list_key = "file_artifacts"

    @override
    def prepared(self, row: Row) -> Row:
        return _identified(_spelt(row), _FILE)


class NetworkArtifacts(IncidentFollower):
    """The addresses and domains that play a part in incidents."""

    name = "network_artifacts"
    primary_keys = ("incident_id", "_artifact_id")
    list_key = "network_artifacts"

    @override
    def prepared(self, row: Row) -> Row:
        return _identified(row, _NETWORK)


def _spelt(row: Row) -> Row:
    spelt = {name: value for name, value in row.items() if name not in _SPELLINGS}
    for name, right in _SPELLINGS.items():
        if spelt.get(right) is None and name in row:
            spelt[right] = row[name]
    return spelt


def _identified(row: Row, names: Sequence[str]) -> Row:
    return {**row, "_artifact_id": identity_of([row.get(name) for name in names])}
