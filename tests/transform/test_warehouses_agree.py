"""The same data gives the same tables in every warehouse, row by row; so do reports and queries."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.transform.messages import ROOT
from tests.transform.programs import TRANSFORM
from tests.transform.reporting import panels, report
from tests.transform.warehouses import DuckDB, PostgreSQL, Row, Snowflake, assert_same, comparable

BUILT = sorted(
    f"{layer}.{file.stem}"
    for layer in ("marts", "ocsf")
    for file in (TRANSFORM / "models" / layer).glob("**/*.sql")
)
RECIPES = re.findall(
    r"^### (\d+)\. (.+?)\n\n```sql\n(.+?)\n```",
    (ROOT / "docs" / "cookbook.md").read_text(),
    re.MULTILINE | re.DOTALL,
)
# What the simulators' world holds none of after a single load.
NOTHING = {"Which incidents were opened again?"}


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


def test_the_cookbook_has_thirty_queries() -> None:
    assert [int(number) for number, _, _ in RECIPES] == list(range(1, 31))


@pytest.mark.parametrize(("question", "sql"), [recipe[1:] for recipe in RECIPES])
def test_the_cookbook_gives_the_same_answers(
    question: str, sql: str, on_duckdb: DuckDB, on_postgres: PostgreSQL
) -> None:
    one, other = _answer(on_duckdb.query(sql)), _answer(on_postgres.query(sql))
    assert bool(one) == (question not in NOTHING)
    assert_same(one, other)


def _answer(rows: list[Row]) -> list[Row]:
    return [{name: comparable(value) for name, value in row.items()} for row in rows]
