"""The simulators that the demo reads without credentials, and what happens in their worlds."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from demo_output import title
from demo_warehouse import ROOT, ask
from edr_sandbox.serving import CONTROL_PREFIX

# The simulators' vendor limits are real, their patience is not: ask as fast as they answer.
PACE = {
    "TAP_GRAVITYZONE_MAX_INCIDENT_REQUESTS_PER_MINUTE": "0",
    "TAP_GRAVITYZONE_REQUESTS_PER_SECOND": "1000",
    "TAP_CORTEX_XDR_REQUESTS_PER_SECOND": "1000",
}


@contextlib.contextmanager
def sandbox(spool: Path) -> Iterator[dict[str, Any]]:
    """Run both simulators; yield where they are and which keys they take."""
    command = [sys.executable, "-m", "edr_sandbox", "--spool", str(spool)]
    with subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None  # noqa: S101 (for the type checker)
            line = process.stdout.readline()
            if not line:
                sys.exit("The sandbox did not start; its message is above.")
            yield json.loads(line)
        finally:
            process.terminate()


def sandbox_settings(told: dict[str, Any]) -> dict[str, str]:
    """Return the settings that point both taps to the simulators."""
    gravityzone, cortex = told["gravityzone"], told["cortex_xdr"]
    return PACE | {
        "TAP_GRAVITYZONE_API_URL": gravityzone["api_url"],
        "TAP_GRAVITYZONE_API_KEY": gravityzone["api_key"],
        "TAP_GRAVITYZONE_EVENTS_SPOOL": told["spool"],
        "TAP_CORTEX_XDR_API_URL": cortex["url"],
        "TAP_CORTEX_XDR_API_KEY": cortex["api_key"],
        "TAP_CORTEX_XDR_API_KEY_ID": cortex["api_key_id"],
    }


def change_things(told: dict[str, Any]) -> list[str]:
    """Let analysts work and attackers go on; return the incidents that analysts changed."""
    gravityzone, cortex = told["gravityzone"], told["cortex_xdr"]
    title("Meanwhile, at the vendors")
    changed = _change_each(
        gravityzone,
        "SELECT incidentId FROM gravityzone.incidents WHERE status = 'open' "
        "ORDER BY created LIMIT 2",
        "triage",
        "closed",
        "GravityZone: an analyst closes",
    )
    _control(gravityzone, "late_incident", created_days_ago=2)
    print("  GravityZone: an incident appears whose detections are two days old")
    _control(gravityzone, "push", folder=told["spool"])
    print("  GravityZone: the vendor pushes events")
    changed += _change_each(
        cortex,
        "SELECT incident_id FROM cortex_xdr.incidents WHERE status = 'new' "
        "ORDER BY creation_time LIMIT 2",
        "change_incident",
        "resolved_true_positive",
        "Cortex XDR:  an analyst resolves",
    )
    for _ in range(3):
        _control(cortex, "add_alert")
    print("  Cortex XDR:  three alerts arrive")
    return changed


def _change_each(
    vendor: dict[str, Any], query: str, command: str, status: str, said: str
) -> list[str]:
    """Give the incidents of a query a status, and say so; return their ids."""
    keys = [key for (key,) in ask(query)]
    for key in keys:
        _control(vendor, command, incident_id=key, status=status)
        print(f"  {said} old incident {key}")
    return keys


def _control(vendor: dict[str, Any], command: str, **arguments: object) -> None:
    """Tell a simulator what happens in its world."""
    url = f"{vendor['url']}{CONTROL_PREFIX}{command}"
    request = Request(url, json.dumps(arguments).encode(), method="POST")  # noqa: S310 (loopback)
    try:
        with urlopen(request, timeout=30) as answer:  # noqa: S310 (loopback)
            answer.read()
    except HTTPError as error:
        sys.exit(f"The sandbox refused {command}: {error.read().decode(errors='replace')}")
