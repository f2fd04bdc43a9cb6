"""One maker for each type of push event, modelled on the vendor's table of types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edr_sandbox.gravityzone import detections
from edr_sandbox.gravityzone.dates import write_zulu_ms
from edr_sandbox.gravityzone.generate import new_id
from edr_sandbox.gravityzone.scene import PATH, Scene, blocked, of_endpoint

if TYPE_CHECKING:
    from collections.abc import Callable


def _device_control(scene: Scene) -> dict[str, Any]:
    members = scene.computer()
    del members["companyId"]
    return {
        **members,
        "username": "user-17",
        "action": "blocked",
        "deviceName": "CD-ROM Drive",
        "deviceClass": 2,
        "deviceId": "IDE\\CDROM\\5&3A794E10&0&1.0.0",
        "productId": 0,
        "vendorId": 0,
        "date": scene.time(),
    }


def _task_status(scene: Scene) -> dict[str, Any]:
    task = {"taskId": new_id(scene.rng, scene.at), "taskName": "Quick Scan", "taskType": 272}
    outcome = {"isSuccessful": 1, "status": 3, "errorMessage": "", "errorCode": 0}
    user = new_id(scene.rng, scene.at - 9_000_000)
    return {
        **scene.computer(),
        "userId": user,
        **task,
        "targetName": scene.endpoint.name,
        **outcome,
    }


def _troubleshooting(scene: Scene) -> dict[str, Any]:
    return {
        **scene.computer(),
        "taskId": new_id(scene.rng, scene.at),
        "taskType": "Debug Session",
        "errorCode": 3,
        "username": "user-17@example.com",
        "localPath": "/var/debug",
        "networkSharePath": "//198.51.100.4/share",
        "saveToBitdefenderCloud": 0,
        "status": 3,
        "stopReason": 2,
        "failedStorageType": 1,
        "startDate": scene.time(),
        "endDate": write_zulu_ms(scene.at + 160),
    }


def _adcloud(scene: Scene) -> dict[str, Any]:
    syncer = new_id(scene.rng, scene.at)
    return {
        "companyId": scene.company,
        "syncerId": syncer,
        "issueType": 0,
        "lastAdReportDate": scene.time(),
    }


def _partner_changed(scene: Scene) -> dict[str, Any]:
    return {
        "companyId": scene.company,
        "moved_company_id": new_id(scene.rng, scene.at),
        "moved_company_name": "Example Newcomer",
        "action": "joined",
        "license_type": "Monthly",
        "end_subscription_date": "2030-12-30T23:59:00",
        "auto_renew_period": 12,
        "minimal_commitment_usage_endpoints": 2,
        "enabled_services": ["Email Security", "Patch Management"],
    }


def _exchange_organization(scene: Scene) -> dict[str, Any]:
    return {
        "companyId": scene.company,
        "endpointId": scene.endpoint.id,
        "mailboxes": 8,
        "license_limit": 5,
        "license_key": "FAKE111",
    }


def _modules(scene: Scene) -> dict[str, Any]:
    states = dict.fromkeys(("malware_status", "aph_status", "firewall_status", "dp_status"), 1)
    return {**scene.computer(), **states, "is_container_host": 0, "oldData": {}}


_HWID = "00000000-0000-0000-0000-020000000001"
MAKERS: dict[str, Callable[[Scene], dict[str, Any]]] = {
    "adcloud": _adcloud,
    "aph": lambda s: blocked(
        s, aph_type="phishing", url="http://phish.example.com/", status="aph_blocked"
    ),
    "av": detections.antivirus,
    "avc": lambda s: blocked(s, exploit_type="AVC Blocked Exploit", exploit_path=PATH),
    "hd": detections.hyper_detect,
    "antiexploit": detections.antiexploit,
    "fw": lambda s: blocked(
        s, status="portscan_blocked", protocol_id="6", source_ip="198.51.100.2"
    ),
    "network-monitor": detections.network_monitor,
    "network-sandboxing": detections.network_sandboxing,
    "dp": lambda s: blocked(
        s, target_type="http", blocking_rule_name="card numbers", url="http://example.com/"
    ),
    "uc": lambda s: blocked(
        s, uc_type="http", url="http://games.example.com/", categories="", status="uc_site_blocked"
    ),
    "ransomware-mitigation": detections.ransomware,
    "exchange-malware": detections.exchange_malware,
    "exchange-organization-info": _exchange_organization,
    "exchange-user-credentials": lambda s: {
        "companyId": s.company,
        "endpointId": s.endpoint.id,
    },
    "storage-antimalware": detections.storage,
    "device-control": _device_control,
    "task-status": _task_status,
    "troubleshooting-activity": _troubleshooting,
    "modules": _modules,
    "registration": lambda s: {**s.computer(), "product_registration": "registered"},
    "supa-update-status": lambda s: {**s.computer(), "status": 0, "fromSupa": 1},
    "sva": lambda s: {
        **s.computer("SVA"),
        **dict.fromkeys(("powered_off", "product_update_available"), 0),
        "lastupdate": "0",
        "updatesigam": "7.72479",
    },
    "sva-load": lambda s: {
        **s.computer("SVA"),
        **dict.fromkeys(("loadAverage", "cpuUsage", "memoryUsage", "overallUsage"), 48),
    },
    "install": lambda s: of_endpoint(s, hwid=_HWID),
    "uninstall": lambda s: of_endpoint(s, reason=1),
    "hwid-change": lambda s: of_endpoint(s, old_hwid=_HWID, new_hwid=_HWID[:-1] + "2"),
    "endpoint-moved-in": lambda s: of_endpoint(s, hwid=_HWID),
    "endpoint-moved-out": lambda s: of_endpoint(s, hwid=_HWID),
    "security-container-update-available": lambda s: {**s.computer(), "host_name": "node-1"},
    "partner-changed": _partner_changed,
    "new-extended-incident": lambda s: {
        "companyId": s.company,
        "incident_id": new_id(s.rng, s.at),
        "severity_score": 71,
        "main_action": "reported",
    },
}
