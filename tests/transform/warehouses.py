"""Warehouses that tests build in: the raw tables, dbt, and the rows of what it built."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import psycopg

from tests.transform.messages import ROOT, SCHEMAS, load

TRANSFORM = ROOT / "transform"
DBT = TRANSFORM / ".venv" / "bin" / "dbt"
_SECONDS = 300
# Leaves out dbt's own tests, where another warehouse has passed them.
UNTESTED = ("--exclude", "resource_type:test", "resource_type:unit_test")

Row = dict[str, Any]


@dataclass
class Warehouse:
    """A warehouse that the loaders fill and dbt builds in."""

    folder: Path
    environment: dict[str, str]
    schema: str = "edr"
    variables: dict[str, Any] = field(default_factory=dict)

    def load(self, messages: dict[str, Path]) -> None:
        """Load the messages of each tap as the Meltano project does."""
        raise NotImplementedError

    def query(self, sql: str) -> list[Row]:
        """Return the rows of a query."""
        raise NotImplementedError

    def rows(self, relation: str) -> list[Row]:
        """Return a built table, such as ``marts.fct_incidents``, with comparable values."""
        return [
            {name: comparable(value) for name, value in row.items()}
            for row in self.query(f"select * from {self.schema}_{relation}")
        ]

    def dbt(self, *arguments: str, **variables: Any) -> str:
        """Run dbt with variables; returns what it printed."""
        done = self.run(*arguments, **variables)
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
        return done.stdout

    def run(self, *arguments: str, **variables: Any) -> subprocess.CompletedProcess[str]:
        """Run dbt, whether it succeeds or not."""
        return subprocess.run(
            [str(DBT), "--no-use-colors", *arguments,
             "--vars", json.dumps(self.variables | variables)],
            cwd=TRANSFORM,
            env={**_without_dbt(), **self.environment, "DBT_SCHEMA": self.schema,
                 "DBT_PROJECT_DIR": str(TRANSFORM), "DBT_PROFILES_DIR": str(TRANSFORM),
                 "DBT_TARGET_PATH": str(self.folder / "dbt"),
                 "DBT_LOG_PATH": str(self.folder / "dbt"),
                 "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"},
            capture_output=True, text=True, timeout=_SECONDS, check=False,
        )  # fmt: skip


class DuckDB(Warehouse):
    """A DuckDB file."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "warehouse.duckdb"
        super().__init__(folder, {"DBT_TARGET": "duckdb", "DBT_DUCKDB_PATH": str(self.file)})

    def load(self, messages: dict[str, Path]) -> None:
        """Load through the project's DuckDB loader, with its metadata columns."""
        for tap, file in messages.items():
            load(
                "target-duckdb",
                file,
                {
                    "filepath": str(self.file),
                    "default_target_schema": SCHEMAS[tap],
                    "add_metadata_columns": True,
                },
            )

    def query(self, sql: str) -> list[Row]:
        """Return the rows of a query."""
        with duckdb.connect(str(self.file), read_only=True) as connection:
            cursor = connection.execute(sql)
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def execute(self, sql: str) -> None:
        """Change the raw tables."""
        with duckdb.connect(str(self.file)) as connection:
            connection.execute(sql)


class PostgreSQL(Warehouse):
    """A database of its own on a real PostgreSQL server."""

    def __init__(self, folder: Path, server: Any, name: str) -> None:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute(f'create database "{name}"')
        self.uri = server.get_uri(database=name)
        super().__init__(
            folder,
            {
                "DBT_TARGET": "postgres",
                "DBT_POSTGRES_HOST": psycopg.conninfo.conninfo_to_dict(self.uri)["host"],
                "DBT_POSTGRES_USER": "postgres",
                "DBT_POSTGRES_DATABASE": name,
            },
        )

    def load(self, messages: dict[str, Path]) -> None:
        """Load through the project's PostgreSQL loader, with its metadata columns."""
        for tap, file in messages.items():
            load(
                "target-postgres",
                file,
                {
                    "sqlalchemy_url": self.uri.replace("postgresql://", "postgresql+psycopg://", 1),
                    "default_target_schema": SCHEMAS[tap],
                    "use_copy": True,
                    "validate_records": False,
                    "sanitize_null_text_characters": True,
                    "add_record_metadata": True,
                },
            )

    def query(self, sql: str) -> list[Row]:
        """Return the rows of a query."""
        with psycopg.connect(self.uri) as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            names = [column.name for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def comparable(value: Any) -> Any:
    """Return a value so that those of different drivers can be compared."""
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, Decimal)):
        return float(value)
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _without_dbt() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DBT_", "TARGET_", "TAP_"))
    }
