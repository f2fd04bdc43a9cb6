"""Staging follows the taps' schemas, and reads what is there: tables, columns, schemas, tenants."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb

from tests.transform.messages import ROOT
from tests.transform.programs import Program
from tests.transform.warehouses import UNTESTED, DuckDB

GENERATOR = ROOT / "scripts" / "generate_staging.py"


def test_the_models_are_those_of_the_schemas() -> None:
    done = subprocess.run(
        [sys.executable, str(GENERATOR), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_an_empty_warehouse_builds_into_empty_tables(dbt: Program, tmp_path: Path) -> None:
    warehouse = DuckDB(tmp_path, dbt)
    duckdb.connect(str(warehouse.file)).close()
    warehouse.dbt("build", *UNTESTED)
    assert warehouse.rows("marts.fct_incidents") == []
    assert warehouse.rows("marts.tenant_scorecard") == []


def test_a_missing_column_is_null_and_a_loader_may_spell_columns_its_way(
    dbt: Program, tmp_path: Path
) -> None:
    warehouse = DuckDB(tmp_path, dbt)
    warehouse.execute(
        "create schema cortex_xdr;"
        "create table cortex_xdr.incidents"
        " (INCIDENT_ID varchar, Severity varchar, hosts varchar[]);"
        "insert into cortex_xdr.incidents values ('7', 'high', ['pc:1', 'pc:2'])"
    )
    warehouse.dbt("run", "--select", "stg_cortex_xdr__incidents")
    (row,) = warehouse.rows("staging.stg_cortex_xdr__incidents")
    assert (row["incident_id"], row["severity"], row["status"]) == ("7", "high", None)
    assert row["hosts"] == ["pc:1", "pc:2"]


def test_a_switched_off_stream_is_not_read(dbt: Program, tmp_path: Path) -> None:
    warehouse = DuckDB(tmp_path, dbt)
    _incidents(warehouse, "cortex_xdr", "1")
    warehouse.dbt("run", "-s", "stg_cortex_xdr__incidents", using_cortex_xdr_incidents=False)
    assert warehouse.rows("staging.stg_cortex_xdr__incidents") == []


def test_schemas_are_united_and_the_taps_own_label_wins(dbt: Program, tmp_path: Path) -> None:
    warehouse = DuckDB(tmp_path, dbt)
    _incidents(warehouse, "acme_xdr", "1")
    _incidents(warehouse, "globex_xdr", "1")
    warehouse.execute("alter table globex_xdr.incidents add column _tenant varchar")
    warehouse.execute("update globex_xdr.incidents set _tenant = 'globex'")
    warehouse.dbt(
        "build",
        "-s",
        "stg_cortex_xdr__incidents",
        cortex_xdr_sources=[
            {"schema": "acme_xdr", "tenant": "acme"},
            {"schema": "globex_xdr", "tenant": "someone else"},
            {"schema": "not_loaded_yet", "tenant": "later"},
        ],
    )
    rows = warehouse.rows("staging.stg_cortex_xdr__incidents")
    assert {(row["tenant"], row["incident_id"]) for row in rows} == {("acme", "1"), ("globex", "1")}


def test_old_rows_are_told_from_fresh_ones(dbt: Program, tmp_path: Path) -> None:
    warehouse = DuckDB(tmp_path, dbt)
    _incidents(warehouse, "cortex_xdr", "1")
    warehouse.execute("alter table cortex_xdr.incidents add column modification_time timestamp")
    for age, status in (("1 hour", 0), ("4 days", 0), ("8 days", 1)):
        warehouse.execute(
            "update cortex_xdr.incidents set modification_time = "
            f"current_timestamp at time zone 'UTC' - interval '{age}'"
        )
        done, printed = warehouse.run("source", "freshness", "-s", "source:cortex_xdr.incidents")
        assert done == status, printed
        assert ("WARN freshness" in printed) == (age == "4 days"), printed


def _incidents(warehouse: DuckDB, schema: str, key: str) -> None:
    warehouse.execute(
        f"create schema {schema};"
        f"create table {schema}.incidents (incident_id varchar, status varchar);"
        f"insert into {schema}.incidents values ('{key}', 'new')"
    )
