"""One unit, run from the command line through Meltano against a simulator into DuckDB."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from tests.conftest import Bench
from tests.orchestrate.conftest import EDR_ORCHESTRATE, ROOT
from tests.orchestrate.processes import assert_ended, processes_of
from tests.support.running import assert_no_secret


@pytest.fixture(scope="module")
def catalogs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the catalogs are made once for all tests."""
    return tmp_path_factory.mktemp("catalogs")


@pytest.fixture
def work(tmp_path: Path, catalogs: Path) -> Path:
    """Where the units of a test keep their files."""
    folder = tmp_path / "units"
    folder.mkdir()
    (folder / "catalogs").symlink_to(catalogs)
    return folder


@pytest.fixture
def command(tmp_path: Path, cortex: Bench) -> list[str]:
    """``edr-orchestrate`` with a tenants file of one tenant of Cortex XDR."""
    settings = {
        "api_url": cortex.server.url,
        "api_key": {"env": "ACME_KEY"},
        "api_key_id": 7,
        "requests_per_second": 500,
    }
    content = {
        "environment": "dev",
        "regions": {"here": {"settings": {"filepath": str(tmp_path / "{tenant}.duckdb")}}},
        "tenants": {
            "acme": {"products": {"cortex-xdr": {"settings": settings, "select": ["incidents.*"]}}}
        },
    }
    file = tmp_path / "tenants.yml"
    file.write_text(json.dumps(content), encoding="utf-8")
    return [EDR_ORCHESTRATE, "--project", str(ROOT), "--tenants", str(file)]


@pytest.fixture
def environment(work: Path, cortex: Bench) -> dict[str, str]:
    """Where the tenant's key is, and where units keep their files."""
    return {
        **os.environ,
        "ACME_KEY": cortex.config["api_key"],
        "EDR_ORCHESTRATE_WORK": str(work),
    }


def test_a_run_loads_the_truth_and_tells_what_it_did(
    command: list[str], environment: dict[str, str], cortex: Bench, tmp_path: Path, work: Path
) -> None:
    done = finished([*command, "run", "acme"], environment)
    assert done.returncode == 0, done.stdout + done.stderr
    truth = {row["incident_id"] for row in cortex.world.truth("incidents")}
    assert "acme/cortex-xdr: done in" in done.stdout
    assert f"{len(truth)} rows, 1 requests" in done.stdout
    assert len(cortex.server.calls()) == 1  # no discovery at the tenant's expense
    with duckdb.connect(str(tmp_path / "acme.duckdb"), read_only=True) as warehouse:
        rows = warehouse.execute("SELECT _tenant, incident_id FROM cortex_xdr.incidents").fetchall()
    assert set(rows) == {("acme", key) for key in truth}
    log = (work / "cortex-xdr" / "acme" / "run.log").read_text()
    assert_no_secret(cortex.config, done.stdout, done.stderr, log)


def test_a_dead_key_is_said_and_leads_to_status_1(
    command: list[str], environment: dict[str, str]
) -> None:
    done = finished([*command, "run", "--all"], environment | {"ACME_KEY": "dead" * 32})
    assert done.returncode == 1
    assert "acme/cortex-xdr: FAILED with status 1" in done.stdout
    assert "does not accept the key" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_a_state_that_is_not_saved_is_a_failure(
    command: list[str], environment: dict[str, str], tmp_path: Path
) -> None:
    """Meltano says so in its log, and ends with status 0."""
    states = tmp_path / "states"
    lock = states / "dev:tap-cortex-xdr-to-target-duckdb:acme" / "lock"
    lock.parent.mkdir(parents=True)
    lock.touch()  # damaged: it holds no time
    environment |= {"MELTANO_STATE_BACKEND_URI": f"file://{states}"}
    done = finished([*command, "run", "acme", "--attempts=1"], environment)
    assert done.returncode == 1
    assert "acme/cortex-xdr: FAILED, its state was not saved, in" in done.stdout
    assert "Failed to persist incremental state" in done.stdout
    done = finished([*command, "run", "acme", "--attempts=1"], environment)
    assert done.returncode == 0, done.stdout


def test_a_run_that_is_told_to_stop_ends_all_of_its_processes(
    command: list[str], environment: dict[str, str], cortex: Bench
) -> None:
    with held_back(cortex) as asked, started([*command, "run", "acme"], environment) as running:
        assert asked.wait(60)
        refused = finished([*command, "run", "acme"], environment)
        assert refused.returncode == 1
        assert "acme/cortex-xdr is already running on this machine" in refused.stdout
        pids = processes_of(cortex.server.url)
        assert pids.keys() == {"meltano", "tap", "loader"}
        running.send_signal(signal.SIGTERM)
        assert_ended(pids.values())
        _, said = running.communicate(timeout=60)
    assert said == "Stopped; the next run goes on where this one was.\n"
    assert running.returncode == 1


def test_the_run_after_one_that_was_killed_begins_at_once(
    command: list[str], environment: dict[str, str], cortex: Bench
) -> None:
    with held_back(cortex) as asked, started([*command, "run", "acme"], environment) as running:
        assert asked.wait(60)
        pids = processes_of(cortex.server.url)
        os.kill(pids["meltano"], signal.SIGKILL)
        assert_ended(pids.values())
        assert running.wait(60) == 1
    done = finished([*command, "run", "acme"], environment)
    assert done.returncode == 0, done.stdout


@contextmanager
def held_back(cortex: Bench) -> Iterator[threading.Event]:
    """Let no answer out; yields what is set once something was asked."""
    asked, release = threading.Event(), threading.Event()

    def hold(*_: object) -> None:
        asked.set()
        release.wait(120)

    cortex.server.before_reply.append(hold)
    try:
        yield asked
    finally:
        cortex.server.before_reply.remove(hold)
        release.set()


def started(command: list[str], environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finished(command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
