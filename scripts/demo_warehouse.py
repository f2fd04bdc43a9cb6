"""The demo's warehouse: what is in it, and the answers to an analyst's questions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
from demo_output import print_table, title

ROOT = Path(__file__).resolve().parent.parent
WAREHOUSE = ROOT / "output" / "demo.duckdb"
QUERIES = ROOT / "scripts" / "demo.sql"


def ask(query: str, *parameters: object) -> list[Any]:
    """Return the rows of a query."""
    with duckdb.connect(str(WAREHOUSE), read_only=True) as warehouse:
        return warehouse.execute(query, parameters).fetchall()


def incidents(keys: list[str]) -> list[Any]:
    """Return key, status and time of the last change of incidents of either product."""
    return ask(
        "SELECT incidentId, status, _changed_at FROM gravityzone.incidents "
        "WHERE list_contains($1, incidentId) UNION ALL "
        "SELECT incident_id, status, modification_time FROM cortex_xdr.incidents "
        "WHERE list_contains($1, incident_id)",
        keys,
    )


def row_counts() -> dict[str, int]:
    """Return the number of rows of each table."""
    tables = ask("SELECT table_schema || '.' || table_name FROM information_schema.tables")
    return {
        table: ask(f"SELECT count(*) FROM {table}")[0][0]  # noqa: S608 (names of the catalog)
        for (table,) in sorted(tables)
    }


def print_answers() -> None:
    """Print the answers to the queries of ``demo.sql``, each under its title."""
    with duckdb.connect(str(WAREHOUSE), read_only=True) as warehouse:
        for section in QUERIES.read_text(encoding="utf-8").split("\n-- ## ")[1:]:
            heading, query = section.split("\n", 1)
            title(heading)
            try:
                answer = warehouse.execute(query)
            except duckdb.CatalogException:
                print("  (not loaded: the stream was skipped or has no rows yet)")
                continue
            print_table([column[0] for column in answer.description or ()], answer.fetchall())
