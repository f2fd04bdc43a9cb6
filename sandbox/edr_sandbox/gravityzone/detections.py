"""Push events that report a detection."""

from __future__ import annotations

from hashlib import md5, sha256
from typing import TYPE_CHECKING, Any

from edr_sandbox.gravityzone.dates import write_zulu_ms
from edr_sandbox.gravityzone.scene import PATH, Scene, of_endpoint

if TYPE_CHECKING:
    from edr_sandbox.gravityzone.records import Incident

_BLANKED_TIME = "2017-09-13T14: 20:37.000Z"  # as in the vendor's own test events


def antivirus(scene: Scene) -> dict[str, Any]:
    """Return an event of this kind."""
    return {
        **scene.computer(),
        "user": {"name": "user-17", "id": "S-1-5-21-1000"},
        "malware_type": "file",
        "malware_name": "EICAR-Test-File (not a virus)",
        "hash": sha256(scene.endpoint.id.encode()).hexdigest(),
        "final_status": "deleted",
        "file_path": PATH,
        "timestamp": scene.time(),
        "signaturesNumber": "7.97136",
        "scanEngineType": 2,
        **dict.fromkeys(("cleaned", "blocked", "ignored", "present"), 0),
        "deleted": 1,
        "quarantined": scene.rng.randint(0, 2),
    }


def hyper_detect(scene: Scene) -> dict[str, Any]:
    """Return an event of this kind."""
    return {
        **scene.computer("EPS"),
        "user": {"name": "user-17", "sid": "S-1-5-21-1000"},
        "malware_type": "file",
        "malware_name": "",
        "final_status": "quarantined",
        "file_path": PATH,
        "attack_type": "suspicious files and network traffic",
        "detection_level": "normal",
        "is_fileless_attack": 1,
        "parent_process_id": 1716,
        "hwid": "00000000-0000-0000-0000-020000000001",
        "date": scene.time(),
    }


def exchange_malware(scene: Scene) -> dict[str, Any]:
    """Return an event of this kind."""
    found = {"malwareName": "Trojan.Example", "malwareType": "virus", "actionTaken": "quarantine"}
    return of_endpoint(
        scene,
        serverName=scene.endpoint.name,
        sender="sender@example.com",
        recipients=["recipient@example.com"],
        subject="Invoice ☃",
        detectionTime=_BLANKED_TIME,
        malware=[{**found, "infectedObject": "invoice.zip"}],
    )


def network_sandboxing(scene: Scene) -> dict[str, Any]:
    """Return an event of this kind."""
    return {
        "companyId": scene.company,
        "endpointId": scene.endpoint.id,
        "computerName": scene.endpoint.name,
        "computerIp": scene.endpoint.ip,
        "detectionTime": scene.at,
        "threatType": "RANSOMWARE",
        "filePaths": [PATH, "D:\\share\\setup.exe"],
        "fileSizes": ["2614", "2615"],
        "remediationActions": ["1", ""],
    }


def ransomware(scene: Scene) -> dict[str, Any]:
    """Return an event of this kind."""
    return {
        **scene.computer("SVA"),
        "company_name": "Example Customer",
        "user": {"name": "user-17", "sid": "S-1-5-21-1000"},
        "attack_type": "remote",
        "item_count": "23",
        "detected_on": scene.at,
        "attack_source": "198.51.100.7",
    }


def network_monitor(scene: Scene) -> dict[str, Any]:
    """Return an event of this kind."""
    members = scene.computer()
    del members["companyId"]  # missing in one of the vendor's samples
    return {
        **members,
        "user": {"userName": "user-17@example.com", "userSid": "S-1-5-21-1000"},
        "actionTaken": "reportOnly",
        "detection_name": "PrivacyThreat.Example.HTTP",
        "detection_attackTechnique": "discovery",
        "source_ip": "198.51.100.4",
        "victim_ip": scene.endpoint.ip,
        "local_port": "80",
        "timestamp": scene.time(),
    }


def antiexploit(scene: Scene) -> dict[str, Any]:
    """Return an event of this kind."""
    return of_endpoint(
        scene,
        detection_action="kill",
        detection_threatName="Exploit.Example",
        detection_pid="2000",
        detection_exploitTechnique="Flash/Generic",
        detection_parentPid="4000",
        detection_path=PATH,
        detection_parentPath=PATH,
        detection_username="user-17@example.com",
        detection_time=scene.time(),
    )


def storage(scene: Scene) -> dict[str, Any]:
    """Return an event of this kind."""
    return {
        "companyId": scene.company,
        "endpointId": scene.endpoint.id,
        "computerName": scene.endpoint.name,
        "storage_name": "files-01",
        "storage_ip": "10.0.0.5",
        "storage_type": "Nutanix",
        "file_path": PATH,
        "file_hash": sha256(b"storage").hexdigest(),
        "malware_type": "1",
        "malware_name": "BAT.Trojan.Example",
        "status": "5",
        "detection_time": scene.time(),
    }


def new_incident(scene: Scene, incident: Incident, score: int) -> dict[str, Any]:
    """Return the event of an endpoint incident; it is sent again as the incident grows."""
    severity = "severity_score" if incident.salt % 2 else "severityScore"
    return of_endpoint(
        scene,
        module="new-incident",
        created=write_zulu_ms(incident.created, incident.salt % 1000),
        detection_name="Example.Trojan.Generic",
        attack_types=["Malware"],
        **{severity: score},
        severity="high" if score >= 70 else "medium",
        incident_id=incident.id,
        attack_entry=4_000_000_000 + incident.salt % 290_000_000,
        parent_process_path="c:\\windows\\system32\\cmd.exe",
        parent_process_pid=9636,
        process_path=PATH,
        process_pid=10324,
        process_command_line="sample.exe /quiet",
        username="EXAMPLE\\user-17",
        user_sid="S-1-5-21-1000",
        file_hash_md5=md5(incident.id.encode(), usedforsecurity=False).hexdigest(),
        file_hash_sha256=sha256(incident.id.encode()).hexdigest(),
        att_ck_id=["T1059", "T1204"],
        main_action="no action",
    )
