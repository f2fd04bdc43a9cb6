"""The DAGs as Airflow sees them, in its own environment, and a live one run against the sandbox."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Bench
from tests.warehouse.reading import duckdb_table
from tests.warehouse.truth import assert_warehouse

ROOT = Path(__file__).parents[3]
BIN = Path(sys.executable).parent
ENVIRONMENT = BIN.parent / "airflow"
FILE = """
regions:
  file: {loader: target-duckdb, settings: {filepath: "WORK/{tenant}.duckdb"}}
  lake:
    loader: target-postgres
    settings: {sqlalchemy_url: {env: LAKE_URL}}
    transform: 0 * * * *
products:
  gravityzone:
    schedule: "*/15 * * * *"
    settings: {api_url: https://one.example, api_key: {env: PARTNER_KEY}}
tenants:
  acme:
    region: lake
    products:
      gravityzone: {settings: {company_ids: [a]}}
  good:
    region: file
    products:
      cortex-xdr:
        schedule: 0 * * * *
        live_from: 2026-03-10
        backfill_from: 2026-01-20
        settings: {fqdn: good.example, api_key_id: 7, api_key: {env: GOOD_KEY}}
  other:
    region: lake
    products:
      gravityzone: {settings: {company_ids: [b]}}
"""
DEAD = """
  dead:
    region: file
    products:
      cortex-xdr:
        schedule: 0 * * * *
        settings: {api_url: URL/, api_key_id: 7, api_key: {env: DEAD_KEY}}
"""


@dataclass(frozen=True)
class Airflow:
    """Airflow's environment, with a database and a tenants file of the test."""

    home: Path

    def write(self, content: str) -> None:
        """Put the tenants file there; WORK in it is a folder of the test."""
        (self.home / "tenants.yml").write_text(content.replace("WORK", str(self.home)))

    def run(
        self, *command: str, succeeds: bool = True, **secrets: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command of the environment."""
        clean = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("TAP_", "TARGET_", "MELTANO_", "EDR_"))
        }
        done = subprocess.run(
            [str(ENVIRONMENT / "bin" / command[0]), *command[1:]],
            env={
                **clean,
                "AIRFLOW_HOME": str(self.home),
                "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "orchestrate" / "airflow" / "dags"),
                "AIRFLOW__CORE__LOAD_EXAMPLES": "false",
                "EDR_ORCHESTRATE_PROJECT": str(ROOT),
                "EDR_ORCHESTRATE_TENANTS": str(self.home / "tenants.yml"),
                "EDR_ORCHESTRATE_MELTANO": str(BIN / "meltano"),
                "EDR_ORCHESTRATE_WORK": str(self.home / "units"),
                **secrets,
            },
            cwd=self.home, capture_output=True, text=True, check=False, timeout=240,
        )  # fmt: skip
        assert (done.returncode == 0) == succeeds, (done.stdout + done.stderr)[-4000:]
        return done

    def seen(self) -> dict[str, Any]:
        """Return what Airflow makes of the DAGs."""
        done = self.run("python", str(Path(__file__).with_name("list_dags.py")))
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Airflow:
    """Airflow, installed as its lock file says unless it is there already."""
    subprocess.run(
        [str(BIN / "uv"), "sync", "--quiet", "--locked", "--project", "orchestrate/airflow"],
        cwd=ROOT,
        env={**os.environ, "UV_PROJECT_ENVIRONMENT": str(ENVIRONMENT)},
        check=True, capture_output=True, timeout=500,
    )  # fmt: skip
    made = Airflow(tmp_path_factory.mktemp("airflow"))
    made.run("airflow", "db", "migrate")
    return made


def test_each_schedule_is_a_dag_and_each_budget_a_pool(airflow: Airflow) -> None:
    airflow.write(FILE)
    seen = airflow.seen()
    assert not seen["errors"]
    dags = seen["dags"]
    assert {name: dag["schedule"] for name, dag in dags.items()} == {
        "edr_live_x-15_x_x_x_x": "*/15 * * * *",
        "edr_live_0_x_x_x_x": "0 * * * *",
        "edr_past": None,
        "edr_transform_lake": "0 * * * *",
    }
    shared = dags["edr_live_x-15_x_x_x_x"]["tasks"]["acme.gravityzone"]
    assert shared["units"] == ["acme/gravityzone", "other/gravityzone"]
    live = dags["edr_live_0_x_x_x_x"]["tasks"]["good.cortex-xdr"]
    past = dags["edr_past"]["tasks"]["good.cortex-xdr"]
    assert live["pool"] == past["pool"] != shared["pool"]
    assert len(past["units"]) == 3
    for task in (shared, live, past):
        assert task["retries"] == 3
        assert task["backoff"]

    rendered = subprocess.run(
        [str(BIN / "edr-orchestrate"), f"--tenants={airflow.home}/tenants.yml", "render",
         "airflow-pools"], cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert {name: pool["slots"] for name, pool in json.loads(rendered).items()} == {
        live["pool"]: 1, shared["pool"]: 1,
    }  # fmt: skip
    pools = airflow.home / "pools.json"
    pools.write_text(rendered)
    airflow.run("airflow", "pools", "import", str(pools))


def test_what_is_wrong_with_the_tenants_file_is_airflows_import_error(airflow: Airflow) -> None:
    airflow.write(FILE.replace("api_key_id", "api_key_ID"))
    (error,) = airflow.seen()["errors"].values()
    assert "tenant 'good', cortex-xdr: unknown setting 'api_key_ID'" in error


def test_a_live_dag_loads_the_truth_and_a_dead_key_fails_once(
    airflow: Airflow, cortex: Bench
) -> None:
    dates = "        live_from: 2026-03-10\n        backfill_from: 2026-01-20\n"
    content = FILE.replace(dates, "") + DEAD
    content = content.replace("fqdn: good.example", "api_url: URL, requests_per_second: 500")
    airflow.write(content.replace("URL", cortex.server.url))
    done = airflow.run(
        "airflow", "dags", "test", "edr_live_0_x_x_x_x",
        succeeds=False, GOOD_KEY=cortex.config["api_key"], DEAD_KEY="of-nobody",
    )  # fmt: skip
    file = airflow.home / "good.duckdb"
    assert_warehouse(cortex, lambda *table: duckdb_table(file, *table))
    said = done.stdout + done.stderr
    assert "does not accept the key" in said
    assert "UP_FOR_RETRY" not in said
    assert cortex.config["api_key"] not in said
