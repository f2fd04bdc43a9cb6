"""Makers of alert events; a stored event holds only what is not null."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from random import Random

Row = dict[str, Any]

_IMAGES = ("powershell.exe", "rundll32.exe", "winword.exe", "updater.exe", "sshd", "python3")
_TARGETS = ("cmd.exe", "reg.exe", "whoami.exe", "curl", "schtasks.exe")
_DOMAINS = ("cdn.example.net", "files.example.org", "login.example.com")
_UNKNOWN = {
    "actor_process_signature_status": "N/A",
    "causality_actor_process_signature_status": "N/A",
    "action_process_signature_status": "N/A",
    "os_actor_process_signature_status": "N/A",
    "action_country": "UNKNOWN",
    "fw_is_phishing": "N/A",
}


def digest(rng: Random) -> str:
    """Return something that looks like a SHA-256."""
    return f"{rng.getrandbits(256):064x}"


def agent_event(rng: Random, at: int, user: str) -> Row:
    """Return an event that an agent reported: no ``event_id``, and mostly nulls."""
    image = rng.choice(_IMAGES)
    path = f"C:\\ProgramData\\{rng.choice(_DOMAINS)}\\{image}"
    event = {
        **_UNKNOWN,
        "module_id": rng.choice(("WildFire", "Behavioral Threat Protection", "Anti-Ransomware")),
        "event_type": "Process Execution",
        "event_timestamp": at,
        "actor_process_instance_id": f"{rng.getrandbits(60):x}",
        "actor_process_image_name": image,
        "actor_process_image_path": path,
        "actor_process_command_line": f'"{path}" -run {rng.randrange(1000)}',
        "actor_process_image_sha256": digest(rng),
        "actor_process_os_pid": rng.randrange(400, 32000),
    }
    if rng.random() < 0.5:
        event["user_name"] = user
    if rng.random() < 0.3:
        event["action_file_name"] = image
        event["action_file_path"] = path
        event["action_file_sha256"] = digest(rng)
    return event


def analytics_event(rng: Random, at: int, user: str) -> Row:
    """Return an event that the detection engine stitched together: most fields are there."""
    actor, target = rng.choice(_IMAGES), rng.choice(_TARGETS)
    event = {
        **_UNKNOWN,
        "agent_host_boot_time": at - rng.randrange(10**6, 10**9),
        "event_sub_type": rng.randrange(1, 9),
        "association_strength": rng.choice((10, 50)),
        "event_id": f"{rng.getrandbits(96):024x}",
        "story_id": f"{rng.getrandbits(64):016x}",
        "event_type": rng.choice(("Process Execution", "Network Connections", "File Event")),
        "event_timestamp": at,
        "actor_process_instance_id": f"{rng.getrandbits(60):x}",
        "actor_process_image_name": actor,
        "actor_process_command_line": f"{actor} /k {target}",
        "actor_process_signature_status": "Signed",
        "actor_process_signature_vendor": "Example Software, Inc.",
        "actor_process_image_sha256": digest(rng),
        "actor_process_os_pid": rng.randrange(400, 32000),
        "actor_thread_thread_id": rng.randrange(400, 32000),
        "causality_actor_process_image_name": "explorer.exe",
        "causality_actor_process_execution_time": at - rng.randrange(10**5, 10**7),
        "causality_actor_process_signature_status": "Signed",
        "user_name": user,
    }
    if rng.random() < 0.5:
        event["action_process_image_name"] = target
        event["action_process_image_command_line"] = f"{target} /q"
    if rng.random() < 0.4:
        event |= _remote(rng)
    return event


def network_event(rng: Random, at: int) -> Row:
    """Return an event that a firewall reported."""
    return {
        **_UNKNOWN,
        **_remote(rng),
        "event_type": "Network Event",
        "event_timestamp": at,
        "action_local_ip": f"10.{rng.randrange(8)}.{rng.randrange(250)}.{rng.randrange(1, 250)}",
        "action_local_port": rng.randrange(1024, 65536),
        "fw_app_id": rng.choice(("ssl", "dns", "web-browsing")),
        "fw_rule": f"egress-{rng.randrange(20)}",
        "fw_device_name": f"fw-{rng.randrange(4)}",
        "fw_serial_number": f"{rng.randrange(10**14, 10**15)}",
        "fw_vsys": "vsys1",
        "fw_email_subject": "",
    }


def _remote(rng: Random) -> Row:
    remote = {
        "action_remote_ip": f"203.0.113.{rng.randrange(1, 255)}",
        "action_remote_port": rng.choice((53, 80, 443, 8443)),
        "action_external_hostname": rng.choice(_DOMAINS),
    }
    if rng.random() < 0.3:
        remote["action_remote_ip_v6"] = f"2001:db8::{rng.randrange(1, 65535):x}"
    return remote
