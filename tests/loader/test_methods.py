"""Upsert, append, overwrite, and rows that a full reading did not return any more."""

from __future__ import annotations

import pytest
from target_duckdb_edr.errors import LoaderError

from tests.loader.conftest import (
    INTEGER,
    TEXT,
    TIME,
    Warehouse,
    activate,
    record,
    schema,
    versioned,
)

TABLE = schema("t", ["id"], id=INTEGER, v=TEXT)


def test_append(warehouse: Warehouse) -> None:
    rows = [record("t", id=1, v="a"), record("t", id=1, v="b")]
    for _ in range(2):
        warehouse.load(TABLE, *rows, load_method="append-only")
    assert warehouse.rows("SELECT v FROM vendor.t ORDER BY v") == [("a",)] * 2 + [("b",)] * 2


def test_overwrite(warehouse: Warehouse) -> None:
    warehouse.load(TABLE, record("t", id=1), record("t", id=2))
    rows = [record("t", id=number, v="new") for number in range(2, 6)]
    warehouse.load(TABLE, *rows, *rows, load_method="overwrite", batch_size_rows=2)
    assert warehouse.rows("SELECT id, v FROM vendor.t ORDER BY id") == [
        (number, "new") for number in range(2, 6)
    ]
    warehouse.load(TABLE, load_method="overwrite")
    assert warehouse.rows("SELECT * FROM vendor.t") == []


def test_overwrite_that_fails_keeps_what_was_there(warehouse: Warehouse) -> None:
    warehouse.load(TABLE, record("t", id=1))
    with pytest.raises(LoaderError):
        warehouse.load(TABLE, record("t", id="x"), load_method="overwrite")
    assert warehouse.rows("SELECT id FROM vendor.t") == [(1,)]


def test_keys_are_times_numbers_and_nulls(warehouse: Warehouse) -> None:
    table = schema("t", ["at", "n"], at=TIME, n=INTEGER, v=TEXT)
    for v in ("old", "new"):
        warehouse.load(
            table,
            record("t", at="2026-01-01T01:00:00+01:00", n=1, v="older"),
            record("t", at="2026-01-01T00:00:00Z", n=1, v=v),
            record("t", at=None, n=1, v=v),
        )
    assert warehouse.rows("SELECT v FROM vendor.t") == [("new",)] * 2


def test_streams_without_keys_may_be_refused(warehouse: Warehouse) -> None:
    with pytest.raises(LoaderError, match="primary_key_required"):
        warehouse.load(schema("t", [], id=INTEGER), primary_key_required=True)


def test_metadata_columns(warehouse: Warehouse) -> None:
    row = {**record("t", id=1, _sdc_deleted_at=None), "time_extracted": "2026-01-01T00:00:00Z"}
    warehouse.load(TABLE, row, add_metadata_columns=True)
    assert warehouse.types("t") == {
        "id": "BIGINT",
        "v": "VARCHAR",
        "_sdc_extracted_at": "TIMESTAMP",
        "_sdc_received_at": "TIMESTAMP",
        "_sdc_batched_at": "TIMESTAMP",
        "_sdc_deleted_at": "TIMESTAMP",
        "_sdc_sequence": "BIGINT",
        "_sdc_table_version": "BIGINT",
        "_sdc_sync_started_at": "BIGINT",
    }
    ((extracted, batched, sequence, started),) = warehouse.rows(
        "SELECT _sdc_extracted_at::VARCHAR, _sdc_batched_at >= _sdc_received_at, _sdc_sequence, "
        "_sdc_sync_started_at FROM vendor.t"
    )
    assert (extracted, batched) == ("2026-01-01 00:00:00", True)
    assert sequence >= started


def test_rows_that_are_gone_are_marked(warehouse: Warehouse) -> None:
    warehouse.load(TABLE, *(record("t", id=number) for number in range(4)))
    first = [versioned(record("t", id=number), 1) for number in range(3)]
    warehouse.load(TABLE, *first, activate("t", 1))
    gone = "SELECT id FROM vendor.t WHERE _sdc_deleted_at IS NOT NULL ORDER BY id"
    assert warehouse.rows(gone) == [(3,)]  # of before there were versions
    warehouse.load(TABLE, versioned(record("t", id=1), 2), activate("t", 2), batch_size_rows=1)
    assert warehouse.rows(gone) == [(0,), (2,), (3,)]
    warehouse.load(TABLE, versioned(record("t", id=0), 3), activate("t", 3))
    assert warehouse.rows(gone) == [(1,), (2,), (3,)]  # one came back
    warehouse.load(TABLE, activate("t", 4))  # a full reading of nothing
    assert warehouse.rows(gone) == [(0,), (1,), (2,), (3,)]


def test_rows_that_are_gone_are_deleted(warehouse: Warehouse) -> None:
    warehouse.load(TABLE, *(versioned(record("t", id=number), 1) for number in range(3)))
    row = versioned(record("t", id=1), 2)
    warehouse.load(TABLE, row, activate("t", 2), hard_delete=True)
    assert warehouse.rows("SELECT id FROM vendor.t") == [(1,)]


def test_rows_that_the_tap_deletes(warehouse: Warehouse) -> None:
    deleted = record("t", id=1, _sdc_deleted_at="2026-01-01T00:00:00Z")
    warehouse.load(TABLE, record("t", id=1), record("t", id=2), deleted, hard_delete=True)
    assert warehouse.rows("SELECT id FROM vendor.t") == [(2,)]


def test_a_declared_time_of_deletion_is_a_column(
    warehouse: Warehouse, caplog: pytest.LogCaptureFixture
) -> None:
    table = schema("t", ["id"], id=INTEGER, _sdc_deleted_at=TIME, _sdc_sequence=INTEGER)
    row = record("t", id=1, _sdc_deleted_at="2026-01-01T00:00:00Z", _sdc_sequence=1)
    warehouse.load(table, row)
    assert warehouse.rows("SELECT id FROM vendor.t WHERE _sdc_deleted_at IS NOT NULL") == [(1,)]
    warnings = [each.message for each in caplog.records if each.levelname == "WARNING"]
    assert ["_sdc_sequence" in each for each in warnings] == [True]
    assert list(warehouse.types("t")) == ["id", "_sdc_deleted_at"]


def test_metadata_that_no_schema_names_is_said(
    warehouse: Warehouse, caplog: pytest.LogCaptureFixture
) -> None:
    warehouse.load(TABLE, record("t", id=1, _sdc_deleted_at="2026-01-01T00:00:00Z"))
    assert "does not name _sdc_deleted_at" in caplog.text


def test_no_row_is_gone_where_records_carry_no_version(
    warehouse: Warehouse, caplog: pytest.LogCaptureFixture
) -> None:
    warehouse.load(TABLE, record("t", id=1), record("t", id=2), activate("t", 1), hard_delete=True)
    assert len(warehouse.rows("SELECT * FROM vendor.t")) == 2
    assert "carry no version" in caplog.text


def test_versions_may_be_ignored(warehouse: Warehouse, caplog: pytest.LogCaptureFixture) -> None:
    messages = [TABLE, versioned(record("t", id=1), 1), activate("t", 2)]
    warehouse.load(*messages, process_activate_version_messages=False)
    assert caplog.text.count("process_activate_version_messages is off") == 1
    assert warehouse.types("t") == {"id": "BIGINT", "v": "VARCHAR"}
    assert warehouse.rows("SELECT id FROM vendor.t") == [(1,)]
