"""One real run through Meltano, watched: its log, its figures, and its command lines."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from edr_sandbox.gravityzone.simulator import DEMO_API_KEY, GravityZone
from edr_sandbox.gravityzone.world import World
from edr_sandbox.serving import Server
from prometheus_client.parser import text_string_to_metric_families

from tests.orchestrate.conftest import EDR_ORCHESTRATE, ROOT
from tests.orchestrate.processes import command_lines

STREAMS = ("incidents", "alerts", "endpoints")


@dataclass
class Watched:
    """A run of a tenant of GravityZone that ended well."""

    world: World
    requests: int
    log: list[dict[str, Any]]
    figures: dict[str, dict[str, float]]
    command_lines: set[str]
    printed: str


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    folder = tmp_path_factory.mktemp("watched")
    world = World(seed=5, companies=2, endpoints=10, incidents=6)
    seen: set[str] = set()
    with Server(GravityZone(world)) as server:
        # While the tap waits for an answer, all of the run's processes are there.
        server.before_reply.append(
            lambda *_: seen.update(line for _, line in command_lines(server.url))
        )
        done = subprocess.run(
            [EDR_ORCHESTRATE, "--project", str(ROOT), "--tenants", _tenants(folder, server),
             "run", "acme", "--log", "--metrics", str(folder)],
            env={**os.environ, "ACME_KEY": DEMO_API_KEY, "EDR_ORCHESTRATE_WORK": str(folder)},
            capture_output=True, text=True, timeout=180, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        requests = len(server.calls())
    log = [json.loads(line) for line in done.stderr.splitlines()]
    text = (folder / "edr.acme.gravityzone.prom").read_text()
    return Watched(world, requests, log, _figures(text), seen, done.stdout + done.stderr)


def _tenants(folder: Path, server: Server) -> str:
    settings = {
        "api_url": f"{server.url}/api", "api_key": {"env": "ACME_KEY"},
        "requests_per_second": 500, "max_incident_requests_per_minute": 0,
    }  # fmt: skip
    product = {"settings": settings, "select": [f"{stream}.*" for stream in STREAMS]}
    content = {
        "environment": "dev",
        "regions": {"here": {"settings": {"filepath": str(folder / "{tenant}.duckdb")}}},
        "tenants": {"acme": {"products": {"gravityzone": product}}},
    }
    path = folder / "tenants.yml"
    path.write_text(json.dumps(content))
    return str(path)


def _figures(text: str) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            assert sample.labels["tenant"] == "acme"
            of = sample.labels.get("stream") or sample.labels.get("endpoint") or ""
            found.setdefault(sample.name, {})[of] = sample.value
    return found


def test_each_line_of_the_log_says_whose_it_is(watched: Watched) -> None:
    of_tap = [line for line in watched.log if line.get("producer")]
    (run_id,) = {line["run_id"] for line in watched.log if "run_id" in line}
    assert run_id
    assert {line["job_name"] for line in of_tap} == {"dev:tap-gravityzone-to-target-duckdb:acme"}
    of_streams = [
        line for line in of_tap if "stream" in line.get("metric_info", {}).get("tags", {})
    ]
    assert {line["metric_info"]["tags"]["stream"] for line in of_streams} >= set(STREAMS)
    assert {line["tenant"] for line in of_streams} == {"acme"}
    (drift,) = [line for line in of_tap if "schema drift" in line["event"]]
    assert drift["stream_name"] == "incidents"
    assert drift["tenant"] == "acme"
    assert drift["level"] == "warning"


def test_the_figures_are_the_truth(watched: Watched) -> None:
    rows = watched.figures["edr_records_total"]
    for stream in STREAMS:
        assert rows[stream] == len(watched.world.truth(stream)), stream
    assert sum(watched.figures["edr_requests_total"].values()) == watched.requests
    assert watched.figures["edr_run_success"] == {"": 1}
    assert watched.figures["edr_stream_read_until_timestamp_seconds"].keys() == set(STREAMS)
    assert watched.figures["edr_drifted_values_total"]["incidents"] > 0


def test_no_secret_is_on_a_command_line_or_in_the_log(watched: Watched) -> None:
    names = " ".join(watched.command_lines)
    assert "tap-gravityzone" in names
    assert "target-duckdb" in names
    assert "meltano" in names
    for secret in (DEMO_API_KEY, *watched.world.secrets()):
        assert secret not in names
        assert secret not in watched.printed
