"""What the details of incidents hold: one getIncident call feeds all of these streams."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from edr_tap_kit.details import DetailFollower, NotUnderstood, objects_of
from edr_tap_kit.pages import Row
from typing_extensions import override

from tap_gravityzone.streams.base import GravityZoneStream
from tap_gravityzone.streams.incident_windows import VERSION
from tap_gravityzone.streams.incidents import Incidents

# Lists of an incident's details that are streams of their own.
_ELSEWHERE = frozenset({"alerts", "nodes", "mitreTags"})


class IncidentFollower(DetailFollower, GravityZoneStream):
    """Base of the streams: rows of one list in an incident (``incidents.getIncident``)."""

    parent_stream_type = Incidents
    lead_key = "incidentId"
    method = "incidents.getIncident"
    version = VERSION
    default_lookback_minutes = Incidents.default_lookback_minutes


class Alerts(IncidentFollower):
    """The alerts inside changed incidents (``details.alerts``)."""

    name = "alerts"
    primary_keys = ("incidentId", "id")

    @override
    def rows_of(self, details: Any) -> Sequence[Row]:
        return objects_of(_inner(details).get("alerts"))


class IncidentNodes(IncidentFollower):
    """The processes, files, hosts and other nodes of an incident's graph (``details.nodes``)."""

    name = "incident_nodes"
    primary_keys = ("incidentId", "id")
    selected_by_default = False

    @override
    def rows_of(self, details: Any) -> Sequence[Row]:
        return objects_of(_inner(details).get("nodes"))


class IncidentMitre(IncidentFollower):
    """The ATT&CK techniques of an incident (``details.mitreTags``)."""

    name = "incident_mitre"
    primary_keys = ("incidentId", "category", "id")
    selected_by_default = False

    @override
    def rows_of(self, details: Any) -> Sequence[Row]:
        return _techniques(_inner(details).get("mitreTags"))


class IncidentNotes(IncidentFollower):
    """The notes that analysts left on an incident (``notes``)."""

    name = "incident_notes"
    primary_keys = ("incidentId", "id")
    selected_by_default = False

    @override
    def rows_of(self, details: Any) -> Sequence[Row]:
        if not isinstance(details, dict):
            raise NotUnderstood
        return objects_of(details.get("notes"))


class IncidentDetails(IncidentFollower):
    """Incidents with what only their details tell, without the lists that are streams."""

    name = "incident_details"
    primary_keys = ("incidentId",)
    selected_by_default = False

    @override
    def rows_of(self, details: Any) -> Sequence[Row]:
        if not isinstance(details, dict):
            raise NotUnderstood
        row = {name: value for name, value in details.items() if name != "notes"}
        inner = row.get("details")
        if isinstance(inner, dict):
            row["details"] = {k: v for k, v in inner.items() if k not in _ELSEWHERE}
        return [row]


def _inner(details: Any) -> dict[str, Any]:
    """Return the member ``details`` of an incident; a PHP back end writes an empty one as []."""
    inner = details.get("details") if isinstance(details, dict) else details
    if isinstance(inner, dict):
        return inner
    if inner:
        raise NotUnderstood
    return {}


def _techniques(tags: Any) -> Sequence[Row]:
    """Return the techniques of all categories; what is no technique keeps none of them back."""
    found: list[Row] = []
    groups, understood = _readable(tags)
    for tag in groups:
        techniques, whole = _readable(tag.get("techniques"))
        understood = understood and whole
        found += [{**each, "category": tag.get("category")} for each in techniques]
    if not understood:
        raise NotUnderstood(found)
    return found


def _readable(value: Any) -> tuple[Sequence[Row], bool]:
    """Return the objects of a list, and whether it holds nothing else."""
    try:
        return objects_of(value), True
    except NotUnderstood as error:
        return error.rows, False
