"""More rows of one moment than a page, or than all offsets together, hand out."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from edr_sandbox.cortex_xdr import listing
from edr_sandbox.cortex_xdr.world import World

from tests.conftest import Bench
from tests.cortex_xdr.tenants import DAY, NOW, SECOND, asked, assert_complete, small_world

Catalog = Callable[..., dict[str, Any]]
CAP = 20
CROWD = 45
AT = NOW - 3 * DAY
SMALL_PAGES = {"page_size": 6}


@pytest.fixture
def low_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Offsets end at 20 instead of at 10,000."""
    monkeypatch.setattr(listing, "DEEP", CAP)


def crowd(*, apart: int) -> World:
    """Return a world with more rows of one moment than offsets reach, born ``apart`` ms."""
    world = small_world()
    for number in range(CROWD):
        world.add_alert(local_insert_ts=AT, detection_timestamp=AT - DAY + number // 9 * apart)
        world.add_incident(at=AT, creation_time=AT - DAY + number // 9 * apart)
    return world


@pytest.mark.usefixtures("low_cap")
@pytest.mark.parametrize("offsets", ["refused", "empty"])
@pytest.mark.parametrize("total", ["true", "null", "smaller"])
@pytest.mark.parametrize("sort", ["honoured", "refused", "ignored"])
def test_a_crowd_beyond_the_cap_is_read_by_a_second_time(
    make: Callable[..., Bench], catalog: Catalog, offsets: str, total: str, sort: str
) -> None:
    bench = make(crowd(apart=SECOND), deep_offsets=offsets, total=total, server_sort=sort)
    run = bench.run(config=SMALL_PAGES, catalog=catalog("alerts", "incidents"))
    assert_complete(bench, run, streams=("alerts", "incidents"))
    assert len(bench.server.log) < 350
    known = sum("does not sort" in line for line in run.warnings)
    assert len(run.warnings) == known, "a crowd is nothing to warn of"


@pytest.mark.usefixtures("low_cap")
@pytest.mark.parametrize("offsets", ["refused", "empty"])
def test_a_crowd_that_nothing_tells_apart_fails_its_stream_alone(
    make: Callable[..., Bench], catalog: Catalog, offsets: str
) -> None:
    bench = make(crowd(apart=0), deep_offsets=offsets)
    chosen = catalog("alerts", "endpoints", "incidents")
    run = bench.run(config=SMALL_PAGES, catalog=chosen, succeeds=False)
    assert_complete(bench, run, streams=("endpoints",))
    (failed,) = [line for line in run.stderr.splitlines() if "Stream 'alerts' failed" in line]
    assert "too large" in failed or "than it hands out" in failed
    assert len(bench.server.log) < 250


def test_a_crowd_in_random_order(make: Callable[..., Bench], catalog: Catalog) -> None:
    """The order of rows that share a time is not documented: here it is new on each request."""
    bench = make(crowd(apart=0))
    random = Random(1)

    def shuffle(_: Any, __: Any) -> None:
        for table in (bench.world.tables["alerts"], bench.world.tables["incidents"]):
            for column in list(table.columns):
                entries = table.index(column)
                keyed = [(at, random.random(), key) for at, key in entries]
                entries[:] = [(at, key) for at, _, key in sorted(keyed)]

    bench.server.before_reply.append(shuffle)
    run = bench.run(config=SMALL_PAGES, catalog=catalog("alerts", "incidents"))
    assert_complete(bench, run, streams=("alerts", "incidents"))


def test_no_offset_is_needed_outside_of_a_crowd(
    make: Callable[..., Bench], catalog: Catalog
) -> None:
    bench = make(small_world())
    alone = {**SMALL_PAGES, "max_parallel_requests": 1}
    bench.run(config=alone, catalog=catalog("alerts", "incidents", "endpoints"))
    assert {request["search_from"] for request in asked(bench)} == {0}
