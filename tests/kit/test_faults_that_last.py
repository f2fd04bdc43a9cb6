"""A fault that lasts ends its own stream after max_retries; all the others are read and kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from edr_sandbox.serving import Fault

from tests.kit.cli import CommandLine
from tests.kit.quick import CALLS, STREAMS, TAPS, errors, quick
from tests.support.running import Run

HTML = b"<html><body>nginx</body></html>"
KINDS: dict[str, dict[str, Any]] = {
    "429": {"status": 429, "body": HTML},
    "200 with HTML": {"status": 200, "body": HTML},
    "reset": {"kind": "reset"},
}
RETRIES = 2
# Requests that pass before the fault begins, so that each stream has begun. A fault of getIncident
# hits getIncidentsList as well.
PASSING = {"alerts": 3}
WIDTH = 2


def named_last(run: Run) -> set[str]:
    """Return the streams that the last ERROR line names as failed."""
    _, found, names = errors(run)[-1].partition("Failed streams: ")
    assert found, run.stderr
    return set(names.removesuffix(".").split(", "))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("tap", "failing"), [(tap, each) for tap in TAPS for each in CALLS[tap]])
def test_one_stream_fails_and_the_others_finish(
    forked: CommandLine, tmp_path: Path, tap: str, failing: str, kind: str
) -> None:
    with quick(tap, forked, tmp_path) as bench:
        call, passing = bench.calls[failing], PASSING.get(failing, 1)
        bench.server.faults.append(Fault(call=call, skip=passing, times=9999, **KINDS[kind]))
        config = {"page_size": 10, "max_retries": RETRIES, "max_parallel_requests": WIDTH}
        if failing == "alerts":
            config["page_size"] = 100
        elif failing == "endpoints":
            config["page_size"] = 4
        run = bench.run(config=config, succeeds=False)
        failed = set(failing.split(", "))
        if tap == "tap-gravityzone" and failing == "incidents":
            failed.add("alerts")  # which come out of the incidents
        assert run.exit_code == 1
        assert named_last(run) == failed
        assert sum("' failed: " in line for line in errors(run)) == 1
        assert f"({RETRIES + 1} attempts)" in errors(run)[0]
        asked = len(bench.server.calls(call))
        # Details are given up when three in a row fail and so do five others. Of those in flight
        # when the fault begins, one that fails may come before one that passes.
        in_vain = WIDTH - 1 + 3 + WIDTH + 5 if failing == "alerts" else WIDTH
        assert passing + RETRIES + 1 <= asked <= passing + in_vain * (RETRIES + 1)
        finished = tuple(each for each in STREAMS[tap] if each not in failed)
        bench.assert_truth(run, streams=finished)
        for stream in set(finished) - {"endpoints"}:
            assert run.state["bookmarks"][stream]["replication_key_value"]
        bench.server.faults.clear()
        bench.assert_truth(run, bench.run(run.state))


@pytest.mark.parametrize("tap", TAPS)
def test_every_stream_may_fail_at_once(forked: CommandLine, tmp_path: Path, tap: str) -> None:
    with quick(tap, forked, tmp_path) as bench:
        bench.server.faults.append(Fault(times=9999, status=500))
        run = bench.run(config={"max_retries": 1}, succeeds=False)
        assert named_last(run) == set(STREAMS[tap])
        assert not any(run.records.values())
        bench.server.faults.clear()
        bench.assert_truth(bench.run(run.states[-1] if run.states else None))
