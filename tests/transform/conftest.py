"""One world, loaded and built once per warehouse for all tests of the transform.

It has three parts, each in schemas of its own: what the taps say about the simulators (the tenant
``default``), records of which every figure is known (``planted``), and records in which attackers
chose every text, the tenant's name too.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.postgresql import Server
from tests.transform import hostile, planted
from tests.transform.messages import SCHEMAS, record
from tests.transform.programs import Program
from tests.transform.warehouses import DuckDB, PostgreSQL, Snowflake

# The variables of dbt that unite all parts.
SOURCES = {
    f"{schema}_sources": [
        {"schema": schema},
        {"schema": f"planted_{schema}", "tenant": "planted"},
        {"schema": f"hostile_{schema}"},
    ]
    for schema in SCHEMAS.values()
}


@pytest.fixture(scope="session")
def dbt() -> Iterator[Program]:
    """A warm dbt."""
    with Program("warm_dbt") as program:
        yield program


@pytest.fixture(scope="session")
def messages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The messages of the world, by the schema that they are loaded into."""
    parts = {
        "": record(tmp_path_factory.mktemp("simulators")),
        "planted_": planted.write(tmp_path_factory.mktemp("planted"), planted.RECORDS),
        "hostile_": planted.write(tmp_path_factory.mktemp("hostile"), hostile.RECORDS),
    }
    return {
        f"{part}{SCHEMAS[tap]}": file
        for part, files in parts.items()
        for tap, file in files.items()
    }


@pytest.fixture(scope="session")
def raw(messages: dict[str, Path], dbt: Program, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DuckDB file with the raw tables."""
    warehouse = DuckDB(tmp_path_factory.mktemp("raw"), dbt)
    for schema, file in messages.items():
        warehouse.load(file, schema)
    return warehouse.file


@pytest.fixture(scope="session")
def on_duckdb(raw: Path, dbt: Program, tmp_path_factory: pytest.TempPathFactory) -> DuckDB:
    """The world on DuckDB, built and tested by dbt."""
    warehouse = DuckDB(tmp_path_factory.mktemp("duckdb"), dbt)
    shutil.copy(raw, warehouse.file)
    warehouse.dbt("build", **SOURCES)
    return warehouse


@pytest.fixture(scope="session")
def on_postgres(
    messages: dict[str, Path],
    dbt: Program,
    tmp_path_factory: pytest.TempPathFactory,
    postgres_server: Server,
) -> PostgreSQL:
    """The world on a real PostgreSQL server, built and tested by dbt."""
    warehouse = PostgreSQL(tmp_path_factory.mktemp("postgresql"), dbt, postgres_server.database())
    for schema, file in messages.items():
        warehouse.load(file, schema)
    warehouse.dbt("build", **SOURCES)
    return warehouse


@pytest.fixture(scope="session")
def on_snowflake(
    raw: Path, dbt: Program, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Snowflake]:
    """The world on an emulated Snowflake, built and tested by dbt.

    Without unit tests: they need temporary tables, which the emulator does not know.
    """
    with Program("emulated_snowflake") as emulator:
        warehouse = Snowflake(tmp_path_factory.mktemp("snowflake"), dbt, emulator, raw)
        warehouse.dbt("build", "--exclude", "resource_type:unit_test", **SOURCES)
        yield warehouse
