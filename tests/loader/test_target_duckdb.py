"""The DuckDB loader loses no row and no value, and promises nothing that is not committed."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from contextlib import redirect_stdout
from datetime import datetime
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from target_duckdb_pinned import cli

if TYPE_CHECKING:
    from pathlib import Path

TEXT = {"type": ["null", "string"]}
TIME = {"type": ["null", "string"], "format": "date-time"}
JSON = {"type": ["null", "object"]}

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


def schema(stream: str, keys: list[str], **properties: dict[str, Any]) -> dict[str, Any]:
    body = {"type": "object", "properties": properties}
    return {"type": "SCHEMA", "stream": stream, "schema": body, "key_properties": keys}


def record(stream: str, **values: object) -> dict[str, Any]:
    return {"type": "RECORD", "stream": stream, "record": values}


def state(**bookmarks: object) -> dict[str, Any]:
    return {"type": "STATE", "value": {"bookmarks": bookmarks}}


class Warehouse:
    """A database file; each ``load`` is one run of the loader."""

    def __init__(self, path: Path) -> None:
        self.config = {"filepath": str(path), "default_target_schema": "vendor"}

    def load(self, *messages: dict[str, Any], **config: object) -> list[Any]:
        """Load the messages and return the states that came out."""
        settings: dict[str, Any] = {**self.config, **config}
        output = io.StringIO()
        with redirect_stdout(output), cli.prepare(settings) as connection:
            cli.load(connection, settings, [json.dumps(message) for message in messages])
        return [json.loads(line) for line in output.getvalue().splitlines()]

    def rows(self, query: str) -> list[Any]:
        with duckdb.connect(self.config["filepath"], read_only=True) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "not there yet" / "ware.house v2.duckdb")


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


@settings(max_examples=30, deadline=None)
@given(st.lists(st.one_of(st.none(), st.text()), min_size=1, max_size=20))
def test_any_text_survives(values: list[str | None]) -> None:
    rows = [record("t", id=n, text=value, after="x") for n, value in enumerate(values)]
    messages = [schema("t", ["id"], id={"type": "integer"}, text=TEXT, after=TEXT), *rows]
    config: dict[str, Any] = {"filepath": ":memory:", "default_target_schema": "vendor"}
    with cli.prepare(config) as connection:
        cli.load(connection, config, [json.dumps(message) for message in messages])
        stored = connection.execute("SELECT text FROM vendor.t ORDER BY id").fetchall()
    assert [text for (text,) in stored] == values


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
        (False, "{}", ""),
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


def test_a_new_column_arrives_and_none_is_renamed(warehouse: Warehouse) -> None:
    columns: dict[str, dict[str, Any]] = {
        "id": TEXT,
        "at": TIME,
        "object": JSON,
        "n": {"type": ["null", "integer"]},
        "d": {"type": ["null", "number"]},
        "flag": {"type": ["null", "boolean"]},
    }
    warehouse.load(schema("t", ["id"], **columns), record("t", id="1"))
    warehouse.load(schema("t", ["id"], **columns, extra=TEXT), record("t", id="1", extra="x"))
    names = [name for name, *_ in warehouse.rows("DESCRIBE vendor.t")]
    assert sorted(names) == sorted([*columns, "extra"])
    assert warehouse.rows("SELECT extra FROM vendor.t") == [("x",)]


def test_a_bad_value_rolls_the_batch_back(warehouse: Warehouse) -> None:
    table = schema("t", ["id"], id={"type": "integer"}, at=TIME)
    good = [record("t", id=n) for n in range(3)]
    with pytest.raises(duckdb.Error, match="yesterday"):
        warehouse.load(table, *good, state(t=3), record("t", id=9, at="yesterday"))
    assert warehouse.rows("SELECT * FROM vendor.t") == []
    tables = warehouse.rows("SELECT table_name FROM information_schema.tables")
    assert tables == [("t",)]


def test_states_cover_committed_rows_only(warehouse: Warehouse) -> None:
    states = warehouse.load(
        schema("a", ["id"], id=TEXT),
        schema("b", ["id"], id=TEXT),
        record("a", id="1"),
        state(a=1),
        record("b", id="1"),
        state(a=1, b=1),
        record("b", id="2"),  # the batch is full: a's row must go first
        state(a=1, b=2),  # follows the last full batch
        batch_size_rows=2,
        flush_all_streams=False,
    )
    assert states[0] == {"bookmarks": {"a": 1, "b": 1}}
    assert states[-1] == {"bookmarks": {"a": 1, "b": 2}}
    assert warehouse.rows("SELECT count(*) FROM vendor.a") == [(1,)]


def test_a_run_without_rows_passes_its_last_state_on(warehouse: Warehouse) -> None:
    states = warehouse.load(schema("a", ["id"], id=TEXT), state(a=1), state(a=2))
    assert states[-1] == {"bookmarks": {"a": 2}}


def test_activate_version_and_repeated_schemas_are_tolerated(warehouse: Warehouse) -> None:
    table = schema("t", ["id"], id=TEXT)
    version = {"type": "ACTIVATE_VERSION", "stream": "t", "version": 1}
    messages = [table, version, record("t", id="1"), table, record("t", id="2"), version]
    warehouse.load(*messages, state(t=1))
    assert warehouse.rows("SELECT count(*) FROM vendor.t") == [(2,)]


def test_what_a_killed_loader_promised_is_there(warehouse: Warehouse, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps({**warehouse.config, "batch_size_rows": 100}))
    command = [sys.executable, "-m", "target_duckdb_pinned", "--config", str(config)]
    messages = [schema("t", ["id"], id=TEXT)]
    for number in range(1000):
        messages += [record("t", id=str(number)), state(t=number)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("".join(json.dumps(message) + "\n" for message in messages).encode())
        process.stdin.flush()
        promised = json.loads(process.stdout.readline())["bookmarks"]["t"]
        process.kill()
        process.stdin.close()
    present = {int(key) for (key,) in warehouse.rows("SELECT id FROM vendor.t")}
    assert set(range(promised + 1)) <= present


def test_settings_that_lose_data_are_refused(warehouse: Warehouse) -> None:
    with pytest.raises(SystemExit, match="flattening_enabled"):
        warehouse.load(data_flattening_max_level=1)


def test_a_locked_file_is_one_message(warehouse: Warehouse, tmp_path: Path) -> None:
    warehouse.load()
    config = tmp_path / "config.json"
    config.write_text(json.dumps(warehouse.config))
    command = [sys.executable, "-m", "target_duckdb_pinned", "--config", str(config)]
    with duckdb.connect(warehouse.config["filepath"]):
        done = subprocess.run(command, input="", capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Cannot open the DuckDB file" in done.stderr
    assert "Traceback" not in done.stderr
