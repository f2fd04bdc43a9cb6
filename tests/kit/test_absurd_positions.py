"""A row whose time cannot be, by which its vendor sorts all the same, harms no other."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.gravityzone.checking import moment
from tests.kit.cli import CommandLine
from tests.kit.quick import quick

# Epoch ms, as a vendor would sort them. From 10**14 on they are read as microseconds.
ADDED = {"incidents": "add_incident", "alerts": "add_alert", "endpoints": "add_endpoint"}


@pytest.mark.parametrize("at", [-5, 10**9, 4_200_000_000_000, 99_999_999_999_999])
@pytest.mark.parametrize("stream", ADDED)
def test_cortex_rows_of_all_ages(forked: CommandLine, tmp_path: Path, stream: str, at: int) -> None:
    with quick("tap-cortex-xdr", forked, tmp_path) as bench:
        odd = getattr(bench.world, ADDED[stream])(at=at)
        first = bench.run(config={"page_size": 6})
        assert (odd,) in first.table(stream)
        assert len(first.table(stream)) == len(bench.truth(stream))
        assert not first.warnings
        second = bench.run(first.state)
        if stream != "endpoints":
            reached = moment(second.state["bookmarks"][stream]["replication_key_value"])
            assert reached <= datetime.now(UTC)


@pytest.mark.parametrize("at", [10**15, 10**18])
@pytest.mark.parametrize(
    "stream",
    [
        "incidents",
        "alerts",
        "endpoints",
    ],
)
def test_cortex_rows_in_another_unit(
    forked: CommandLine, tmp_path: Path, stream: str, at: int
) -> None:
    with quick("tap-cortex-xdr", forked, tmp_path) as bench:
        odd = getattr(bench.world, ADDED[stream])(at=at)
        run = bench.run()
        assert len(run.table(stream)) == len(bench.truth(stream))
        assert (odd,) in run.table(stream)


@pytest.mark.parametrize("page_size", [10, 100])
@pytest.mark.parametrize("year", [1, 9999])
def test_gravityzone_incidents_of_all_ages(
    forked: CommandLine, tmp_path: Path, year: int, page_size: int
) -> None:
    """One of the four stamps cannot be; the others still show where the incident lies."""
    with quick("tap-gravityzone", forked, tmp_path) as bench:
        odd, usual = sorted(bench.world.incidents.by_id)[:2]
        bench.world.triage(odd, status="closed", at=datetime(year, 6, 1, tzinfo=UTC))
        first = bench.run(config={"page_size": page_size})
        bench.assert_truth(first)
        reached = moment(first.state["bookmarks"]["incidents"]["replication_key_value"])
        assert reached <= datetime.now(UTC)
        bench.world.triage(usual, status="closed")
        bench.assert_truth(first, bench.run(first.state))
