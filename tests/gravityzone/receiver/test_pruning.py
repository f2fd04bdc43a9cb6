"""Retention: only what every given state has passed goes, and nothing unread is lost with it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Bench
from tests.gravityzone.receiver.process import COMMAND, environment, event, rpc
from tests.gravityzone.receiver.spools import at, line, write_open, write_sealed


def prune(
    spool: Path, *states: Any, options: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    arguments = [COMMAND, "prune", "--spool", str(spool), *options]
    for number, state in enumerate(states):
        path = spool.parent / f"pruned-by-{number}.json"
        path.write_text(state if isinstance(state, str) else json.dumps(state))
        arguments += ["--state", str(path)]
    return subprocess.run(
        arguments, env=environment(), capture_output=True, text=True, timeout=60, check=False
    )


def state(**receivers: str) -> dict[str, Any]:
    named = {name.replace("_", "-"): moment for name, moment in receivers.items()}
    return {"bookmarks": {"events": {"receivers": named}}}


def test_only_what_a_state_has_passed_goes(bench: Bench, spool: Path) -> None:
    gone = write_sealed(spool / "receiver-a", 1, 2)
    newest = write_sealed(spool / "receiver-a", 3, 4)
    other = write_sealed(spool / "receiver-b", 1, 2)
    passed = bench.run().state
    unread = [write_sealed(spool / "receiver-b", 5), write_open(spool / "receiver-a", 6)]
    foreign = spool / "by-hand.json"
    foreign.write_text(rpc(event(9)))
    done = prune(spool, passed)
    assert done.returncode == 0, done.stderr
    assert not gone.exists()
    assert not other.exists(), "a newer one has come since"
    assert newest.exists(), "the newest tells where time stood"
    assert foreign.exists()
    assert all(path.exists() for path in unread)
    later = bench.run(passed)
    assert {row["hwid"] for row in later.records["events"]} == {"hw-5", "hw-6", "hw-9"}


def test_the_slowest_of_several_pipelines_decides(spool: Path) -> None:
    paths = [write_sealed(spool / "receiver-a", second) for second in (1, 2, 3, 4)]
    ahead, behind = state(receiver_a=at(4)), state(receiver_a=at(1))
    assert prune(spool, ahead, behind).returncode == 0
    assert [path.exists() for path in paths] == [False, True, True, True]
    assert prune(spool, ahead, state(receiver_b=at(9))).returncode == 0
    assert [path.exists() for path in paths] == [False, True, True, True]


def test_a_segment_that_is_read_in_part_stays(spool: Path) -> None:
    partly = write_sealed(spool / "receiver-a", 1, 2, 3)
    write_sealed(spool / "receiver-a", 4)
    assert prune(spool, state(receiver_a=at(2))).returncode == 0
    assert partly.exists()


def test_dry_runs_and_ages(spool: Path) -> None:
    path = write_sealed(spool / "receiver-a", 1, 2)
    write_sealed(spool / "receiver-a", 4)
    passed = state(receiver_a=at(4))
    assert path.name in prune(spool, passed, options=("--dry-run",)).stdout
    assert prune(spool, passed, options=("--keep-days", "36500")).returncode == 0
    assert path.exists()


@pytest.mark.parametrize("shape", ["completed", "singer_state"])
def test_states_of_meltano_are_understood(spool: Path, shape: str) -> None:
    path = write_sealed(spool / "receiver-a", 1)
    write_sealed(spool / "receiver-a", 2)
    whole: dict[str, Any] = {"singer_state": state(receiver_a=at(2))}
    assert prune(spool, {"completed": whole} if shape == "completed" else whole).returncode == 0
    assert not path.exists()


@pytest.mark.parametrize("broken", ["", "[]", "{}", '{"bookmarks": 3}', '{"bookmarks": {}}'])
def test_without_a_usable_state_nothing_goes(spool: Path, broken: str) -> None:
    path = write_sealed(spool / "receiver-a", 1)
    write_sealed(spool / "receiver-a", 2)
    done = prune(spool, broken)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert path.exists()


def test_what_could_not_be_read_goes_into_quarantine(bench: Bench, spool: Path) -> None:
    text = line(1) + "noise\n" + line(3, "no body of ours") + line(4)
    write_sealed(spool / "receiver-a", 1, 4, text=text)
    cut = write_sealed(spool / "receiver-a", 5, 6)
    cut.write_bytes(content := cut.read_bytes()[:-9])
    write_sealed(spool / "receiver-a", 9)
    passed = bench.run().state
    done = prune(spool, passed)
    assert "2 segments removed, 1 left, 3 lines in quarantine" in done.stdout
    folder = spool / ".quarantine" / "receiver-a"
    kept = {path.name: path.read_bytes() for path in folder.iterdir()}
    (lines,) = [whole.splitlines() for name, whole in kept.items() if name.endswith(".ndjson")]
    assert lines[0] == b"noise"
    assert json.loads(lines[1])["body"] == "no body of ours"
    assert kept[cut.name] == content
    assert not bench.run(passed).records["events"], "the quarantine is not read"
