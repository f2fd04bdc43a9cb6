"""The comments of a table and its columns, where DESCRIBE, IDEs and catalogs look for them.

They are the schema's descriptions. That of a column which could not be called as its property
begins with the property's name, so that the column stays the property's in later runs, whatever
other properties come and go.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import duckdb
from singer_sdk.sql.connector import FullyQualifiedName

from target_duckdb_edr.types import quoted
from target_duckdb_edr.values import storable

_OWNED = "Property "
_decode = json.JSONDecoder().raw_decode


def read(database: duckdb.DuckDBPyConnection, table: FullyQualifiedName) -> dict[str, str | None]:
    """Return the comments by the columns' names, the table's own by an empty name."""
    where = "database_name = current_database() AND schema_name = ? AND table_name = ?"
    found = database.execute(
        f"SELECT column_name, comment FROM duckdb_columns() WHERE {where} "
        f"UNION ALL SELECT '', comment FROM duckdb_tables() WHERE {where}",
        [table.schema, table.table] * 2,
    )
    return dict(found.fetchall())


def write(
    database: duckdb.DuckDBPyConnection, table: FullyQualifiedName, wanted: Mapping[str, str | None]
) -> None:
    """Write the comments that are not there yet, by the columns' names; others stay."""
    for name, comment in read(database, table).items():
        text = _storable(wanted.get(name))
        if text and text != comment:
            place = f"COLUMN {table}.{quoted(name)}" if name else f"TABLE {table}"
            escaped = text.replace("'", "''")
            database.execute(f"COMMENT ON {place} IS '{escaped}'")


def of_renamed(name: str, description: str | None) -> str:
    """Return the comment of a column that could not be called as its property."""
    owned = _OWNED + json.dumps(name, ensure_ascii=False)
    return f"{owned}: {description}" if description else owned


def owners(comments: Mapping[str, str | None]) -> dict[str, str]:
    """Return the properties of the columns whose comments name one."""
    return {
        column: _decode(comment, len(_OWNED))[0]
        for column, comment in comments.items()
        if comment and _names_property(column, comment)
    }


def _names_property(column: str, comment: str) -> bool:
    if not comment.startswith(f'{_OWNED}"'):
        return False
    try:
        name, _ = _decode(comment, len(_OWNED))
    except ValueError:
        return False  # a description that begins like this
    return column.lower().startswith(f"{name.lower()}_")


def _storable(text: object) -> str:
    return storable(str(text or "")).replace("\0", r"\u0000")
