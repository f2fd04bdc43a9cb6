"""SQL for warehouses that cannot be had here: dbt writes it, and it parses in their dialects."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlglot

from tests.transform.programs import Program
from tests.transform.warehouses import Warehouse

# Nothing is connected to: the values only have to be there.
CONNECTIONS = {
    "bigquery": ("PROJECT", "TOKEN"),
    "redshift": ("HOST", "USER", "PASSWORD", "DATABASE"),
    "databricks": ("HOST", "HTTP_PATH", "TOKEN"),
}


class Compiled(Warehouse):
    """A warehouse that dbt writes SQL for, without a connection."""

    def __init__(self, target: str, folder: Path, dbt: Program, connection: dict[str, str]) -> None:
        self.target = target
        super().__init__(folder, dbt, DBT_BIGQUERY_METHOD="oauth-secrets", **connection)


@pytest.mark.parametrize("target", CONNECTIONS)
def test_all_models_compile_and_parse(target: str, dbt: Program, tmp_path: Path) -> None:
    connection = {f"DBT_{target.upper()}_{name}": "x" for name in CONNECTIONS[target]}
    warehouse = Compiled(target, tmp_path, dbt, connection)
    warehouse.dbt("compile", "--no-introspect", "--no-populate-cache", "-s", "resource_type:model")
    files = sorted((tmp_path / "dbt" / "compiled" / "edr" / "models").glob("**/*.sql"))
    assert len(files) > 100
    for file in files:
        sqlglot.parse_one(file.read_text(), read=target)
