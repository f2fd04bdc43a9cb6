"""Read a loaded table back as the records that went in."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import psycopg

Row = dict[str, Any]


def duckdb_table(file: Path, schema: str, table: str, names: list[str]) -> list[Row]:
    """Return a table of a DuckDB file; ``names`` are the columns as the tap wrote them."""
    with duckdb.connect(str(file), read_only=True) as connection:
        cursor = connection.execute(f'select * from "{schema}"."{table}"')
        columns = [(column[0], str(column[1])) for column in cursor.description]
        rows = cursor.fetchall()
    return [_record(columns, row, names) for row in rows]


def postgres_table(uri: str, schema: str, table: str, names: list[str]) -> list[Row]:
    """Return a table of a PostgreSQL database; ``names`` are the columns as the tap wrote them."""
    with psycopg.connect(uri) as connection, connection.cursor() as cursor:
        cursor.execute(f'select * from "{schema}"."{table}"')
        columns = [(column.name, "") for column in cursor.description or ()]
        return [_record(columns, row, names) for row in cursor.fetchall()]


def _record(columns: list[tuple[str, str]], row: tuple[Any, ...], names: list[str]) -> Row:
    written = {name.lower(): name for name in names}
    return {
        written[column.lower()]: _value(value, kind)
        for (column, kind), value in zip(columns, row, strict=True)
        if column.lower() in written
    }


def _value(value: Any, kind: str) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if kind == "JSON" and isinstance(value, str):
        return json.loads(value)
    return value
