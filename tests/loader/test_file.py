"""The database file: who may open it, when, and with which DuckDB."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest
from target_duckdb_edr import locking, target
from target_duckdb_edr.connector import DuckDBConnector
from target_duckdb_edr.errors import LoaderError

from tests.loader.conftest import (
    COMMAND,
    INTEGER,
    SECONDS,
    TEXT,
    Warehouse,
    lines,
    record,
    schema,
    state,
)

TABLE = schema("t", ["id"], id=INTEGER, v=TEXT)
HOLD = """
import duckdb, sys
with duckdb.connect(sys.argv[1], read_only=sys.argv[2] == "reader"):
    print("held", flush=True)
    sys.stdin.read()
"""
POLL = """
import duckdb, sys
seen, last = set(), -1
for _ in iter(lambda: sys.stdin.readline(), "end\\n"):
    try:
        with duckdb.connect(sys.argv[1], read_only=True) as connection:
            count, largest = connection.execute("SELECT count(*), max(id) FROM vendor.t").fetchone()
    except duckdb.IOException:
        print("locked", flush=True)
        continue
    assert count == largest + 1, (count, largest)
    print(count, flush=True)
"""


@pytest.mark.parametrize("holder", ["writer", "reader"])
def test_a_locked_file_is_waited_for(warehouse: Warehouse, holder: str) -> None:
    warehouse.load(TABLE)
    with holding(warehouse, holder) as process, pytest.MonkeyPatch.context() as patch:
        waited: list[float] = []

        def sleep(seconds: float) -> None:
            waited.append(seconds)
            process.communicate(timeout=SECONDS)  # the other one is done

        patch.setattr(DuckDBConnector, "sleep", lambda _, seconds: sleep(seconds))
        assert warehouse.load(TABLE, record("t", id=1), state(t=1))[-1] == {"bookmarks": {"t": 1}}
    assert len(waited) == 1


def test_a_file_that_stays_locked_is_one_error(warehouse: Warehouse) -> None:
    warehouse.load(TABLE)
    with holding(warehouse, "writer") as process:
        done = warehouse.run(TABLE, record("t", id=1), state(t=1), lock_wait_seconds=0)
        assert done.returncode == 1
        assert done.stdout == ""
        assert "lock_wait_seconds" in done.stderr
        assert f"process {process.pid}" in done.stderr
        assert "Traceback" not in done.stderr


def test_the_wait_is_said_once(warehouse: Warehouse, caplog: pytest.LogCaptureFixture) -> None:
    warehouse.load(TABLE)
    now = 0.0

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    with (
        holding(warehouse, "writer"),
        duckdb.connect() as connection,
        pytest.raises(LoaderError, match=r"was in use by .* for 5 s"),
    ):
        locking.attach(
            connection, str(warehouse.path), wait_seconds=5, clock=lambda: now, sleep=sleep
        )
    assert len([each for each in caplog.records if "waiting" in each.message]) == 1
    assert now == 5


def test_a_signal_ends_the_wait(warehouse: Warehouse) -> None:
    warehouse.load(TABLE)
    command = [*COMMAND, "--config", str(warehouse.settings(lock_wait_seconds=10 * SECONDS))]
    with (
        holding(warehouse, "writer"),
        subprocess.Popen(command, stdin=-1, stdout=-1, stderr=-1) as process,
    ):
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write(lines([TABLE, record("t", id=1), state(t=1)]))
        process.stdin.flush()
        assert any(b"waiting" in line for line in process.stderr)
        process.send_signal(signal.SIGTERM)
        try:
            output, errors = process.communicate(timeout=SECONDS)
        finally:
            process.kill()
    assert (process.returncode, output) == (1, b"")
    assert b"Told to stop while" in errors
    assert b"Traceback" not in errors


def test_readers_see_whole_batches_or_a_lock(warehouse: Warehouse) -> None:
    warehouse.load(TABLE, record("t", id=0))
    command = [sys.executable, "-c", POLL, str(warehouse.path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as reader:
        assert reader.stdin is not None
        assert reader.stdout is not None
        seen = []
        for number in range(1, 6):
            rows = [record("t", id=each) for each in range((number - 1) * 100, number * 100)]
            loading = threading.Thread(target=warehouse.load, args=(TABLE, *rows))
            loading.start()
            reader.stdin.write("look\n")
            reader.stdin.flush()
            seen.append(reader.stdout.readline().strip())
            loading.join()
        reader.stdin.write("look\nend\n")
        reader.stdin.flush()
        seen.append(reader.stdout.readline().strip())
    assert reader.returncode == 0
    assert seen[-1] == "500"
    assert {each for each in seen if each != "locked"} <= {"1", "100", "200", "300", "400", "500"}


def test_the_file_is_opened_anew_from_time_to_time(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DuckDB would remember each row group that it touched."""
    opened: list[str] = []
    original = locking.attach

    def attach(connection: duckdb.DuckDBPyConnection, path: str, **rest: float) -> str:
        opened.append(path)
        return original(connection, path, **rest)

    monkeypatch.setattr(locking, "attach", attach)
    rows = [record("t", id=number) for number in range(120)]
    warehouse.load(TABLE, *rows, batch_size_rows=1)
    assert opened == [str(warehouse.path)] * 3
    assert warehouse.rows("SELECT count(*) FROM vendor.t") == [(120,)]


def test_new_files_open_with_duckdb_1_2(warehouse: Warehouse) -> None:
    warehouse.load(TABLE, record("t", id=1))
    tags = warehouse.rows("SELECT tags FROM duckdb_databases() WHERE path IS NOT NULL")
    assert [each["storage_version"] for (each,) in tags if "storage_version" in each] == ["v1.2.0+"]


def test_new_files_have_small_blocks(warehouse: Warehouse) -> None:
    """DuckDB would hold 256 KiB and more for each column that it appends to."""
    warehouse.load(TABLE, record("t", id=1))
    assert warehouse.rows("SELECT block_size FROM pragma_database_size()") == [(65_536,)]


def test_wide_tables_are_written_by_whole_row_groups(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each part of one would cost DuckDB a block or two for each column."""
    monkeypatch.setattr(target, "_FULL_BATCH_BYTES", 5_000)
    rows = [message for n in range(2100) for message in (record("t", id=n), state(t=n))]
    monkeypatch.setattr(target, "_BYTES_OF_A_COLUMN", 1)
    narrow = warehouse.load(TABLE, *rows)
    monkeypatch.setattr(target, "_BYTES_OF_A_COLUMN", 50_000)
    wide = warehouse.load(TABLE, *rows)
    assert narrow[0]["bookmarks"]["t"] < 1000
    assert wide[0]["bookmarks"]["t"] == 2046


def test_too_little_memory_is_said_to_be_that(warehouse: Warehouse) -> None:
    rows = [record("t", id=number, v="x" * 10_000_000 + str(number)) for number in range(8)]
    done = warehouse.run(TABLE, *rows, memory_limit="40MB")
    assert done.returncode == 1
    assert "need a larger memory_limit" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_schema_that_is_called_like_the_file(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "vendor.duckdb")
    for _ in range(2):
        warehouse.load(TABLE, record("t", id=1))
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{warehouse.path}' AS other (READ_ONLY)")
        assert connection.execute("SELECT id FROM other.vendor.t").fetchall() == [(1,)]


def test_an_older_file_stays_as_old(warehouse: Warehouse) -> None:
    warehouse.path.parent.mkdir(parents=True)
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{warehouse.path}' AS old (STORAGE_VERSION 'v0.10.2')")
        connection.execute("CREATE TABLE old.mine AS SELECT 1 AS x")
    warehouse.load(TABLE, record("t", id=1))
    tags = warehouse.rows("SELECT tags FROM duckdb_databases() WHERE path IS NOT NULL")
    assert "v1.2" not in str(tags[0])
    assert warehouse.rows("SELECT x FROM main.mine") == [(1,)]


@pytest.mark.parametrize("name", ["memory.duckdb", "temp.db", "with 'quote'.duckdb", ".hidden"])
def test_any_file_name(tmp_path: Path, name: str) -> None:
    warehouse = Warehouse(tmp_path / name)
    warehouse.load(TABLE, record("t", id=1))
    assert warehouse.rows("SELECT id FROM vendor.t") == [(1,)]


def test_a_file_that_is_no_database(warehouse: Warehouse) -> None:
    warehouse.path.parent.mkdir(parents=True)
    warehouse.path.write_text("this is no database " * 1000)
    done = warehouse.run(TABLE)
    assert done.returncode == 1
    assert "cannot be opened" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LoaderError, match="folder"):
        Warehouse(tmp_path / "file" / "x.duckdb").load(TABLE)


@contextmanager
def holding(warehouse: Warehouse, how: str) -> Iterator[subprocess.Popen[str]]:
    """Run a process that has the file open until its input ends."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(warehouse.path), how],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            if process.poll() is None:
                process.communicate(timeout=SECONDS)
