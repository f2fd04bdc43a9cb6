"""Every column of every table that is built is documented, and nothing else is."""

from __future__ import annotations

import pytest
import yaml

from tests.transform.programs import TRANSFORM
from tests.transform.warehouses import DuckDB

MODELS = sorted((TRANSFORM / "models").glob("*/*.sql"))


@pytest.mark.parametrize("model", MODELS, ids=lambda file: file.stem)
def test_the_columns_are_those_that_are_described(model, on_duckdb: DuckDB) -> None:
    (described,) = yaml.safe_load(model.with_suffix(".yml").read_text())["models"]
    assert described["description"]
    columns = {column["name"]: column["description"] for column in described["columns"]}
    assert all(columns.values())
    schema = f"edr_{model.parent.name}"
    built = on_duckdb.query(
        "select column_name from information_schema.columns "
        f"where table_schema = '{schema}' and table_name = '{model.stem}'"
    )
    assert list(columns) == [row["column_name"] for row in built]
