"""A state that was lost or damaged: what a run says, and that the documented way ends in truth."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Bench
from tests.orchestrate.state.conftest import Worker
from tests.warehouse.reading import duckdb_table
from tests.warehouse.truth import SCHEMAS, assert_warehouse, change

INCREMENTAL = ("incidents", "alerts", "events")
FUTURE = "2099-01-01T00:00:00.000Z"


class States:
    """The states of a worker as files, to lose and to damage."""

    def __init__(self, folder: Path, tap: str) -> None:
        self.environment = {"MELTANO_STATE_BACKEND_URI": f"file://{folder}"}
        self.name = f"dev:{tap}-to-target-duckdb"
        self.file = folder / self.name / "state.json"

    def write(self, **bookmarks: Any) -> None:
        """Put a state there, as Meltano writes it."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        state = {"completed": {"singer_state": {"bookmarks": bookmarks}}, "partial": {}}
        self.file.write_text(json.dumps(state))


@pytest.mark.parametrize("name", ["gravityzone", "cortex"])
def test_a_lost_state_costs_requests_and_no_rows(
    request: pytest.FixtureRequest,
    name: str,
    worker: Callable[[dict[str, str]], Worker],
    warehouse: Path,
    tmp_path: Path,
) -> None:
    bench: Bench = request.getfixturevalue(name)
    states = States(tmp_path / "states", bench.tap)
    machine = worker(states.environment)
    machine.sync(bench)
    change(bench)
    states.file.unlink()
    machine.sync(bench)
    assert_warehouse(bench, lambda *table: duckdb_table(warehouse, *table))


def test_a_state_cut_short_or_of_the_future_is_said_and_recovered_from(
    cortex: Bench, worker: Callable[[dict[str, str]], Worker], warehouse: Path, tmp_path: Path
) -> None:
    states = States(tmp_path / "states", cortex.tap)
    machine = worker(states.environment)
    states.write(**{stream: {"replication_key_value": FUTURE} for stream in INCREMENTAL})
    whole = states.file.read_text()
    states.file.write_text(whole[: len(whole) // 2])
    printed = machine.sync(cortex, succeeds=False)
    assert "Failed to retrieve state" in printed
    assert not cortex.server.calls(""), "the vendor was asked"

    states.file.write_text(whole)
    printed = machine.sync(cortex)
    assert "the state's bookmark lies in the future" in printed
    assert incidents_held(cortex, warehouse) < len(cortex.world.truth("incidents"))

    recover(machine, states, cortex, warehouse)


def test_a_state_of_wrong_type_or_of_another_tenant_is_recovered_from(
    gravityzone: Bench, worker: Callable[[dict[str, str]], Worker], warehouse: Path, tmp_path: Path
) -> None:
    states = States(tmp_path / "states", gravityzone.tap)
    machine = worker(states.environment)
    states.write(incidents={"replication_key_value": "yesterday"})
    printed = machine.sync(gravityzone, succeeds=False)
    assert "The state's bookmark of stream 'incidents' is no date-time" in printed
    assert "Traceback" not in printed

    # Nothing tells whose a sound bookmark is: rows from before it are missing, without a word.
    now = datetime.now(UTC).isoformat()
    states.write(**{stream: {"replication_key_value": now} for stream in INCREMENTAL})
    machine.sync(gravityzone)
    assert incidents_held(gravityzone, warehouse) < len(gravityzone.world.truth("incidents"))

    recover(machine, states, gravityzone, warehouse)


def recover(machine: Worker, states: States, bench: Bench, warehouse: Path) -> None:
    """Do as docs/operations/recovery.md says, and assert that the warehouse holds the truth."""
    machine.meltano("state", "clear", "--force", states.name)
    assert not states.file.exists()
    machine.sync(bench)
    assert_warehouse(bench, lambda *table: duckdb_table(warehouse, *table))
    assert FUTURE not in states.file.read_text()


def incidents_held(bench: Bench, warehouse: Path) -> int:
    """Return how many incidents the warehouse has."""
    return len(duckdb_table(warehouse, SCHEMAS[bench.tap], "incidents", []))
