"""Warehouses that tests build in: the raw tables, dbt, and the rows of what it built."""

from __future__ import annotations

import base64
import datetime as dt
import json
import os
import pickle
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest

from tests.support.postgresql import sqlalchemy_url
from tests.transform.messages import AS_OF, load
from tests.transform.programs import TRANSFORM, Program

# Leaves out dbt's own tests, where another warehouse has passed them.
UNTESTED = ("--exclude", "resource_type:test", "resource_type:unit_test")

# Variables of whoever runs the tests, which are not theirs.
_OWN = ("DBT_", "TARGET_", "TAP_")

Row = dict[str, Any]


class Warehouse:
    """A warehouse that the loaders fill and dbt builds in; what dbt writes goes to a folder."""

    target: str
    schema = "edr"

    def __init__(self, folder: Path, dbt: Program, **environment: str) -> None:
        self.folder = folder
        self._dbt = dbt
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(_OWN)},
            **environment,
            "DBT_TARGET": self.target,
            "DBT_SCHEMA": self.schema,
            "DBT_PROJECT_DIR": str(TRANSFORM),
            "DBT_PROFILES_DIR": str(TRANSFORM),
            "DBT_TARGET_PATH": str(folder / "dbt"),
            "DBT_LOG_PATH": str(folder / "dbt"),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        }

    def dbt(self, *arguments: str, **variables: Any) -> str:
        """Run a dbt command that has to succeed; returns what it printed."""
        status, printed = self.run(*arguments, **variables)
        assert status == 0, printed[-6000:]
        return printed

    def run(self, *arguments: str, **variables: Any) -> tuple[int, str]:
        """Run a dbt command; returns its exit status and what it printed."""
        output = self.folder / "dbt.txt"
        status = self._dbt.ask(
            arguments=[
                "--no-use-colors", *arguments, "--vars", json.dumps({"as_of": AS_OF, **variables}),
            ],
            environment=self.environment,
            output=str(output),
        )  # fmt: skip
        return int(status), output.read_text()

    def load(self, messages: Path, schema: str) -> None:
        """Load the messages of a tap into a schema, as the Meltano project does."""
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


class DuckDB(Warehouse):
    """A DuckDB file."""

    target = "duckdb"

    def __init__(self, folder: Path, dbt: Program) -> None:
        self.file = folder / "warehouse.duckdb"
        super().__init__(folder, dbt, DBT_DUCKDB_PATH=str(self.file))

    def load(self, messages: Path, schema: str) -> None:
        """Load through the project's DuckDB loader, with its metadata columns."""
        settings = {
            "filepath": str(self.file),
            "default_target_schema": schema,
            "add_metadata_columns": True,
        }
        load("target-duckdb", messages, settings)

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

    target = "postgres"

    def __init__(self, folder: Path, dbt: Program, uri: str) -> None:
        self.uri = uri
        place = psycopg.conninfo.conninfo_to_dict(uri)
        super().__init__(
            folder,
            dbt,
            DBT_POSTGRES_HOST=place["host"],
            DBT_POSTGRES_USER="postgres",
            DBT_POSTGRES_DATABASE=place["dbname"],
        )

    def load(self, messages: Path, schema: str) -> None:
        """Load through the project's PostgreSQL loader, with its metadata columns."""
        settings = {
            "sqlalchemy_url": sqlalchemy_url(self.uri),
            "default_target_schema": schema,
            "use_copy": True,
            "validate_records": False,
            "sanitize_null_text_characters": True,
            "add_record_metadata": True,
        }
        load("target-postgres", messages, settings)

    def query(self, sql: str) -> list[Row]:
        """Return the rows of a query."""
        with psycopg.connect(self.uri) as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            names = [column.name for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


class Snowflake(Warehouse):
    """An emulated Snowflake with the raw tables of a DuckDB file."""

    target = "snowflake"

    def __init__(self, folder: Path, dbt: Program, emulator: Program, raw: Path) -> None:
        self._emulator = emulator
        super().__init__(
            folder,
            dbt,
            DBT_SNOWFLAKE_HOST="127.0.0.1",
            DBT_SNOWFLAKE_PORT=emulator.answer(),
            DBT_SNOWFLAKE_PROTOCOL="http",
            DBT_SNOWFLAKE_ACCOUNT="fakesnow",
            DBT_SNOWFLAKE_USER="fake",
            DBT_SNOWFLAKE_PASSWORD="snow",
            DBT_SNOWFLAKE_DATABASE="EDR",
        )
        emulator.ask(load=str(raw))

    def rows(self, relation: str) -> list[Row]:
        """Return a built table, with comparable values."""
        answer = self._emulator.ask(read=f"{self.schema}_{relation}")
        names, rows = pickle.loads(base64.b64decode(answer))
        return [
            {
                name: without_null_members(comparable(value))
                for name, value in zip(names, row, strict=True)
            }
            for row in rows
        ]


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


def without_null_members(value: Any) -> Any:
    """Return a document as Snowflake makes it; test_emulator.py has what fakesnow does."""
    if isinstance(value, dict):
        return {
            name: without_null_members(member)
            for name, member in value.items()
            if member is not None
        }
    if isinstance(value, list):
        return [without_null_members(element) for element in value]
    return value


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
