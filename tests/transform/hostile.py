"""A world in which attackers chose every text, names of tenants among them."""

from __future__ import annotations

from tests.transform import planted

TEXTS = [
    "<script>window.owned = 1</script>",
    "</script><script>window.owned = 1</script>",
    "<img src=x onerror='window.owned = 1'>",
    '"><svg onload=window.owned=1>',
    "<!--<script>",
    "javascript:window.owned=1",
    "\u2028window.owned = 1",
    "{{window.owned = 1}} ${window.owned = 1}",
    "-->",
    "'; drop table fct_incidents; --",
]

RECORDS: dict[str, dict[str, list[planted.Row]]] = {
    "tap-cortex-xdr": {
        "incidents": [
            planted.cortex_incident(
                str(number), "high", "2026-01-30T00:00:00Z",
                incident_name=text, description=text, assigned_user_pretty_name=text,
                assigned_user_mail=text, hosts=[text], xdr_url=text, _tenant=text,
            )
            for number, text in enumerate(TEXTS)
        ],
        "alerts": [
            planted.cortex_alert(
                str(number), number, "2026-01-30T00:00:00Z", text,
                category=text, host_name=text, source=text, _tenant=text,
                mitre_tactic_id_and_name=[text], user_name=[text],
                actor_process_command_line=[text], action_file_path=[text], host_ip=[text],
                action_remote_ip=[text],
            )
            for number, text in enumerate(TEXTS)
        ],
        "endpoints": [
            planted.cortex_endpoint(
                f"x{number}", text, "02", users=[text], _tenant=text,
                operational_status="UNPROTECTED", ip=[text],
            )
            for number, text in enumerate(TEXTS)
        ],
    },
    "tap-gravityzone": {
        "incidents": [
            planted.gravityzone_incident(
                str(number), 95, "2026-01-30T00:00:00Z",
                details={"detectionName": text, "computerName": text}, incidentLink=text,
                assignee={"userId": text, "userName": text}, _tenant=text,
            )
            for number, text in enumerate(TEXTS)
        ],
        "events": [
            planted.gravityzone_event(
                f"e{number}", "av", malware_name=text, file_path=text, computer_name=text,
                computer_ip=text, _tenant=text,
            )
            for number, text in enumerate(TEXTS)
        ],
    },
}  # fmt: skip
