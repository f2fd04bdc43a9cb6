"""Incidents as ``incidents.getIncident`` writes them: alerts, nodes, notes, techniques."""

from __future__ import annotations

import copy
from hashlib import md5, sha256
from typing import TYPE_CHECKING, Any

from edr_sandbox.gravityzone import records
from edr_sandbox.gravityzone.rows import Clock, detection_of

if TYPE_CHECKING:
    from edr_sandbox.gravityzone.records import Company, Incident
    from edr_sandbox.gravityzone.switches import Switches

_PROCESS = r"c:\program files\example\viewer.exe"
_SHELL = r"c:\windows\system32\cmd.exe"
_KEY = r"HKLM\SYSTEM\ControlSet001\Services\example\State"
_NULL_PROCESS = dict.fromkeys(
    [
        "processPathSize",
        "loadedModule",
        "loadedModulePid",
        "processInjectionWriter",
        "processInjectionWriterPid",
        "processInjectionTarget",
        "processInjectionTargetPid",
        "processInjectionSizeofWrite",
        "processPackerName",
    ]
)
_NULL_NETWORK = dict.fromkeys(
    [
        "protocol",
        "port",
        "streamType",
        "statusCode",
        "requestMethod",
        "requesterMac",
        "requesterIp",
        "requesterSystemName",
        "rawConnectionTransferedIn",
        "rawConnectionTransferedOut",
        "rawConnectionReferrer",
        "rawConnectionUser",
        "rawConnectionLoginStatus",
        "domain",
        "smbFileName",
        "interface",
        "expectedProtocol",
        "rawConnectionProtocol",
        "httpConnectionMethod",
        "httpConnectionHost",
        "httpConnectionResponseCode",
        "winrmConnectionUserAgent",
        "smbUser",
        "smbHostName",
        "ldapDistinguishedName",
        "local",
        "mailAttachments",
    ]
)
_MITRE = (
    ("Execution", "Command and Scripting Interpreter", "T1059", ("PowerShell", "T1059.001")),
    ("Discovery", "System Information Discovery", "T1082", None),
    ("Execution", "User Execution", "T1204", ("Malicious Link", "T1204.001")),
    ("Impact", "Data Encrypted for Impact", "T1486", None),
)
_TACTICS = ("Initial Access", "Defense Evasion", "Collection")


def part_id(incident: Incident, kind: int, nth: int, instant: int) -> str:
    """Return the lasting id of the ``nth`` part of a kind (alert, node) of an incident."""
    mixed = (incident.salt * 0x9E3779B97F4A7C15 + kind * 0xC2B2AE3D27D4EB4F + nth) % (1 << 64)
    return f"{instant:08x}{mixed:016x}"


def add_details(row: dict[str, Any], incident: Incident, company: Company, how: Switches) -> None:
    """Turn a list item into the answer of getIncident."""
    write = Clock(incident, company, how)
    edr = incident.kind == records.EDR
    extra = _edr(incident, write) if edr else _xdr(incident, write)
    row["details"].update(extra, mitreTags=_mitre_tags(incident))
    row["notes"] = [
        {**copy.deepcopy(note), "created": write(note["created"], 4)} for note in incident.notes
    ]


def alerts(incident: Incident, write: Clock) -> list[dict[str, Any]]:
    """Return the alerts of an incident, the newest first."""
    make = _edr_alert if incident.kind == records.EDR else _xdr_alert
    times = incident.alert_times
    return [make(incident, write, nth) for nth in range(len(times) - 1, -1, -1)]


def _edr_alert(incident: Incident, write: Clock, nth: int) -> dict[str, Any]:
    on_the_web = (incident.salt + nth) % 3 == 0
    name = detection_of(incident) if nth == 0 else f"Example Behaviour {nth}"
    resources = [_network(incident)] if on_the_web else [_process(incident), _registry()]
    return {
        "id": part_id(incident, 1, nth, incident.alert_times[nth]),
        "name": name,
        "date": write(incident.alert_times[nth], nth),
        "detectedBy": {
            "name": name,
            "class": "Web Protection" if on_the_web else "EDR Detection",
        },
        "resources": resources,
        "extra": [{"key": "extraInfo1", "value": "Operation Channel: normal\nNothing else"}],
    }


def _process(incident: Incident) -> dict[str, Any]:
    details = {
        "pid": 1000 + incident.salt % 9000,
        "processPath": _PROCESS,
        "commandLine": f'"{_PROCESS}" --open "näme.txt"',
        "parentPid": 4440,
        "parentProcessPath": _SHELL,
        "user": "EXAMPLE\\user-17",
        "processAccessPrivileges": "restricted",
        "processIntegrityLevel": "medium",
        **_NULL_PROCESS,
    }
    return {"type": "process", "details": details}


def _registry() -> dict[str, Any]:
    details = {
        "registryKey": _KEY,
        "registryValue": _PROCESS,
        "registryData": None,
        "registryType": "REG_BINARY",
        "registryAccessType": "WRITE",
    }
    return {"type": "registry", "details": details}


def _network(incident: Incident) -> dict[str, Any]:
    details = {
        "uri": "download.example.com/payload",
        "rawConnectionDestIp": "192.0.2.44",
        "rawConnectionSourceIp": incident.endpoint.ip if incident.endpoint else None,
        "rawConnectionDestPort": 80,
        "rawConnectionSourcePort": 49152 + incident.salt % 16000,
        "rawConnectionDirection": "outbound",
        "httpConnectionUri": "download.example.com/payload",
        **_NULL_NETWORK,
    }
    return {"type": "network", "details": details}


def _edr(incident: Incident, write: Clock) -> dict[str, Any]:
    listed = alerts(incident, write)
    nodes = _edr_nodes(incident, write, [alert["id"] for alert in listed])
    first, *others = [node["id"] for node in nodes]
    transitions = [
        {"from": first, "to": other, "date": write(incident.created, 2)} for other in others
    ]
    return {
        "alerts": listed,
        "nodes": nodes,
        "triggerNodeId": first,
        "transitions": transitions,
    }


def _edr_nodes(incident: Incident, write: Clock, alert_ids: list[str]) -> list[dict[str, Any]]:
    salt, endpoint = incident.salt, incident.endpoint
    process = {"pid": 1000 + salt % 9000, "name": "viewer.exe", "path": _PROCESS}
    execution = {
        "file": _file(salt),
        "process": {
            "pid": process["pid"],
            "parent": {"pid": 4440, "name": "cmd.exe", "path": None},
            "commandLine": "<did_not_receive>" if salt % 2 else f'"{_PROCESS}"',
            "userId": None,
            "userName": "user-17",
            "date": write(incident.created, 1),
            "name": "viewer.exe",
        },
        "sandbox": None,
        "quarantine": None,
        "killProcess": {"status": "success", "errorCode": 0} if salt % 2 else None,
    }
    domain = {"requestedURL": "download.example.com/payload", "remotePort": 80, "protocol": None}
    registry = {"key": _KEY, "value": _PROCESS, "data": None}
    made: list[tuple[str, str, dict[str, Any], list[str]]] = [
        ("viewer.exe", "process_execution", execution, []),
        ("192.0.2.44", "domain", {"domain": domain, "process": process, "file": None}, alert_ids),
        (_KEY, "registry", {"registry": registry, "process": process}, []),
    ]
    if endpoint is not None:
        details = {
            "id": endpoint.id,
            "name": endpoint.name,
            "hardwareId": f"00000000-0000-0000-0000-{endpoint.macs[0]}",
            "ip": endpoint.ip,
            "isContainer": False,
            "isContainerHost": "isContainerHost" in endpoint.flags,
        }
        made.append((endpoint.name, "endpoint", details, []))
    return [
        {
            "id": part_id(incident, 2, nth, incident.born),
            "name": name,
            "type": kind,
            "details": details,
            "alertIds": list(ids),
        }
        for nth, (name, kind, details, ids) in enumerate(made)
    ]


def _file(salt: int) -> dict[str, Any]:
    content = str(salt).encode()
    return {
        "name": "viewer.exe",
        "path": _PROCESS,
        "md5": md5(content, usedforsecurity=False).hexdigest(),
        "sha256": sha256(content).hexdigest(),
        "size": 50_000 + salt % 4_000_000,
        "isExecutable": True,
    }


def _xdr_alert(incident: Incident, write: Clock, nth: int) -> dict[str, Any]:
    nodes = [part_id(incident, 2, node, incident.born) for node in range(2)]
    resource = {"name": "user-17", "type": "identity", "details": {"domain": "example.internal"}}
    return {
        "id": part_id(incident, 1, nth, incident.alert_times[nth]),
        "name": f"Example Correlation {(incident.salt + nth) % 5}",
        "date": write(incident.alert_times[nth], nth),
        "sensors": ["EDR"] if incident.endpoint else ["Identity", "Productivity"],
        "tactic": _TACTICS[(incident.salt + nth) % len(_TACTICS)],
        "transitions": [{"from": nodes[0], "to": nodes[1], "resources": [resource]}],
    }


def _xdr(incident: Incident, write: Clock) -> dict[str, Any]:
    endpoint = incident.endpoint
    made: list[tuple[str, str, bool, dict[str, Any]]] = [
        (
            "download.example.com",
            "domain",
            True,
            {"domainName": "download.example.com", "ips": ["192.0.2.44"]},
        )
    ]
    if endpoint is not None:
        macs = [mac.upper() for mac in endpoint.macs]
        details = {
            "hardwareId": f"00000000-0000-0000-0000-{endpoint.macs[0]}",
            "ips": [endpoint.ip],
            "macs": [":".join(mac[at : at + 2] for at in range(0, 12, 2)) for mac in macs],
            "endpointId": endpoint.id,
        }
        made.append((endpoint.name, "endpoint", False, details))
    nodes = [
        {
            "id": part_id(incident, 2, nth, incident.born),
            "name": name,
            "type": kind,
            "isExternal": external,
            "details": details,
        }
        for nth, (name, kind, external, details) in enumerate(made)
    ]
    return {
        "cves": ["CVE-2099-0001"] if incident.salt % 4 == 0 else [],
        "suspectedActors": [],
        "killChainPhases": ["initial_access"],
        "lastKillChainPhase": "initial_access",
        "alerts": alerts(incident, write),
        "nodes": nodes,
    }


def _mitre_tags(incident: Incident) -> list[dict[str, Any]]:
    found = [_MITRE[(incident.salt + nth) % len(_MITRE)] for nth in range(1 + incident.salt % 2)]
    return [
        {
            "category": category,
            "techniques": [
                {
                    "id": code,
                    "name": name,
                    "subtechniques": [{"id": sub[1], "name": sub[0]}] if sub else None,
                }
            ],
        }
        for category, name, code, sub in found
    ]
