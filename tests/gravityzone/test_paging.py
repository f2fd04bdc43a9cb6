"""However large the pages, a full refresh equals the tenant, within the vendor's bounds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from edr_sandbox.serving import Reply, Request

from tests.gravityzone.checking import INVENTORY, LIST, assert_truth, news, params, windows
from tests.gravityzone.conftest import BenchMaker
from tests.gravityzone.tables import assert_table, read


@pytest.mark.parametrize(
    ("page_size", "of_incidents", "of_endpoints"),
    [(1, 10, 1), (4, 10, 4), (50_000, 10_000, 1000)],
)
def test_any_page_size_reads_everything(
    make: BenchMaker, page_size: int, of_incidents: int, of_endpoints: int
) -> None:
    bench = make(incidents=40, endpoints=9)
    run = bench.run(config={"page_size": page_size})
    assert_truth(bench, run)
    asked = {params(one)["perPage"] for one in bench.server.calls(LIST)}
    assert max(asked) == of_incidents or asked == {of_incidents, 10_000}
    assert min(asked) >= 10
    assert {params(one)["perPage"] for one in bench.server.calls(INVENTORY)} == {of_endpoints}


@pytest.mark.parametrize("endpoints", [0, 3, 6])
def test_a_last_page_may_be_full_or_empty(make: BenchMaker, endpoints: int) -> None:
    bench = make(incidents=20, endpoints=endpoints)
    run = bench.run(config={"page_size": 3})
    assert_truth(bench, run)
    numbers = [params(one)["page"] for one in bench.server.calls(INVENTORY)]
    assert max(numbers) == max(1, -(-endpoints // 3))


def test_windows_without_start_cover_what_a_single_page_does_not(make: BenchMaker) -> None:
    bench = make(incidents=40)
    run = bench.run(config={"page_size": 10})
    assert_truth(bench, run)
    asked = windows(bench.server.calls(LIST))
    assert {name for name, _, _ in asked} == {"changeStartDate", "processedStartDate"}
    assert all(low <= high for _, low, high in asked)


def test_more_incidents_in_one_second_than_a_page_holds(make: BenchMaker) -> None:
    bench = make(incidents=5)
    at = datetime.now(UTC) - timedelta(days=3)
    for _ in range(25):
        bench.world.late_incident(at=at)
    assert_truth(bench, bench.run(config={"page_size": 10}))


@pytest.mark.parametrize("pages", ["rounded down", 0])
def test_a_count_of_pages_that_hides_rows_the_total_counts(
    make: BenchMaker, pages: str | int
) -> None:
    bench = make(incidents=35, endpoints=5)
    for _ in range(20):
        bench.world.add_row("policies")

    def miscount(_: Request, reply: Reply) -> None:
        result = reply.body.get("result")
        if isinstance(result, dict) and result.get("total"):
            result["pagesCount"] = 0 if pages == 0 else result["total"] // result["perPage"]
            result.pop("hasMoreRecords", None)

    bench.server.before_reply.append(miscount)
    run = read(bench, "incidents", "policies", config={"page_size": 10})
    assert_truth(bench, run, streams=["incidents"])
    assert_table(bench, "policies", run)
    assert not news(run)


def test_a_total_that_counts_more_than_there_is_ends_with_a_word(make: BenchMaker) -> None:
    bench = make(incidents=35, endpoints=5)

    def ceiling(_: Request, reply: Reply) -> None:
        result = reply.body.get("result")
        if isinstance(result, dict) and result.get("total"):
            result["total"] = 10_000

    bench.server.before_reply.append(ceiling)
    run = read(bench, "incidents", "policies", config={"page_size": 10})
    assert_truth(bench, run, streams=["incidents"])
    assert_table(bench, "policies", run)
    assert any("counts more incidents" in line for line in news(run))
    assert len(bench.server.calls(LIST)) < 100


def test_a_tenant_without_anything(make: BenchMaker) -> None:
    bench = make(companies=1, endpoints=0, incidents=0)
    run = bench.run()
    assert not any(run.records.values())
    again = bench.run(run.state)
    assert not any(again.records.values())


def test_alerts_are_written_oldest_change_first(make: BenchMaker) -> None:
    bench = make(incidents=40)
    run = bench.run(config={"page_size": 10})
    written = [row["_changed_at"] for row in run.records["alerts"]]
    assert written == sorted(written)
