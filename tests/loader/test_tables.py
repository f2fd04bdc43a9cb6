"""Tables follow the streams' schemas; they are widened, and nothing in them is lost."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest
from target_duckdb_edr.errors import LoaderError

from tests.loader.conftest import (
    DATE,
    FLAG,
    INTEGER,
    JSON,
    NUMBER,
    TEXT,
    TIME,
    Warehouse,
    record,
    schema,
)


def test_a_new_column_arrives_and_none_is_renamed(warehouse: Warehouse) -> None:
    columns = {"id": TEXT, "createdAt": TIME, "object": JSON, "n": INTEGER, "d": NUMBER, "f": FLAG}
    warehouse.load(schema("t", ["id"], **columns), record("t", id="1"))
    warehouse.load(schema("t", ["id"], **columns, extra=TEXT), record("t", id="1", extra="x"))
    assert list(warehouse.types("t")) == [*columns, "extra"]
    assert warehouse.rows("SELECT extra FROM vendor.t") == [("x",)]


def test_a_schema_that_changes_in_the_middle_of_a_run(warehouse: Warehouse) -> None:
    warehouse.load(
        schema("t", ["id"], id=INTEGER, v=INTEGER),
        record("t", id=1, v=1),
        schema("t", ["id"], id=INTEGER, v=TEXT, w=TEXT),
        record("t", id=2, v="two", w="w"),
        schema("t", ["id"], id=INTEGER, v=INTEGER),
        record("t", id=3, v=3),
    )
    assert warehouse.rows("SELECT id, v, w FROM vendor.t ORDER BY id") == [
        (1, "1", None),
        (2, "two", "w"),
        (3, "3", None),
    ]


@pytest.mark.parametrize(
    ("before", "old", "after", "new", "rows"),
    [
        (INTEGER, 5, NUMBER, 0.5, [(5.0,), (0.5,)]),
        (NUMBER, 0.5, INTEGER, 5, [(0.5,), (5.0,)]),
        (INTEGER, 2**53 + 1, NUMBER, 0.5, [("9007199254740993",), ("0.5",)]),
        (INTEGER, 5, TEXT, "x", [("5",), ("x",)]),
        (TEXT, "x", INTEGER, 5, [("x",), ("5",)]),
        (FLAG, True, INTEGER, 7, [("true",), ("7",)]),
        (NUMBER, 1.5, JSON, {"a": 1}, [("1.5",), ('{"a": 1}',)]),
        (JSON, {"a": 1}, TEXT, "x", [('{"a": 1}',), ('"x"',)]),
        (DATE, "2026-01-31", TEXT, "x", [("2026-01-31",), ("x",)]),
    ],
)
def test_a_type_is_widened_and_values_stay(
    warehouse: Warehouse, before: Any, old: Any, after: Any, new: Any, rows: list[Any]
) -> None:
    warehouse.load(schema("t", ["id"], id=INTEGER, v=before), record("t", id=1, v=old))
    warehouse.load(schema("t", ["id"], id=INTEGER, v=after), record("t", id=2, v=new))
    assert warehouse.rows("SELECT v FROM vendor.t ORDER BY id") == rows


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (2**63 - 1, "BIGINT"),
        (-(2**63), "BIGINT"),
        (10**19, "HUGEINT"),
        (-(2**127) + 1, "HUGEINT"),
        (10**40, "VARCHAR"),
    ],
)
def test_large_integers_widen_their_column(warehouse: Warehouse, value: int, kind: str) -> None:
    rows = [record("t", id=number, v=number) for number in range(1500)]
    warehouse.load(schema("t", ["id"], id=INTEGER, v=INTEGER), *rows, record("t", id=-1, v=value))
    assert warehouse.types("t")["v"] == kind
    stored = dict(warehouse.rows("SELECT id, v FROM vendor.t"))
    assert {key: int(number) for key, number in stored.items()} == {
        **{number: number for number in range(1500)},
        -1: value,
    }


def test_an_integer_that_a_double_cannot_hold(warehouse: Warehouse) -> None:
    table = schema("t", ["id"], id=INTEGER, v=NUMBER)
    warehouse.load(table, record("t", id=1, v=0.1), record("t", id=2, v=2**53 + 1))
    rows = warehouse.rows("SELECT v FROM vendor.t ORDER BY id")
    assert rows == [("0.1",), ("9007199254740993",)]


@pytest.mark.parametrize(
    ("column", "value", "stored"),
    [
        (INTEGER, 5.0, 5),
        (INTEGER, "5", 5),
        (NUMBER, "0.5", 0.5),
        (FLAG, 1, True),
        (TEXT, 5, "5"),
        (TEXT, ["a"], '["a"]'),
    ],
)
def test_a_value_that_says_the_same_in_the_declared_type(
    warehouse: Warehouse, column: Any, value: Any, stored: Any
) -> None:
    warehouse.load(schema("t", ["id"], id=INTEGER, v=column), record("t", id=1, v=value))
    assert warehouse.rows("SELECT v FROM vendor.t") == [(stored,)]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        (INTEGER, "abc"),
        (INTEGER, 1.5),
        (INTEGER, True),
        (INTEGER, "05"),
        (NUMBER, "abc"),
        (FLAG, "yes"),
        (FLAG, 2),
        (TIME, "yesterday"),
        (TIME, ""),
        (TIME, 1700000000),
        (DATE, "2026-02-31"),
    ],
)
def test_any_other_value_is_an_error_and_nothing_is_written(
    warehouse: Warehouse, column: Any, value: Any
) -> None:
    table = schema("t", ["id"], id=INTEGER, v=column)
    with pytest.raises(LoaderError) as error:
        warehouse.load(table, record("t", id=1), record("t", id=2, v=value))
    assert "'t'" in str(error.value)
    assert "'v'" in str(error.value)
    assert repr(value) in str(error.value)
    assert warehouse.rows("SELECT * FROM vendor.t") == []


@pytest.mark.parametrize("name", ["moment", "CAST(moment)"])
def test_unusual_spellings_of_times(warehouse: Warehouse, name: str) -> None:
    times = ["2026-07-01t10:00:00z", "20260701T100000Z", "2026-07-01T10:00Z"]
    rows = [record("t", id=number, **{name: time}) for number, time in enumerate(times)]
    warehouse.load(schema("t", ["id"], id=INTEGER, **{name: TIME}), *rows)
    assert warehouse.rows(f'SELECT DISTINCT "{name}"::VARCHAR FROM vendor.t') == [
        ("2026-07-01 10:00:00",)
    ]


def test_times_with_zone(warehouse: Warehouse) -> None:
    row = record("t", id=1, moment="2026-07-01T10:00:00.5+02:00")
    warehouse.load(schema("t", ["id"], id=INTEGER, moment=TIME), row, timestamp_type="TIMESTAMPTZ")
    assert warehouse.types("t")["moment"] == "TIMESTAMP WITH TIME ZONE"
    assert warehouse.rows("SELECT epoch_ms(moment) FROM vendor.t") == [(1782892800500,)]
    # The other setting keeps the table's type, and the moment.
    warehouse.load(schema("t", ["id"], id=INTEGER, moment=TIME), row)
    assert warehouse.types("t")["moment"] == "TIMESTAMP WITH TIME ZONE"
    assert warehouse.rows("SELECT epoch_ms(moment) FROM vendor.t") == [(1782892800500,)]


def test_dates(warehouse: Warehouse) -> None:
    table = schema("t", ["id"], id=INTEGER, d=DATE)
    warehouse.load(table, record("t", id=1, d="2026-01-31"))
    assert warehouse.types("t")["d"] == "DATE"
    warehouse.load(table, record("t", id=2, d="2026-01-31T10:00:00Z"))
    assert warehouse.rows("SELECT d FROM vendor.t ORDER BY id") == [
        ("2026-01-31",),
        ("2026-01-31T10:00:00Z",),
    ]


def test_descriptions_are_comments(warehouse: Warehouse) -> None:
    table = schema("t", ["id"], id={**INTEGER, "description": "The row's key"}, v=TEXT)
    table["schema"]["description"] = "One row per 'thing'"
    warehouse.load(table)
    assert warehouse.rows("SELECT comment FROM duckdb_tables()") == [("One row per 'thing'",)]
    comments = "SELECT column_name, comment FROM duckdb_columns() WHERE schema_name = 'vendor'"
    assert warehouse.rows(comments) == [("id", "The row's key"), ("v", None)]
    table["schema"]["properties"]["id"]["description"] = "Changed"
    warehouse.load(table)
    assert warehouse.rows(comments) == [("id", "Changed"), ("v", None)]


def test_names_that_differ_by_case_only(
    warehouse: Warehouse, caplog: pytest.LogCaptureFixture
) -> None:
    table = schema("t", ["id"], id=INTEGER, name=TEXT, Name=TEXT, NAME_2=TEXT)
    warehouse.load(table, record("t", id=1, name="a", Name="b", NAME_2="c"))
    turned = schema("t", ["id"], NAME_2=TEXT, Name=TEXT, id=INTEGER, name=TEXT)
    warehouse.load(turned, record("t", id=2, name="a", Name="b", NAME_2="c"))
    rows = warehouse.rows('SELECT "Name", "name_3", "NAME_2" FROM vendor.t')
    assert rows == [("b", "a", "c")] * 2
    warnings = [each.message for each in caplog.records if each.levelname == "WARNING"]
    assert ["name_3" in each for each in warnings] == [True, True]  # once a run


@pytest.mark.parametrize("more", [{}, {"v_2": TEXT}, {"V_2": TEXT, "V": TEXT}])
def test_a_renamed_column_stays_its_propertys(warehouse: Warehouse, more: Any) -> None:
    described = {**TEXT, "description": "The lower one"}
    both = schema("t", ["id"], id=INTEGER, V=TEXT, v=described)
    warehouse.load(both, record("t", id=1, V="upper", v="lower"))
    other = dict.fromkeys(more, "other")
    table = schema("t", ["id"], id=INTEGER, **more, v={**described, "type": ["string", "integer"]})
    warehouse.load(table, record("t", id=1, v="new", **other), record("t", id=2, v="new", **other))
    assert warehouse.rows('SELECT "V", v_2 FROM vendor.t ORDER BY id') == [
        (other.get("V", "upper"), "new"),
        (other.get("V"), "new"),
    ]
    comments = "SELECT comment FROM duckdb_columns() WHERE column_name = 'v_2'"
    assert warehouse.rows(comments) == [('Property "v": The lower one',)]


def test_a_description_that_reads_like_a_renamed_column(warehouse: Warehouse) -> None:
    properties = {
        name: {**TEXT, "description": text}
        for name, text in [
            ("a", 'Property "b": of c'),
            ("b_2", 'Property "'),
            ("b", 'Property "b"'),
        ]
    }
    table = schema("t", ["id"], id=INTEGER, **properties)
    for _ in range(2):
        warehouse.load(table, record("t", id=1, a="1", b_2="2", b="3"))
        assert warehouse.rows("SELECT a, b_2, b FROM vendor.t") == [("1", "2", "3")]


def test_an_empty_name_is_said_to_be_one(
    warehouse: Warehouse, caplog: pytest.LogCaptureFixture
) -> None:
    warehouse.load(schema("t", ["id"], id=INTEGER, **{"": TEXT}))
    assert "no column without a name" in caplog.text


def test_a_struct_without_a_name_for_a_member_is_json(warehouse: Warehouse) -> None:
    nested = {"type": "object", "properties": {"": INTEGER, "a": INTEGER}}
    row = record("t", id=1, v={"": 1, "a": 2})
    warehouse.load(schema("t", ["id"], id=INTEGER, v=nested), row, nested_type="STRUCT")
    assert warehouse.types("t")["v"] == "JSON"


@pytest.mark.parametrize(
    "last", [NUMBER, TEXT, {"type": ["null", "number", "string"]}], ids=["number", "text", "union"]
)
def test_a_number_is_one_key_whatever_its_column_becomes(warehouse: Warehouse, last: Any) -> None:
    table = schema("t", ["id"], id=NUMBER, v=TEXT)
    warehouse.load(table, *(record("t", id=key, v="old") for key in (1, 2.0, 0.5, 10**17)))
    rows = [record("t", id=key, v="new") for key in (2**53 + 1, 1, 2, 0.5, 10**17)]
    warehouse.load(schema("t", ["id"], id=last, v=TEXT), *rows)
    if last is not NUMBER:  # whose column is text only once a number asks for it
        warehouse.load(table, *rows)
    assert sorted(warehouse.rows("SELECT id, v FROM vendor.t")) == [
        (key, "new") for key in ("0.5", "1", "100000000000000000", "2", "9007199254740993")
    ]


def test_numbers_of_a_column_that_becomes_text_within_a_batch(warehouse: Warehouse) -> None:
    table = schema("t", ["id"], id=NUMBER)
    numbers = [float(number) for number in range(600)]
    warehouse.load(table, *(record("t", id=key) for key in [*numbers, 2**53 + 1, *numbers]))
    assert warehouse.rows("SELECT count(*), count(DISTINCT id::HUGEINT) FROM vendor.t") == [
        (601, 601)
    ]


@pytest.mark.parametrize("name", ['with "quotes"', "with space", "select", "é", "_", "", "a.b"])
def test_any_name_is_a_column(warehouse: Warehouse, name: str) -> None:
    properties = {"id": {**INTEGER, "description": "k"}, name: {**TEXT, "description": "it's"}}
    warehouse.load(schema("t", ["id"], **properties), record("t", id=1, **{name: "x"}))
    assert list(warehouse.types("t")) == ["id", name or "_"]
    assert warehouse.rows("SELECT * FROM vendor.t") == [(1, "x")]


def test_an_empty_name_gives_way_to_its_column(warehouse: Warehouse) -> None:
    named = {name: {**TEXT, "description": f"of '{name}'"} for name in ("", "_")}
    table = schema("t", ["id"], id=INTEGER, **named)
    for _ in range(2):
        warehouse.load(table, record("t", id=1, **{"": "empty", "_": "underscore"}))
        assert warehouse.rows('SELECT "_", "__2" FROM vendor.t') == [("underscore", "empty")]
        assert warehouse.rows(
            "SELECT column_name, comment FROM duckdb_columns() WHERE comment IS NOT NULL "
            "ORDER BY column_index"
        ) == [("__2", "Property \"\": of ''"), ("_", "of '_'")]


def test_a_table_of_target_duckdb_goes_on(warehouse: Warehouse) -> None:
    """Lower-case names, a primary key, HUGEINT; columns that others added keep their values."""
    warehouse.path.parent.mkdir(parents=True)
    with duckdb.connect(str(warehouse.path)) as connection:
        connection.execute(
            'CREATE SCHEMA vendor; CREATE TABLE vendor.t ("incidentid" varchar, "score" hugeint, '
            '"moment" timestamp, "more" json, "small" smallint, "note" varchar, '
            'PRIMARY KEY ("incidentid"))'
        )
        connection.execute(
            "INSERT INTO vendor.t VALUES ('a', 1, NULL, NULL, 1, 'mine'), "
            "('b', 2, NULL, NULL, 2, 'b')"
        )
    table = schema(
        "t", ["incidentId"], incidentId=TEXT, score=INTEGER, moment=TIME, more=JSON, small=INTEGER
    )
    for score in (5, 6):
        row = record("t", incidentId="a", score=score, moment="2026-01-01T00:00:00Z", more={"x": 1})
        warehouse.load(table, row, {**row, "record": {**row["record"], "small": 10**6}})
    rows = "SELECT incidentid, score, small, note FROM vendor.t ORDER BY 1"
    assert warehouse.rows(rows) == [("a", 6, 10**6, "mine"), ("b", 2, 2, "b")]
    assert next(iter(warehouse.types("t"))) == "incidentid"


def test_fields_without_a_schema_are_said(
    warehouse: Warehouse, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [record("t", id=number, other=1) for number in range(3)]
    warehouse.load(schema("t", ["id"], id=INTEGER), *rows)
    assert warehouse.rows("SELECT count(*) FROM vendor.t") == [(3,)]
    warnings = [each for each in caplog.records if each.levelname == "WARNING"]
    assert ["other" in each.message for each in warnings] == [True]


def test_two_streams_do_not_share_a_table(warehouse: Warehouse) -> None:
    with pytest.raises(LoaderError, match="'a-t' and 'b-t'"):
        warehouse.load(schema("a-t", ["id"], id=INTEGER), schema("b-t", ["id"], id=INTEGER))
