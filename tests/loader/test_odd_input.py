"""What a tap may send by mistake is loaded, or refused in one line; never a traceback."""

from __future__ import annotations

import json
import logging
import math
import subprocess
from typing import Any

import pytest
from target_duckdb_edr.ending import errors_said_once
from target_duckdb_edr.errors import LoaderError

from tests.loader.conftest import (
    COMMAND,
    INTEGER,
    JSON,
    NUMBER,
    SECONDS,
    TEXT,
    Warehouse,
    activate,
    record,
    schema,
    state,
    versioned,
)

TABLE = schema("t", ["id"], id=INTEGER, v=TEXT)


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_a_number_that_json_has_not(warehouse: Warehouse, value: float) -> None:
    table = schema("t", ["id"], id=INTEGER, v=NUMBER)
    warehouse.load(table, record("t", id=1, v=value))
    ((stored,),) = warehouse.rows("SELECT v FROM vendor.t")
    assert repr(stored) == repr(value)
    # Once the column is text, what is there and what comes are one text.
    warehouse.load(table, record("t", id=2, v=value), record("t", id=3, v=2**53 + 1))
    texts = warehouse.rows("SELECT v FROM vendor.t WHERE id < 3")
    assert texts == [(json.dumps(value),)] * 2


@pytest.mark.parametrize("column", [JSON, {}, INTEGER])
def test_a_number_that_json_has_not_in_another_column(
    warehouse: Warehouse, column: dict[str, Any]
) -> None:
    value = {"a": math.nan} if column is JSON else math.nan
    table = schema("t", ["id"], id=INTEGER, v=column)
    with pytest.raises(LoaderError, match=r"'t', property 'v'.*nan"):
        warehouse.load(table, record("t", id=1, v=value))


def test_a_number_that_json_has_not_in_a_column_that_became_json(warehouse: Warehouse) -> None:
    warehouse.load(schema("t", ["id"], id=INTEGER, v={}))
    with pytest.raises(LoaderError, match=r"'t', property 'v'.*nan"):
        warehouse.load(schema("t", ["id"], id=INTEGER, v=NUMBER), record("t", id=1, v=math.nan))


def test_a_schema_that_permits_anything(warehouse: Warehouse) -> None:
    anything: Any = True
    union = {"anyOf": [False, {"type": "integer"}]}
    table = schema("t", ["id"], id=INTEGER, v=anything, w=union)
    warehouse.load(table, record("t", id=1, v={"a": 1}, w=5))
    assert warehouse.types("t") == {"id": "BIGINT", "v": "JSON", "w": "BIGINT"}


@pytest.mark.parametrize(
    "odd",
    [False, None, [], 5, {"type": 5}, {"type": [["string"]]}, {"anyOf": {"type": "string"}}],
)
def test_a_schema_that_is_none(warehouse: Warehouse, odd: Any) -> None:
    with pytest.raises(LoaderError, match="'t', property 'v'"):
        warehouse.load(schema("t", ["id"], id=INTEGER, v=odd))
    nested = {"type": "object", "properties": {"deep": odd}}
    with pytest.raises(LoaderError, match="'t', property 'v'"):
        warehouse.load(schema("t", ["id"], id=INTEGER, v=nested), nested_type="STRUCT")


@pytest.mark.parametrize(
    ("value", "complaint"),
    [(b'"\xe9"', "'t': a record is no"), (b"[" * 5000 + b"]" * 5000, "too deeply")],
)
def test_a_record_that_cannot_be_read(warehouse: Warehouse, value: bytes, complaint: str) -> None:
    line = b'{"type":"RECORD","stream":"t","record":{"id":1,"v":%s}}' % value
    done = run(warehouse, json.dumps(TABLE).encode() + b"\n" + line)
    assert done.returncode == 1
    assert complaint in done.stderr.decode()
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("version", [None, "1", True, 1.5, 2**63])
def test_a_version_that_is_none(warehouse: Warehouse, version: Any) -> None:
    with pytest.raises(LoaderError, match=r"'t'.*version"):
        warehouse.load(TABLE, activate("t", version))
    if version is not None:
        with pytest.raises(LoaderError, match=r"'t'.*version"):
            warehouse.load(TABLE, versioned(record("t", id=1), version))


def test_a_state_is_passed_on_as_it_came(warehouse: Warehouse) -> None:
    line = '{"type": "STATE", "value": {"huge": 1e400, "text": "\\ud800é"}}'
    assert run(warehouse, line.encode() + b"\n").stdout == (
        b'{"huge": 1E+400, "text": "\\ud800\\u00e9"}\n'
    )


@pytest.mark.parametrize(("closed", "name"), [("<&-", "input"), (">&-", "output")])
def test_closed_ends(warehouse: Warehouse, closed: str, name: str) -> None:
    command = [*COMMAND, "--config", str(warehouse.settings())]
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {closed}', "sh", *command],
        input=json.dumps(state(t=1)).encode(), capture_output=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert f"Standard {name} is closed" in done.stderr.decode()
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["a\0", "a\ud800"])
def test_names_that_duckdb_has_not(warehouse: Warehouse, name: str) -> None:
    with pytest.raises(LoaderError, match="'t': DuckDB has no names"):
        warehouse.load(schema("t", ["id"], id=INTEGER, **{name: TEXT}))
    with pytest.raises(LoaderError, match="DuckDB has no names"):
        warehouse.load(schema(name, ["id"], id=INTEGER))
    described = {**INTEGER, "description": name}
    warehouse.load(schema("t", ["id"], id=described))


@pytest.mark.parametrize("name", ["temp", "System", "information_schema", "memory"])
def test_schemas_that_duckdb_keeps(warehouse: Warehouse, name: str) -> None:
    with pytest.raises(LoaderError, match="keeps for itself"):
        warehouse.load(schema(f"{name}-t", ["id"], id=INTEGER), default_target_schema=None)


def test_a_defect_is_one_line_and_no_state_is_passed_on(
    warehouse: Warehouse, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("secret")

    monkeypatch.setattr("target_duckdb_edr.sink.load", fail)
    states = []
    caplog.set_level(logging.INFO)
    with pytest.raises(SystemExit) as end, errors_said_once(logging.getLogger("test")):
        states = warehouse.load(TABLE, record("t", id=1), state(t=1))
    assert end.value.code == 1
    assert states == []
    (message,) = [each for each in caplog.records if each.levelname == "ERROR"]
    assert "Unexpected KeyError" in message.message
    assert "LOGLEVEL=debug" in message.message
    assert message.exc_info is None


def run(warehouse: Warehouse, messages: bytes) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*COMMAND, "--config", str(warehouse.settings())],
        input=messages, capture_output=True, timeout=SECONDS, check=False,
    )  # fmt: skip
