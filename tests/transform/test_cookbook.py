"""Each query of the cookbook runs on DuckDB and on PostgreSQL, and gives the same answer."""

from __future__ import annotations

import re

import pytest

from tests.transform.messages import ROOT
from tests.transform.warehouses import DuckDB, PostgreSQL, Row, assert_same, comparable

RECIPES = re.findall(
    r"^### (\d+)\. (.+?)\n\n```sql\n(.+?)\n```",
    (ROOT / "docs" / "cookbook.md").read_text(),
    re.MULTILINE | re.DOTALL,
)
# What the simulators' world holds none of after a single load.
NOTHING = {"Which incidents were opened again?"}


def test_there_are_thirty() -> None:
    assert [int(number) for number, _, _ in RECIPES] == list(range(1, 31))


@pytest.mark.parametrize(("question", "sql"), [recipe[1:] for recipe in RECIPES])
def test_the_answer_is_the_same_everywhere(
    question: str, sql: str, on_duckdb: DuckDB, on_postgres: PostgreSQL
) -> None:
    one, other = _answer(on_duckdb.query(sql)), _answer(on_postgres.query(sql))
    assert bool(one) == (question not in NOTHING)
    assert_same(one, other)


def _answer(rows: list[Row]) -> list[Row]:
    return [{name: comparable(value) for name, value in row.items()} for row in rows]
