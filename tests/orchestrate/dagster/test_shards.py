"""Live runs and windows of the past, run by Dagster through Meltano against a simulator."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dagster import DagsterInstance, materialize
from edr_orchestrate.dagster import assets
from edr_orchestrate.dagster.fleet import Fleet
from edr_orchestrate.dagster.partitions import LIVE, PAST, asset_key, windows_of
from edr_orchestrate.project import Project
from edr_orchestrate.tenants import Tenants

from tests.conftest import Bench

INCREMENTAL = {"incidents": "incident_id", "alerts": "alert_id"}
PRODUCT = "cortex-xdr"


def test_windows_and_the_live_run_are_as_one_run_and_leave_its_bookmark(
    cortex: Bench,
    read: Callable[[str], Tenants],
    project: Project,
    instance: DagsterInstance,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ACME_KEY", cortex.config["api_key"])
    oldest = min(row["local_insert_ts"] for row in cortex.world.truth("alerts"))
    first = datetime.fromtimestamp(oldest / 1000, UTC).date() - timedelta(days=1)
    tenants = {
        "environment": "dev",
        "backfill_window": "week",
        "regions": {"here": {"settings": {"filepath": str(tmp_path / "warehouse.duckdb")}}},
        "tenants": {
            "acme": {
                "products": {
                    PRODUCT: {
                        "live_from": str(first + timedelta(days=12)),
                        "backfill_from": str(first),
                        "select": [f"{stream}.*" for stream in (*INCREMENTAL, "endpoints")],
                        "settings": {
                            "api_url": cortex.server.url,
                            "api_key": {"env": "ACME_KEY"},
                            "api_key_id": 7,
                            "requests_per_second": 500,
                        },
                    }
                }
            }
        },
    }
    fleet = Fleet(read(json.dumps(tenants)), project)

    def run(kind: str, partition: str) -> dict[str, Any]:
        result = materialize(
            assets.assets_of(fleet), instance=instance, partition_key=partition,
            selection=[asset_key(PRODUCT, kind)],
        )  # fmt: skip
        (event,) = result.asset_materializations_for_node(f"cortex_xdr__{kind}")
        return {name: value.value for name, value in event.metadata.items()}

    live = run(LIVE, "acme")
    assert live["rows"] > 0
    bookmark = state(project, "acme")
    calls = len(cortex.server.calls("endpoints"))
    windows = windows_of(fleet, PRODUCT)
    assert windows is not None
    assert len(windows.get_partition_keys()) > 1
    for window in windows.get_partition_keys():
        run(PAST, window)
    assert len(cortex.server.calls("endpoints")) == calls, "windows read no inventories"
    assert state(project, "acme") == bookmark
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as warehouse:
        for stream, key in INCREMENTAL.items():
            rows = warehouse.execute(f"SELECT {key} FROM cortex_xdr.{stream}").fetchall()
            truth = [row[key] for row in cortex.world.truth(stream)]
            assert sorted(value for (value,) in rows) == sorted(truth), stream


def state(project: Project, suffix: str) -> str:
    """Return the live state as Meltano keeps it."""
    file = project.work / PRODUCT / suffix / "meltano.db"
    with sqlite3.connect(file) as database:
        rows = database.execute("SELECT state_id, completed_state FROM state").fetchall()
    database.close()
    ((state_id, completed),) = rows
    assert state_id == f"dev:tap-{PRODUCT}-to-target-duckdb:{suffix}"
    assert isinstance(completed, str)
    return completed
