"""Faults that pass: the run repeats what failed, completes, and equals the tenant."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from edr_sandbox.serving import Fault

from tests.conftest import Bench
from tests.gravityzone.checking import DETAILS, INVENTORY, LIST, assert_truth, errors
from tests.gravityzone.conftest import BenchMaker

HTML = b"<html><body>nginx</body></html>"
LIMITED = json.dumps(
    {"id": "1", "jsonrpc": "2.0", "error": {"code": -32003, "message": "Too many requests"}}
).encode()
SERVER_ERROR = json.dumps(
    {"id": "1", "jsonrpc": "2.0", "error": {"code": -32000, "message": "Server error"}}
).encode()
TEXT = {"Content-Type": "text/html"}

# A fault of getIncident would hit getIncidentsList as well: one is let through.
EVERY_CALL: list[dict[str, Any]] = [
    {"call": LIST}, {"call": DETAILS, "skip": 1}, {"call": INVENTORY},
]  # fmt: skip
FAULTS: dict[str, dict[str, Any]] = {
    "429 at once": {"status": 429, "headers": {"Retry-After": "0"}, "body": HTML},
    "429 twice said": {"status": 429, "headers": {"Retry-After": "0, 0"}, "body": HTML},
    "429 in the past": {
        "status": 429,
        "headers": {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"},
        "body": HTML,
    },
    "-32003": {"status": 200, "headers": {"Retry-After": "0"}, "body": LIMITED},
    "-32000": {"status": 200, "body": SERVER_ERROR},
    "500": {"status": 500, "body": HTML, "times": 3},
    "502": {"status": 502, "body": b""},
    "200 with HTML": {"status": 200, "headers": TEXT, "body": HTML},
    "200 with half": {"status": 200, "body": b'{"id": "1", "result": {"items": ['},
    "401 once": {"status": 401, "body": HTML},
    "truncate": {"kind": "truncate"},
    "reset": {"kind": "reset"},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_passes(make: BenchMaker, fault: str) -> None:
    bench = make(incidents=6)
    bench.server.faults = [Fault(**where, **FAULTS[fault]) for where in EVERY_CALL]
    run = bench.run()
    assert not errors(run)
    assert_truth(bench, run)
    assert all(left.times == 0 for left in bench.server.faults)


def test_a_server_that_stalls(make: BenchMaker) -> None:
    bench = make(incidents=6)
    bench.server.faults = [Fault("stall", **where, seconds=2) for where in EVERY_CALL]
    run = bench.run(config={"request_timeout": 0.5})
    assert_truth(bench, run)
    assert len([one for one in bench.server.log if one.fault == "stall"]) == 3


def test_faults_in_the_middle_of_many_pages(make: BenchMaker) -> None:
    bench = make(incidents=30, endpoints=12)
    bench.server.faults += [
        Fault("truncate", call=LIST, skip=3),
        Fault("reset", call=INVENTORY, skip=2),
        Fault(call=DETAILS, skip=20, times=2),
    ]
    assert_truth(bench, bench.run(config={"page_size": 4}))


def test_a_limit_without_a_word_is_waited_out_by_back_off(make: BenchMaker) -> None:
    bench = make(incidents=4)
    for body, status in ((HTML, 429), (LIMITED, 200)):
        bench.server.faults.append(Fault(call=DETAILS, skip=1, status=status, body=body))
    assert_truth(bench, bench.run())


@pytest.mark.parametrize(("status", "body"), [(429, HTML), (200, LIMITED)])
def test_a_wait_that_the_server_asks_for_is_kept(
    small: Bench, tmp_path: Path, status: int, body: bytes
) -> None:
    small.server.faults.append(
        Fault(call=INVENTORY, status=status, headers={"Retry-After": "60, 60"}, body=body)
    )
    config = tmp_path / "config.json"
    config.write_text(json.dumps(small.config))
    tap = subprocess.Popen(
        [str(Path(sys.executable).parent / "tap-gravityzone"), "--config", str(config)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    with tap:
        assert tap.stderr
        said = next((line for line in tap.stderr if "rate limit" in line), "")
        tap.kill()
    assert "in 60.0 s" in said
    assert len(small.server.calls(INVENTORY)) == 1
