"""A state covers committed rows only, however the run ends."""

from __future__ import annotations

import json
import random
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.loader.conftest import (
    COMMAND,
    INTEGER,
    SECONDS,
    TEXT,
    Message,
    Warehouse,
    lines,
    record,
    schema,
    state,
)

TABLE = schema("t", ["id"], id=INTEGER, text=TEXT)


def numbered(start: int, end: int) -> list[Message]:
    """Return records, each with the state that covers it."""
    messages = []
    for number in range(start, end):
        messages += [record("t", id=number, text="x" * 50), state(t=number)]
    return messages


def test_states_cover_committed_rows_only(warehouse: Warehouse) -> None:
    states = warehouse.load(
        schema("a", ["id"], id=TEXT),
        schema("b", ["id"], id=TEXT),
        record("a", id="1"),
        state(a=1),
        record("b", id="1"),
        state(a=1, b=1),
        record("b", id="2"),  # the batch is full: a's row must go first
        state(a=1, b=2),  # follows the last full batch
        batch_size_rows=2,
    )
    assert states[0] == {"bookmarks": {"a": 1, "b": 1}}
    assert states[-1] == {"bookmarks": {"a": 1, "b": 2}}
    assert warehouse.rows("SELECT count(*) FROM vendor.a") == [(1,)]


def test_a_run_without_rows_passes_its_last_state_on(warehouse: Warehouse) -> None:
    states = warehouse.load(schema("a", ["id"], id=TEXT), state(a=1), state(a=2))
    assert states[-1] == {"bookmarks": {"a": 2}}


def test_a_failing_batch_emits_no_state_of_it(warehouse: Warehouse) -> None:
    done = warehouse.run(
        TABLE, *numbered(0, 10), record("t", id="no number"), state(t=99), batch_size_rows=5
    )
    assert done.returncode == 1
    assert [json.loads(line)["bookmarks"]["t"] for line in done.stdout.splitlines()] == [3, 8]
    assert warehouse.rows("SELECT count(*) FROM vendor.t") == [(10,)]


def test_rows_do_not_wait_for_ever(warehouse: Warehouse) -> None:
    """A slow tap's rows are committed although no batch is full and no message comes."""
    with loader(warehouse, batch_wait_limit_seconds=0.1) as process:
        send(process, [TABLE, record("t", id=1), state(t=1)])
        assert process.stdout is not None
        assert json.loads(process.stdout.readline()) == {"bookmarks": {"t": 1}}
        send(process, [record("t", id=2), state(t=2)], end=True)
        assert process.wait(SECONDS) == 0
    assert ids(warehouse) == {1, 2}


def test_sigterm_commits_what_was_read(warehouse: Warehouse) -> None:
    with loader(warehouse, batch_size_rows=10) as process:
        send(process, [TABLE, *numbered(0, 15)])
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())["bookmarks"]["t"]
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=SECONDS)
    last = json.loads(rest.splitlines()[-1])["bookmarks"]["t"]
    assert process.returncode == 0
    assert last >= first
    assert ids(warehouse) >= set(range(last + 1))


@pytest.mark.parametrize("seed", range(3))
def test_killed_at_any_moment_and_started_again(warehouse: Warehouse, seed: int) -> None:
    """What was promised is there, no batch is there by half, and the end is the whole."""
    chance = random.Random(seed)
    total, batch = 4000, 100
    promised = -1
    for _ in range(4):
        messages = [TABLE, *numbered(promised + 1, total)]
        with loader(warehouse, batch_size_rows=batch, lock_wait_seconds=60) as process:
            send(process, messages[: chance.randrange(300, len(messages) // 2)])
            assert process.stdout is not None
            for _ in range(chance.randrange(1, 4)):
                promised = json.loads(process.stdout.readline())["bookmarks"]["t"]
            process.kill()
            rest = process.stdout.read().splitlines()
        whole = [line for line in rest if line.endswith(b"}")]
        promised = json.loads(whole[-1])["bookmarks"]["t"] if whole else promised
        present = ids(warehouse)
        assert present >= set(range(promised + 1))
        assert len(present) == max(present) + 1
    done = warehouse.run(TABLE, *numbered(promised + 1, total))
    assert done.returncode == 0, done.stderr
    assert ids(warehouse) == set(range(total))
    assert warehouse.rows("SELECT count(*) FROM vendor.t") == [(total,)]


@contextmanager
def loader(warehouse: Warehouse, **config: Any) -> Iterator[subprocess.Popen[bytes]]:
    """Run a loader; it is ended whatever happens."""
    with subprocess.Popen(
        [*COMMAND, "--config", str(warehouse.settings(**config))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def send(process: subprocess.Popen[bytes], messages: list[Message], *, end: bool = False) -> None:
    assert process.stdin is not None
    process.stdin.write(lines(messages))
    process.stdin.flush()
    if end:
        process.stdin.close()


def ids(warehouse: Warehouse) -> set[int]:
    return {key for (key,) in warehouse.rows("SELECT id FROM vendor.t")}
