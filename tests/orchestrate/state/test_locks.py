"""What keeps two runs of one state apart, what does not, and what a dead worker leaves behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import Bench
from tests.orchestrate.state import emulators
from tests.orchestrate.state.conftest import Worker
from tests.warehouse.reading import duckdb_table
from tests.warehouse.truth import assert_warehouse

MakeWorker = Callable[[dict[str, str]], Worker]


def test_a_lock_that_a_dead_worker_left_is_broken_after_its_time(
    worker: MakeWorker, tmp_path: Path
) -> None:
    """The lock of a store guards the writing of a state, not a run."""
    lock = tmp_path / "states" / "dev:any" / "lock"
    lock.parent.mkdir(parents=True)
    lock.write_text(str(time.time()))
    machine = worker(
        {
            "MELTANO_STATE_BACKEND_URI": f"file://{tmp_path}/states",
            "MELTANO_STATE_BACKEND_LOCK_TIMEOUT_SECONDS": "2",
        }
    )
    machine.meltano("state", "set", "--force", "dev:any", '{"singer_state": {"bookmarks": {}}}')
    assert json.loads((lock.parent / "state.json").read_text())["completed"]
    assert not lock.exists()


def test_one_state_runs_once_at_a_time_where_the_system_database_is_shared(
    cortex: Bench, worker: MakeWorker, warehouse: Path, postgres: str
) -> None:
    """A killed run blocks the next for five minutes, which ``--force`` ends."""
    shared = emulators.postgresql(postgres).environment
    first, second = worker(shared), worker(shared)
    options = ("--state-id-suffix=once",)
    with held(first, cortex, options):
        refused = second.sync(cortex, options=options, succeeds=False)
        assert "pipeline is already running" in refused
        # A worker with a system database of its own knows nothing of the first.
        assert not warehouse.exists()
        worker({"MELTANO_STATE_BACKEND_URI": "systemdb"}).sync(cortex, options=options)
    assert "already running" in second.sync(cortex, options=options, succeeds=False)
    second.sync(cortex, options=(*options, "--force"))
    assert_warehouse(cortex, lambda *table: duckdb_table(warehouse, *table))


@contextmanager
def held(machine: Worker, bench: Bench, options: tuple[str, ...]) -> Iterator[None]:
    """Let a run of the tenant be at work, kept up by a slow budget; it is killed at the end."""
    quick = bench.config["requests_per_second"]
    bench.config["requests_per_second"] = 0.01
    arguments = ("run", *options, bench.tap, "target-duckdb")
    with machine.start(*arguments, benches=(bench,)) as process:
        bench.config["requests_per_second"] = quick
        try:
            wait_for(process, "Running catalog discovery")
            yield
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def wait_for(process: subprocess.Popen[str], text: str) -> None:
    """Wait until a process says something."""
    assert process.stdout is not None
    assert any(text in line for line in process.stdout)
