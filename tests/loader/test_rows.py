"""No row and no value is lost, whatever it holds."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from tests.loader.conftest import (
    JSON,
    TEXT,
    TIME,
    Warehouse,
    record,
    schema,
)

AWKWARD = [
    "",
    " ",
    '"',
    '""',
    "'",
    "\\",
    "\\N",
    "NULL",
    "null",
    "line\nfeed",
    "carriage\r\nreturn",
    "\r",
    "a,b;c\td",
    'ends with "',
    "# no comment",
    "NUL \0 inside",
    "Zürich 東京 🔒",
    "0001",
    "1e5",
    "true",
    "2026-01-01T00:00:00Z",
]


def test_every_row_of_every_batch_arrives(warehouse: Warehouse) -> None:
    rows = [record("t", id=f"k{n}", name=f"n{n}") for n in range(25)]
    warehouse.load(schema("t", ["id"], id=TEXT, name=TEXT), *rows, batch_size_rows=10)
    expected = sorted((f"k{n}", f"n{n}") for n in range(25))
    assert warehouse.rows("SELECT id, name FROM vendor.t ORDER BY id") == expected


def test_a_table_of_strings_without_keys(warehouse: Warehouse) -> None:
    rows = [record("t", b="x", a=value) for value in ("first", "first", "header", "")]
    warehouse.load(schema("t", [], a=TEXT, b=TEXT), *rows, primary_key_required=False)
    assert len(warehouse.rows("SELECT * FROM vendor.t")) == 4


@pytest.mark.parametrize("value", AWKWARD)
@pytest.mark.parametrize("column", [TEXT, JSON])
def test_a_value_survives(warehouse: Warehouse, column: dict[str, Any], value: str) -> None:
    sent = {"k": [value, {value: value}]} if column is JSON else value
    messages = [record("t", id=n, before=value, value=sent, after=value) for n in range(3)]
    columns = {"id": {"type": "integer"}, "before": TEXT, "value": column, "after": TEXT}
    warehouse.load(schema("t", ["id"], **columns), *messages)
    rows = warehouse.rows("SELECT before, value, after FROM vendor.t")
    expected = (value, json.dumps(sent, ensure_ascii=False) if column is JSON else sent, value)
    assert rows == [expected] * 3


@pytest.mark.parametrize("column", [TEXT, JSON])
def test_a_lone_surrogate_is_written_out(warehouse: Warehouse, column: dict[str, Any]) -> None:
    value = "before \udc80 after \ud83d"
    warehouse.load(schema("t", ["id"], id=TEXT, value=column), record("t", id="1", value=value))
    column_as_text = "value" if column is TEXT else "value ->> '$'"
    assert warehouse.rows(f"SELECT {column_as_text} FROM vendor.t") == [
        (r"before \udc80 after \ud83d",)
    ]


def test_null_and_empty_stay_apart(warehouse: Warehouse) -> None:
    columns = {"id": TEXT, "text": TEXT, "object": JSON, "flag": {"type": ["null", "boolean"]}}
    warehouse.load(
        schema("t", ["id"], **columns),
        record("t", id="1", text=None, object=None, flag=None),
        record("t", id="2", text="", object={}, flag=False),
        record("t", id="3"),
        record("t", id=""),
    )
    assert warehouse.rows("SELECT * EXCLUDE id FROM vendor.t ORDER BY id = '', id") == [
        (None, None, None),
        ("", "{}", False),
        (None, None, None),
        (None, None, None),
    ]


def test_long_values(warehouse: Warehouse) -> None:
    long = '0123"\n,é' * 400_000
    rows = [record("t", id=n, text=long, more=long) for n in range(3)]
    warehouse.load(schema("t", ["id"], id={"type": "integer"}, text=TEXT, more=TEXT), *rows)
    assert warehouse.rows("SELECT text, more FROM vendor.t") == [(long, long)] * 3


def test_types(warehouse: Warehouse) -> None:
    columns: dict[str, dict[str, Any]] = {
        "id": {"type": "integer"},
        "huge": {"type": ["null", "integer"]},
        "number": {"type": ["null", "number"]},
        "flag": {"type": ["null", "boolean"]},
        "list": {"type": ["null", "array"], "items": TEXT},
        "either": {"type": ["null", "string", "integer"]},
    }
    row = {"id": 1, "huge": 2**100, "number": 0.1 + 0.2, "flag": True, "list": ["a"], "either": 5}
    warehouse.load(schema("t", ["id"], **columns), record("t", **row))
    order = ", ".join(columns)
    assert warehouse.rows(f"SELECT {order} FROM vendor.t") == [
        (1, 2**100, 0.1 + 0.2, True, '["a"]', "5")
    ]


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("2026-07-01T10:00:00Z", "2026-07-01 10:00:00"),
        ("2026-07-01T10:00:00.123456Z", "2026-07-01 10:00:00.123456"),
        ("2026-07-01T10:00:00.123456789Z", "2026-07-01 10:00:00.123456"),
        ("2026-07-01T10:00:00+02:00", "2026-07-01 08:00:00"),
        ("2026-07-01T10:00:00-0530", "2026-07-01 15:30:00"),
        ("2026-07-01T10:00:00", "2026-07-01 10:00:00"),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_times_are_utc(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, zone: str, value: str, stored: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    warehouse.load(schema("t", ["id"], id=TEXT, moment=TIME), record("t", id="1", moment=value))
    assert warehouse.rows("SELECT moment, moment::VARCHAR FROM vendor.t") == [
        (datetime.fromisoformat(stored), stored)
    ]


def test_the_newest_row_of_a_key_wins(warehouse: Warehouse) -> None:
    table = schema("t", ["id"], id=TEXT, v=TEXT, o=JSON)
    warehouse.load(table, record("t", id="a", v="old", o={}), record("t", id="a", v="new", o={}))
    assert warehouse.rows("SELECT id, v FROM vendor.t") == [("a", "new")]
    for number in range(4):  # the same key in later batches and later runs
        rows = [record("t", id=key, v=f"{number}{key}", o={"n": number}) for key in "abcd"]
        warehouse.load(table, *rows, *rows, batch_size_rows=2)
    assert warehouse.rows("SELECT id, v FROM vendor.t ORDER BY id") == [
        (key, f"3{key}") for key in "abcd"
    ]


def test_keys_that_look_alike_when_joined(warehouse: Warehouse) -> None:
    pairs = [("a,b", "c"), ("a", "b,c"), ("", "x"), ("x", "")]
    rows = [record("t", p=p, q=q) for p, q in pairs]
    warehouse.load(schema("t", ["p", "q"], p=TEXT, q=TEXT), *rows, *rows)
    assert sorted(warehouse.rows("SELECT p, q FROM vendor.t")) == sorted(pairs)
