"""The same data gives the same tables in every warehouse, row by row."""

from __future__ import annotations

import pytest

from tests.transform.warehouses import TRANSFORM, DuckDB, PostgreSQL, Row

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


def assert_same(one: list[Row], other: list[Row]) -> None:
    """Assert that two tables hold the same rows; fractions may differ in their last digits."""
    assert len(one) == len(other)
    for left, right in zip(sorted(one, key=_order), sorted(other, key=_order), strict=True):
        assert left == {
            name: pytest.approx(value, rel=1e-9) if isinstance(value, float) else value
            for name, value in right.items()
        }


def _order(row: Row) -> str:
    """Order by what is no fraction, so that a last digit does not change the order."""
    return repr(sorted(
        (name, value) for name, value in row.items()
        if not isinstance(value, float) or value == int(value)
    ))  # fmt: skip
