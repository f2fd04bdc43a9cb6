"""The same data gives the same tables in every warehouse, row by row."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.transform.programs import TRANSFORM
from tests.transform.reporting import panels, report
from tests.transform.warehouses import DuckDB, PostgreSQL, Snowflake, assert_same

BUILT = sorted(
    f"{layer}.{file.stem}"
    for layer in ("marts", "ocsf")
    for file in (TRANSFORM / "models" / layer).glob("**/*.sql")
)


@pytest.mark.parametrize("relation", BUILT)
def test_postgresql_has_the_rows_of_duckdb(
    relation: str, on_duckdb: DuckDB, on_postgres: PostgreSQL
) -> None:
    assert_same(on_duckdb.rows(relation), on_postgres.rows(relation))


@pytest.mark.parametrize("relation", BUILT)
def test_snowflake_has_the_rows_of_duckdb(
    relation: str, on_duckdb: DuckDB, on_snowflake: Snowflake
) -> None:
    assert_same(on_duckdb.rows(relation), on_snowflake.rows(relation))


def test_the_report_is_the_same(on_duckdb: DuckDB, on_postgres: PostgreSQL) -> None:
    one, other = panels(report(on_duckdb)), panels(report(on_postgres))
    assert one.keys() == other.keys()
    for name, rows in one.items():
        assert rows, name
        assert _comparable(rows) == _comparable(other[name]), name


def _comparable(rows: list[dict[str, Any]]) -> list[str]:
    """Return rows as text, in an order that does not depend on a warehouse's collation."""
    return sorted(
        json.dumps(
            {
                # The loaders ran one after the other.
                name: round(value, 6) if isinstance(value, int | float) else value
                for name, value in row.items()
                if name != "last_loaded_at"
            }
        )
        for row in rows
    )
