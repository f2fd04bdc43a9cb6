"""The floor: DuckDB's own JSON reader on the same records, without keys, states or checks."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import duckdb

TYPES = {"boolean": "BOOLEAN", "integer": "BIGINT", "number": "DOUBLE", "string": "VARCHAR"}


def type_of(schema: dict[str, str]) -> str:
    """Return a column's type."""
    if schema.get("format") == "date-time":
        return "TIMESTAMP"
    return next((TYPES[each] for each in TYPES if each in schema["type"]), "JSON")


if __name__ == "__main__":
    source, folder = sys.argv[1:]
    with Path(source).open("rb") as lines:
        schema = json.loads(next(lines))["schema"]["properties"]
    members = ", ".join(f'"{name}" {type_of(each)}' for name, each in schema.items())
    with duckdb.connect(f"{folder}/w.duckdb", config={"threads": 2}) as connection:
        connection.execute(
            f"CREATE TABLE alerts AS SELECT record.* FROM read_json('{source}', "  # noqa: S608 (our file)
            "format = 'newline_delimited', "
            f"columns = {{type: 'VARCHAR', record: 'STRUCT({members})'}}) WHERE type = 'RECORD'"
        )
