"""What a run costs: the fewest requests where nothing changed, and a log that says how many."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from edr_sandbox.serving import Fault

from tests.gravityzone.checking import asked_details
from tests.kit.cli import CommandLine
from tests.kit.quick import Quick, quick
from tests.support.running import Run

# One request for each family; GravityZone's incidents are asked for by two time stamps.
QUIET = {
    "tap-cortex-xdr": {
        "alerts/get_alerts_multi_events": 1, "incidents/get_incidents": 1,
        "endpoints/get_endpoint": 1,
    },
    "tap-gravityzone": {
        "incidents.getIncidentsList": 2, "network.getNetworkInventoryItems": 1,
    },
}  # fmt: skip


def told(run: Run) -> dict[str, int]:
    """Return the requests by call, as the summary of the run tells them."""
    (line,) = [line for line in run.stderr.splitlines() if "| Requests: " in line]
    match = re.search(r"Requests: (\d+) \((.*)\)", line)
    assert match, line
    counts = dict(part.rsplit(" ", 1) for part in match[2].split(", "))
    assert sum(map(int, counts.values())) == int(match[1])
    return {name: int(count) for name, count in counts.items()}


def counted(bench: Quick) -> dict[str, int]:
    """Return the requests by call, as they arrived; Cortex calls without their version."""
    calls = [entry.call for entry in bench.server.log]
    if bench.tap == "tap-cortex-xdr":
        calls = [call.partition("/")[2] for call in calls]
    return dict(Counter(calls))


def test_a_run_after_which_nothing_changed(bench: Quick) -> None:
    first = bench.run()
    assert told(first) == counted(bench)
    for _ in range(3):
        bench.server.log.clear()
        second = bench.run(first.state)
        assert counted(bench) == QUIET[bench.tap]
        assert told(second) == QUIET[bench.tap]
        assert "Waited: " not in second.stderr or "repeated requests: 0" in second.stderr
        first = second
    bench.assert_truth(first, streams=("endpoints",))


def test_details_of_unchanged_incidents_are_never_asked_for_again(
    forked: CommandLine, tmp_path: Path
) -> None:
    """Not even when a whole look-back lists them again."""
    with quick("tap-gravityzone", forked, tmp_path) as bench:
        config = {"lookback_minutes": 60 * 24 * 60}
        first = bench.run(config=config)
        assert len(asked_details(bench.server.log)) == 12
        bench.server.log.clear()
        second = bench.run(first.state, config=config)
        assert len(second.records["incidents"]) == 12
        assert not asked_details(bench.server.log)
        changed = min(bench.world.incidents.by_id)
        bench.world.grow(changed)
        bench.run(second.state, config=config)
        assert asked_details(bench.server.log) == [changed]


def test_repetitions_and_waits_are_counted(bench: Quick) -> None:
    call = bench.calls["incidents"]
    bench.server.faults += [
        Fault(call=call, status=429, headers={"Retry-After": "0.3"}),
        Fault(call=call, status=503),
    ]
    run = bench.run(config={"requests_per_second": 5, "max_parallel_requests": 1})
    assert told(run) == counted(bench)
    line = next(line for line in run.stderr.splitlines() if "| Waited: " in line)
    match = re.search(r"Waited: ([\d.]+) s for request budget, ([\d.]+) s for retries", line)
    assert match, line
    # A pair of requests is a fifth of a second apart; the retries themselves took their time.
    most = len(bench.server.log) / 5
    assert 0 < float(match[1]) <= most + 0.2
    assert float(match[2]) >= 0.3
    assert "repeated requests: 2" in line
