"""Each store that Meltano can keep its state in: workers come and go, the bookmarks stay."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import Bench
from tests.orchestrate.state import emulators
from tests.orchestrate.state.conftest import Worker
from tests.orchestrate.state.emulators import Store
from tests.warehouse.reading import duckdb_table
from tests.warehouse.truth import assert_warehouse, change

LOADED = re.compile(r'Loaded (\d+) rows into "(\w+)"\."incidents"')
# A store does not know of taps: one store takes both, each of the others one of them.
STORES = {
    "s3": ("gravityzone", "cortex"),
    "gcs": ("cortex",),
    "azure": ("gravityzone",),
    "postgresql": ("cortex",),
}


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """Each store in turn."""
    if request.param == "postgresql":
        yield emulators.postgresql(request.getfixturevalue("postgres"))
        return
    with getattr(emulators, request.param)() as store:
        yield store


@pytest.fixture
def benches(request: pytest.FixtureRequest) -> list[Bench]:
    """The tenants whose states the store takes."""
    return [request.getfixturevalue(name) for name in STORES[request.node.callspec.params["store"]]]


def test_a_new_worker_goes_on_where_another_one_stopped(
    store: Store,
    benches: list[Bench],
    worker: Callable[[dict[str, str]], Worker],
    warehouse: Path,
) -> None:
    options = ("--state-id-suffix=acme",)
    first = worker(store.environment).sync(*benches, options=options)
    for bench in benches:
        change(bench)
    second = worker(store.environment).sync(*benches, options=options)

    assert store.state_ids() == {f"dev:{each.tap}-to-target-duckdb:acme" for each in benches}
    for bench in benches:
        assert_warehouse(bench, lambda *table: duckdb_table(warehouse, *table))
    before, after = incidents(first), incidents(second)
    assert len(before) == len(benches)
    assert all(0 < after[schema] < before[schema] / 4 for schema in before), (before, after)


def incidents(printed: str) -> dict[str, int]:
    """Return how many incidents of each product a run moved."""
    moved: dict[str, int] = {}
    for rows, schema in LOADED.findall(printed):
        moved[schema] = moved.get(schema, 0) + int(rows)
    return moved
