"""The memory of a tap does not grow with what it reads."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from edr_sandbox.cortex_xdr import DEMO_API_KEY as CORTEX_KEY
from edr_sandbox.cortex_xdr import CortexXDR
from edr_sandbox.cortex_xdr import World as CortexWorld
from edr_sandbox.gravityzone import DEMO_API_KEY as GRAVITYZONE_KEY
from edr_sandbox.gravityzone import GravityZone
from edr_sandbox.gravityzone import World as GravityZoneWorld
from edr_sandbox.serving import Server

from tests.conftest import QUICK
from tests.support.running import discovered, selecting

MOST_MEGABYTES = 120

# Runs a command with its output thrown away, and prints the peak of its resident memory in kB.
_MEASURE = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


@pytest.mark.parametrize("tap", ["tap-cortex-xdr", "tap-gravityzone"])
def test_a_large_read_stays_small(tap: str, tmp_path: Path) -> None:
    # All rows at once would be several times as much as is allowed.
    if tap == "tap-cortex-xdr":
        vendor = CortexXDR(CortexWorld(seed=5, alerts=6_000, incidents=2_000))
        settings = {"api_key": CORTEX_KEY, "api_key_id": "7"}
    else:
        vendor = GravityZone(GravityZoneWorld(seed=5, incidents=12_000, endpoints=5_000))
        settings = {"api_key": GRAVITYZONE_KEY, "max_incident_requests_per_minute": 0}
    streams = ("incidents", "endpoints", "alerts", "events")[: 4 if "cortex" in tap else 2]
    with Server(vendor) as server:
        files = {
            "config": {**QUICK, **settings, "api_url": server.url},
            "catalog": selecting(discovered(tap), *streams),
        }
        for name, content in files.items():
            (tmp_path / name).write_text(json.dumps(content))
        command = [
            str(Path(sys.executable).parent / tap),
            *(part for name in files for part in (f"--{name}", str(tmp_path / name))),
        ]
        done = subprocess.run(
            [sys.executable, "-c", _MEASURE, *command],
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
        )
    unit = 1 if sys.platform == "darwin" else 1024
    assert int(done.stdout) * unit < MOST_MEGABYTES * 1_000_000
