"""A tap that is killed at any moment goes on from its last STATE, without a gap."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from tests.conftest import Bench
from tests.gravityzone.checking import KEYS, STAMPS, assert_truth, moment
from tests.gravityzone.conftest import BenchMaker
from tests.support.running import Run

_ROUNDS = 6


def killed_after(bench: Bench, lines: int, config: dict[str, Any], state: Any, *more: str) -> Run:
    """Run the tap, kill it after some lines of output, and take what it had written whole."""
    arguments = ["--config", _stored(bench.folder, "config", {**bench.config, **config}), *more]
    if state is not None:
        arguments += ["--state", _stored(bench.folder, "state", state)]
    tap = subprocess.Popen(
        [str(Path(sys.executable).parent / "tap-gravityzone"), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with tap:
        assert tap.stdout
        written = list(itertools.islice(tap.stdout, lines))
        tap.kill()
        written += tap.stdout.readlines()
    run = Run(exit_code=tap.returncode, initial=state or {})
    return run.take_all(line.decode() for line in written if line.endswith(b"\n"))


def _stored(folder: Path, name: str, content: Any) -> str:
    path = folder / f"{name}.json"
    path.write_text(json.dumps(content))
    return str(path)


class Loader:
    """A loader that keeps rows and the last STATE, and trusts no STATE."""

    def __init__(self, bench: Bench) -> None:
        changed = {
            row["incidentId"]: max(moment(row[stamp]) for stamp in STAMPS)
            for row in bench.world.truth("incidents")
        }
        self._truth = {
            stream: {
                tuple(row[name] for name in KEYS[stream]): changed[row["incidentId"]]
                for row in bench.world.truth(stream)
            }
            for stream in ("incidents", "alerts")
        }
        self._held: dict[str, set[tuple[Any, ...]]] = {"incidents": set(), "alerts": set()}
        self.state: Any = None

    def take(self, run: Run) -> None:
        """Take what a run wrote, message by message."""
        records = {stream: iter(rows) for stream, rows in run.records.items()}
        states = iter(run.states)
        for said in run.order:
            kind, _, stream = said.partition(" ")
            if kind == "RECORD" and stream in self._held:
                row = next(records[stream])
                self._held[stream].add(tuple(row[name] for name in KEYS[stream]))
            elif kind == "STATE":
                self.state = next(states)
                self._assert_nothing_passed()

    def _assert_nothing_passed(self) -> None:
        for stream, truth in self._truth.items():
            reached = self.state["bookmarks"].get(stream, {}).get("replication_key_value")
            if reached is None:
                continue
            passed = {key for key, at in truth.items() if at < moment(reached)}
            missing = passed - self._held[stream]
            assert not missing, f"STATE of {stream} at {reached} passed {sorted(missing)[:3]}"


def test_a_killed_tap_resumes_without_a_gap(make: BenchMaker) -> None:
    bench, rng = make(incidents=60, endpoints=3), Random(2)
    start = (datetime.now(UTC) - timedelta(days=60)).isoformat()
    config = {"page_size": 10, "start_date": start}
    loader = Loader(bench)
    runs = []
    for _ in range(_ROUNDS):
        runs.append(killed_after(bench, rng.randint(6, 110), config, loader.state))
        loader.take(runs[-1])
    assert any(run.exit_code < 0 for run in runs), "no run was killed in the middle"
    runs.append(bench.run(loader.state, config=config))
    loader.take(runs[-1])
    assert_truth(bench, *runs)


def test_states_are_written_while_details_are_read(make: BenchMaker) -> None:
    bench = make(incidents=45, endpoints=0)
    run = bench.run()
    reached = [
        state["bookmarks"]["alerts"].get("replication_key_value")
        for state in run.states
        if "alerts" in state["bookmarks"]
    ]
    assert len({each for each in reached if each}) >= 4
    assert run.states[0]["bookmarks"].get("alerts", {}).get("replication_key_value") is None
    Loader(bench).take(run)


def test_what_was_read_before_the_kill_is_not_asked_for_again(make: BenchMaker) -> None:
    bench = make(incidents=45, endpoints=0)
    whole = bench.run()
    middle = next(
        state
        for state in whole.states
        if state["bookmarks"].get("alerts", {}).get("replication_key_value")
    )
    bench.server.log.clear()
    rest = bench.run(middle)
    asked = len(bench.server.calls("incidents.getIncident")) - len(
        bench.server.calls("incidents.getIncidentsList")
    )
    assert 0 < asked <= 45 - 10
    assert_truth(bench, whole, rest)
