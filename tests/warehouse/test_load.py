"""What lands in a warehouse is what the vendor holds: counted, and compared column by column.

All runs of Meltano are in this one file: two at once in one project get into each other's way, and
the tests are handed out by files.
"""

from __future__ import annotations

import pytest

from tests.conftest import Bench
from tests.support.postgresql import sqlalchemy_url
from tests.warehouse.conftest import Project
from tests.warehouse.reading import duckdb_table, postgres_table
from tests.warehouse.truth import KEYS, SCHEMAS, Reader, assert_warehouse, change


@pytest.fixture(params=["gravityzone", "cortex"])
def bench(request: pytest.FixtureRequest) -> Bench:
    """Each vendor in turn."""
    return request.getfixturevalue(request.param)


def test_duckdb_holds_the_vendors_truth(bench: Bench, project: Project) -> None:
    project.meltano(bench, "run", bench.tap, "target-duckdb")
    assert_warehouse(bench, lambda *table: duckdb_table(project.duckdb, *table))


def test_a_second_run_upserts_what_changed(bench: Bench, project: Project) -> None:
    project.meltano(bench, "run", bench.tap, "target-duckdb")
    change(bench)
    project.meltano(bench, "run", bench.tap, "target-duckdb")
    assert_warehouse(bench, lambda *table: duckdb_table(project.duckdb, *table))


def test_postgresql_holds_the_vendors_truth(bench: Bench, project: Project, postgres: str) -> None:
    url = sqlalchemy_url(postgres)
    project.meltano(bench, "run", bench.tap, "target-postgres", TARGET_POSTGRES_SQLALCHEMY_URL=url)
    assert_warehouse(bench, lambda *table: postgres_table(postgres, *table))


def test_postgresql_marks_the_endpoints_that_vanished(
    bench: Bench, project: Project, postgres: str
) -> None:
    own_schema = f"vanished_{SCHEMAS[bench.tap]}"
    assert_vanished_marked(
        bench,
        project,
        "target-postgres",
        lambda _, *table: postgres_table(postgres, own_schema, *table),
        TARGET_POSTGRES_SQLALCHEMY_URL=sqlalchemy_url(postgres),
        TARGET_POSTGRES_DEFAULT_TARGET_SCHEMA=own_schema,
    )


def test_duckdb_marks_the_endpoints_that_vanished(cortex: Bench, project: Project) -> None:
    assert_vanished_marked(
        cortex,
        project,
        "target-duckdb",
        lambda *table: duckdb_table(project.duckdb, *table),
    )


@pytest.mark.parametrize("command", ["el", "elt"])
def test_el_and_elt_load_as_run_does(cortex: Bench, project: Project, command: str) -> None:
    project.meltano(cortex, command, cortex.tap, "target-duckdb", "--state-id", command)
    assert_warehouse(cortex, lambda *table: duckdb_table(project.duckdb, *table))


def test_jsonl_receives_every_record(cortex: Bench, project: Project) -> None:
    folder = project.folder / "jsonl"
    folder.mkdir()
    project.meltano(
        cortex, "run", cortex.tap, "target-jsonl", TARGET_JSONL_DESTINATION_PATH=str(folder)
    )
    (file,) = folder.glob("incidents*.jsonl")
    assert len(file.read_text().splitlines()) == len(cortex.world.truth("incidents"))


def test_dbt_builds_the_analysts_tables_after_the_load(cortex: Bench, project: Project) -> None:
    project.meltano(
        cortex, "run", cortex.tap, "target-duckdb", "dbt:build",
        DBT_TARGET_PATH=str(project.folder / "dbt"), DBT_LOG_PATH=str(project.folder / "dbt"),
    )  # fmt: skip
    built = duckdb_table(project.duckdb, "edr_marts", "fct_incidents", ["incident_uid"])
    truth = cortex.world.truth("incidents")
    assert {row["incident_uid"] for row in built} == {str(row["incident_id"]) for row in truth}


def assert_vanished_marked(
    bench: Bench, project: Project, loader: str, read: Reader, **environment: str
) -> None:
    """Assert that endpoints which are gone after a first load are marked by the second."""
    bench.config["emit_activate_version_messages"] = "true"
    (key,) = KEYS[bench.tap]["endpoints"]
    project.meltano(bench, "run", bench.tap, loader, **environment)
    gone = bench.world.truth("endpoints")[0][key]
    bench.world.remove_endpoint(gone)
    bench.world.add_endpoint()
    project.meltano(bench, "run", bench.tap, loader, **environment)
    rows = read(SCHEMAS[bench.tap], "endpoints", [key, "_sdc_deleted_at"])
    marked = {row[key] for row in rows if row["_sdc_deleted_at"]}
    assert marked == {gone}
    left = {row[key] for row in rows} - marked
    assert left == {row[key] for row in bench.world.truth("endpoints")}
