"""An emulated Snowflake: fakesnow's server, and what loads and reads its storage.

Run by the interpreter of ``transform/.venv``. Prints the port that it listens on. Then takes a JSON
request a line and prints an answer for each: for ``{"load": a DuckDB file}`` nothing, for
``{"read": a table}`` its columns and rows, pickled, in base 64, for ``{"ask": a query}`` the first
value as text, or the error.
"""

from __future__ import annotations

import base64
import contextlib
import importlib
import json
import pickle
import sys
from typing import Any

import snowflake.connector
from fakesnow import server  # the function; the module of that name takes its place when it runs

DATABASE = "EDR"
# Types of the DuckDB loader, as the Snowflake loader has them.
_TYPES = {
    "VARCHAR": "VARCHAR",
    "BOOLEAN": "BOOLEAN",
    "BIGINT": "NUMBER",
    "DOUBLE": "DOUBLE",
    "TIMESTAMP": "TIMESTAMP_NTZ",
    "JSON": "VARIANT",
}


def main() -> None:
    """Serve until there are no more requests."""
    answers = sys.stdout
    # The server logs to what it takes for STDOUT.
    with (
        contextlib.redirect_stdout(sys.stderr),
        server() as address,
        snowflake.connector.connect(**address, database=DATABASE) as session,
    ):
        print(address["port"], file=answers, flush=True)
        for line in sys.stdin:
            request = json.loads(line)
            if "load" in request:
                load(session.cursor(), request["load"])
                answer = ""
            elif "ask" in request:
                answer = ask(session.cursor(), request["ask"])
            else:
                answer = base64.b64encode(pickle.dumps(read(request["read"]))).decode()
            print(answer, file=answers, flush=True)


def load(cursor: Any, file: str) -> None:
    """Make the tables of a DuckDB file in Snowflake's types and letter case, with their rows."""
    storage = storage_of_server()
    storage.execute(f"attach '{file}' as loaded (read_only)")
    tables: dict[str, list[str]] = {}
    for schema, table, column, kind in storage.execute(
        "select schema_name, table_name, column_name, data_type from duckdb_columns() "
        "where database_name = 'loaded' order by schema_name, table_name, column_index"
    ).fetchall():
        column_of = tables.setdefault(f"{schema}.{table}", [])
        column_of.append(f'"{column.upper()}" {_TYPES[kind]}')
    for schema in {table.partition(".")[0] for table in tables}:
        cursor.execute(f"create schema {DATABASE}.{schema}")
    for table, columns in tables.items():
        cursor.execute(f"create table {DATABASE}.{table} ({', '.join(columns)})")
        storage.execute(f"insert into {DATABASE}.{table} from loaded.{table}")
    storage.execute("detach loaded")


def read(table: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Return the columns and the rows of a table.

    Not through the server, which answers with 1970 where a moment is null.
    """
    rows = storage_of_server().execute(f"select * from {DATABASE}.{table}")
    return [column[0].lower() for column in rows.description], rows.fetchall()


def ask(cursor: Any, query: str) -> str:
    """Return the first value of the answer of the server, or what it says is wrong."""
    try:
        return str(cursor.execute(query).fetchone()[0])
    except snowflake.connector.errors.ProgrammingError as error:
        return str(error).replace("\n", " ")


def storage_of_server() -> Any:
    """Return the server's own connection to its DuckDB."""
    return importlib.import_module("fakesnow.server").shared_fs.duck_conn


if __name__ == "__main__":
    main()
