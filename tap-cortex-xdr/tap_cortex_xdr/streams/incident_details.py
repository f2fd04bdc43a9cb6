"""What the details of incidents hold: one call, ten a minute, feeds all of these streams."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from edr_tap_kit import codec
from edr_tap_kit.details import DetailFollower, NotUnderstood, objects_of
from edr_tap_kit.pages import Row
from typing_extensions import override

from tap_cortex_xdr.streams.base import CortexStream
from tap_cortex_xdr.streams.incidents import Incidents

# Two spellings of these are in circulation.
_SPELLINGS = {"is_malicous": "is_malicious", "File_sha256": "file_sha256"}
# What tells the artifacts of an incident apart: they have no ids.
_FILE = ("type", "file_sha256", "file_name")
_NETWORK = ("type", "network_domain", "network_remote_ip", "network_remote_port")


class IncidentFollower(DetailFollower, CortexStream):
    """Base of the streams (``incidents/get_incident_extra_data``)."""

    parent_stream_type = Incidents
    path = Incidents.path
    list_key = Incidents.list_key
    lead_key = "incident_id"
    selected_by_default = False


class IncidentDetails(IncidentFollower):
    """Incidents with what only their details tell."""

    name = "incident_details"
    primary_keys = ("incident_id",)

    @override
    def rows_of(self, details: Any) -> Sequence[Row]:
        incident = details.get("incident") if isinstance(details, dict) else None
        if not isinstance(incident, dict):
            raise NotUnderstood
        return [incident]


class IncidentAlerts(IncidentFollower):
    """The alerts of incidents, in the flat shape of their details."""

    name = "incident_alerts"
    primary_keys = ("incident_id", "alert_id")

    @override
    def rows_of(self, details: Any) -> Sequence[Row]:
        return _listed(details, "alerts")


class FileArtifacts(IncidentFollower):
    """The files that play a part in incidents."""

    name = "file_artifacts"
    primary_keys = ("incident_id", "_artifact_id")

    @override
    def rows_of(self, details: Any) -> Sequence[Row]:
        return [_identified(_spelt(row), _FILE) for row in _listed(details, "file_artifacts")]


class NetworkArtifacts(IncidentFollower):
    """The addresses and domains that play a part in incidents."""

    name = "network_artifacts"
    primary_keys = ("incident_id", "_artifact_id")

    @override
    def rows_of(self, details: Any) -> Sequence[Row]:
        return [_identified(row, _NETWORK) for row in _listed(details, "network_artifacts")]


def _listed(details: Any, name: str) -> Sequence[Row]:
    """Return the objects of a list in the details, with or without its envelope of a count."""
    held = details.get(name) if isinstance(details, dict) else details
    rows = held.get("data") if isinstance(held, dict) else held
    if rows is None and not isinstance(details, dict):
        raise NotUnderstood
    return objects_of(rows)


def _spelt(row: Row) -> Row:
    spelt = {name: value for name, value in row.items() if name not in _SPELLINGS}
    for name, right in _SPELLINGS.items():
        if spelt.get(right) is None and name in row:
            spelt[right] = row[name]
    return spelt


def _identified(row: Row, names: Sequence[str]) -> Row:
    return {**row, "_artifact_id": codec.fingerprint([row.get(name) for name in names])}
