"""Incidents as ``incidents.getIncidentsList`` writes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edr_sandbox.gravityzone import records
from edr_sandbox.gravityzone.dates import MIXED_ZONES

if TYPE_CHECKING:
    from edr_sandbox.gravityzone.records import Company, Incident
    from edr_sandbox.gravityzone.switches import Switches

_CONSOLE = "https://console.example.com/#!/incidents/view/"
_EDR_DETECTIONS = (
    "Example.Trojan.Generic",
    "Suspicious Registry Dump",
    "Cloud Threat",
    "PowerShell.EncodedCommand",
    "Ransomware.Behaviour",
)
_EDR_ATTACKS = (("Malware",), ("Other",), ("Malware", "Exploit"), ())
_XDR_ATTACKS = (("Defense Evasion",), ("Defense Evasion", "Collection"), (), ("Exfiltration",))
_XDR_COUNTERS = [
    "endpoints",
    "servers",
    "mobileDevices",
    "printers",
    "routers",
    "IoTs",
    "identities",
    "emails",
    "IPs",
    "domains",
    "DNSs",
    "DGAs",
    "cloudStorages",
    "torNodes",
    "externalDrives",
    "externalSources",
    "exfiltratedFiles",
    "internalIPs",
    "internalEmails",
    "users",
    "virtualDesktops",
    "containers",
    "databases",
    "storages",
    "office365Instances",
    "ADInstances",
    "azureADInstances",
    "AWSInstances",
    "GCPInstances",
    "googleWorkspaceInstances",
    "atlassianInstances",
    "atlassianBitbucketProducts",
    "atlassianJiraProducts",
    "atlassianConfluenceProducts",
    "bitbucketProjects",
    "confluenceSpaces",
]
_NO_COUNTS = dict.fromkeys(_XDR_COUNTERS, 0)


@dataclass(frozen=True, slots=True)
class Clock:
    """Writes the dates of one incident."""

    incident: Incident
    company: Company
    switches: Switches

    def __call__(self, instant: int, nth: int = 0) -> str:
        """Write an instant; ``nth`` picks the offset where one row mixes several."""
        zone = self.company.zone
        if self.switches.mixed_offsets:
            zone = MIXED_ZONES[(self.incident.salt + nth) % len(MIXED_ZONES)]
        return zone.write(instant, naive=self.switches.naive_dates)


def link(incident_id: str) -> str:
    """Return the address of an incident in the console."""
    return _CONSOLE + incident_id


def detection_of(incident: Incident) -> str:
    """Return the name of what an endpoint incident detected."""
    return _EDR_DETECTIONS[incident.salt % len(_EDR_DETECTIONS)]


def attack_types(incident: Incident) -> list[str]:
    """Return the attack types of an incident, which may be none."""
    choices = _EDR_ATTACKS if incident.kind == records.EDR else _XDR_ATTACKS
    return list(choices[incident.salt // 7 % len(choices)])


def incident_row(incident: Incident, company: Company, switches: Switches) -> dict[str, Any]:
    """Return a new list item."""
    write = Clock(incident, company, switches)
    status: object = incident.status
    if switches.status_ints:
        status = records.STATUSES.index(incident.status) + 1
    row = {
        "incidentId": incident.id,
        "incidentNumber": incident.number,
        "status": status,
        "mainAction": incident.action,
        "created": write(incident.created),
        "lastUpdated": write(incident.updated, 1),
        "lastProcessed": write(incident.processed, 2),
        "severityScore": incident.score,
        "incidentLink": link(incident.id),
        "assignee": incident.assignee,
        "priority": incident.priority,
        "attackTypes": attack_types(incident),
        "company": {"id": company.id, "name": company.name},
        "incidentType": incident.kind,
        "details": _edr_details(incident) if incident.kind == records.EDR else _xdr(incident),
    }
    if not switches.change_absent:
        unknown = switches.change_null_until_touched and not incident.touched
        row["lastIncidentChange"] = None if unknown else write(incident.changed, 3)
    return row


def _part_of(incident: Incident) -> list[dict[str, str]]:
    return [{"incidentId": other, "incidentLink": link(other)} for other in incident.part_of]


def _edr_details(incident: Incident) -> dict[str, Any]:
    alerts, salt = len(incident.alert_times), incident.salt
    details: dict[str, Any] = {
        "detectionName": detection_of(incident),
        "counters": {
            "endpoints": 1,
            "files": salt % 4,
            "processes": 1 + salt // 4 % 20,
            "domains": salt // 80 % 5,
            "registries": salt // 400 % 2,
            "events": alerts + salt // 800 % 40,
            "storages": 0,
        },
    }
    endpoint = incident.endpoint
    if endpoint is not None:
        details["computerId"] = endpoint.id
        details["computerName"] = endpoint.name
        details["computerFqdn"] = endpoint.fqdn
        details["computerIp"] = endpoint.ip
        details["computerMacAddresses"] = list(endpoint.macs)
    details["partOf"] = _part_of(incident)
    return details


def _xdr(incident: Incident) -> dict[str, Any]:
    salt = incident.salt
    counters = dict(_NO_COUNTS)
    counters["endpoints"] = 1 if incident.endpoint else 0
    counters["domains"] = salt % 3
    counters["externalSources"] = salt // 3 % 2
    counters["identities"] = counters["users"] = salt // 6 % 4
    related: list[dict[str, str]] | None = _part_of(incident)
    nothing: list[dict[str, str]] | None = [] if salt // 24 % 5 else None
    return {"counters": counters, "contains": nothing, "partOf": related or nothing}
