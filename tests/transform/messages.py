"""What both taps say about the simulators, and the shipped loaders that take it."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from edr_sandbox.cortex_xdr.simulator import DEMO_API_KEY as CORTEX_KEY
from edr_sandbox.cortex_xdr.simulator import CortexXDR
from edr_sandbox.cortex_xdr.world import World as CortexWorld
from edr_sandbox.gravityzone.simulator import DEMO_API_KEY as GRAVITYZONE_KEY
from edr_sandbox.gravityzone.simulator import GravityZone
from edr_sandbox.gravityzone.world import World as GravityZoneWorld
from edr_sandbox.serving import Server

from tests.support.running import command, discovered, selecting

ROOT = Path(__file__).parents[2]
# "Now" of all that the tests build.
AS_OF = "2026-02-01T00:00:00"
SCHEMAS = {"tap-gravityzone": "gravityzone", "tap-cortex-xdr": "cortex_xdr"}
_NOW = datetime.fromisoformat(AS_OF).replace(tzinfo=UTC)
_QUICK = {
    "requests_per_second": 500,
    "backoff_seconds": 0.01,
    "start_date": "2025-12-15",
    "end_date": AS_OF,
}
# The vendor allows ten of their requests a minute. Their tables are missing, as at many users.
NOT_READ: dict[str, set[str]] = {
    "tap-gravityzone": set(),
    "tap-cortex-xdr": {
        "file_artifacts", "incident_alerts", "incident_details", "network_artifacts",
    },
}  # fmt: skip
_SECONDS = 240


def record(folder: Path) -> dict[str, Path]:
    """Run both taps with all streams against simulators; returns the messages of each."""
    spool = folder / "spool"
    spool.mkdir()
    gravityzone = GravityZoneWorld(seed=11, now=_NOW)
    received = (_NOW - timedelta(minutes=30)).timestamp()
    for body in gravityzone.push_bodies(spool, at=_NOW - timedelta(hours=1)):
        os.utime(body, (received, received))
    with (
        Server(GravityZone(gravityzone)) as first,
        Server(CortexXDR(CortexWorld(seed=11, now=int(_NOW.timestamp() * 1000)))) as second,
    ):
        settings: dict[str, dict[str, Any]] = {
            "tap-gravityzone": {
                **_QUICK,
                "api_url": f"{first.url}/api",
                "api_key": GRAVITYZONE_KEY,
                "events_spool": str(spool),
                "max_incident_requests_per_minute": 0,
            },
            "tap-cortex-xdr": {
                **_QUICK, "api_url": second.url, "api_key": CORTEX_KEY, "api_key_id": "7",
            },
        }  # fmt: skip
        return {tap: _messages(tap, config, folder) for tap, config in settings.items()}


def _messages(tap: str, config: dict[str, Any], folder: Path) -> Path:
    catalog = discovered(tap)
    streams = {entry["stream"] for entry in catalog["streams"]} - NOT_READ[tap]
    files = {"config": config, "catalog": selecting(catalog, *streams)}
    for name, content in files.items():
        (folder / f"{tap}.{name}.json").write_text(json.dumps(content))
    done = command(
        tap,
        "--config", str(folder / f"{tap}.config.json"),
        "--catalog", str(folder / f"{tap}.catalog.json"),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    messages = folder / f"{tap}.jsonl"
    messages.write_text(done.stdout)
    return messages


def load(loader: str, messages: Path, config: dict[str, Any]) -> None:
    """Feed messages to a loader of the Meltano project."""
    executable = ROOT / ".meltano" / "loaders" / loader / "venv" / "bin" / _executables()[loader]
    settings = messages.with_suffix(f".{loader}.json")
    settings.write_text(json.dumps(config))
    with messages.open() as lines:
        done = subprocess.run(
            [str(executable), "--config", str(settings)],
            stdin=lines, capture_output=True, text=True, timeout=_SECONDS, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]


def _executables() -> dict[str, str]:
    project = yaml.safe_load((ROOT / "meltano.yml").read_text())
    return {plugin["name"]: plugin["executable"] for plugin in project["plugins"]["loaders"]}
