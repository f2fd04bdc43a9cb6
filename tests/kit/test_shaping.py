"""A record is valid against its schema, and every value of the row is found again in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from edr_tap_kit import codec
from edr_tap_kit.records import Record
from edr_tap_kit.shaping import Shaper
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from tests.kit.instants import instant_of_number, instant_of_utc_text

NAMES = st.sampled_from(["a", "b", "c", "d", "e"])
KNOWN_TIMES = {
    "2026-01-31T10:00:00.120+02:00": "2026-01-31T08:00:00.120Z",
    "2026-01-31 10:00:00": "2026-01-31T10:00:00Z",
    "2026-06-30T23:59:60Z": None,
}
TEXTS = st.sampled_from(
    [*KNOWN_TIMES, "", "true", "false", "0", "-0", "5", "-17", "05", "5.0", "1e400", "nan", "٣",
     "9" * 5000, "1_000", " 5", "{}", "x"]
) | st.text(max_size=5)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(0, 2) | st.just(10**30)
    | st.integers(1_500_000_000_000, 1_800_000_000_000) | TEXTS
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def nullable(*names: str, **more: Any) -> dict[str, Any]:
    return {"type": [*names, "null"], **more}


SCALARS = st.sampled_from(
    [nullable(name) for name in ("string", "integer", "number", "boolean")]
    + [nullable("string", format="date-time"), nullable("string", "integer"), {}]
)
COLUMNS = st.recursive(
    SCALARS,
    lambda inner: (
        inner.map(lambda items: nullable("array", items=items))
        | st.dictionaries(NAMES, inner, max_size=3).map(
            lambda properties: nullable("object", properties=properties)
        )
    ),
    max_leaves=4,
)
SCHEMAS = st.dictionaries(NAMES, COLUMNS, min_size=1).map(
    lambda columns: {"type": "object", "properties": {**columns, "_extra": nullable("object")}}
)
ROWS = st.dictionaries(NAMES | st.sampled_from(["unknown", "_extra", "_tenant"]), JSON)


def is_same(column: dict[str, Any], value: Any, emitted: Any) -> bool:  # noqa: C901 (one case a type)
    """Whether the emitted value says what the vendor's says, read by its declared type."""
    if value is None or emitted is None:
        return value is emitted
    types = [name for name in column.get("type", []) if name != "null"]
    if len(types) > 1:
        return any(is_same({**column, "type": [name]}, value, emitted) for name in types)
    if column.get("format") == "date-time":
        if isinstance(value, str):
            return KNOWN_TIMES.get(value) == emitted
        return instant_of_utc_text(emitted) == instant_of_number(value)
    match types:
        case ["array"]:
            values = value if isinstance(value, list) else [value]
            return len(values) == len(emitted) and all(
                is_same(column["items"], one, other)
                for one, other in zip(values, emitted, strict=True)
            )
        case ["object"] if value != []:
            known = column["properties"]
            return value.keys() == emitted.keys() and all(
                is_same(known.get(name, {}), value[name], emitted[name]) for name in value
            )
        case ["object"]:
            return bool(emitted == {})
        case ["boolean"]:
            return (emitted, value) in ((True, "true"), (False, "false")) or value == emitted
        case ["integer" | "number"] if isinstance(value, str):
            return bool(json.dumps(emitted) == value)
        case ["string"] if not isinstance(value, str):
            return isinstance(emitted, str) and bool(json.loads(emitted) == value)
    return bool(value == emitted)


@settings(max_examples=400, deadline=None)
@given(SCHEMAS, ROWS)
def test_records_are_valid_and_nothing_is_lost(schema: dict[str, Any], row: dict[str, Any]) -> None:
    record = shaped(Shaper(schema, []), row)
    assert record is not None
    closed = {**schema, "additionalProperties": False}
    Draft202012Validator(closed, format_checker=FormatChecker()).validate(record)
    extra = record.get("_extra", {})
    columns = {name: column for name, column in schema["properties"].items() if name != "_extra"}
    assert record.keys() - {"_extra"} == row.keys() & columns.keys()
    for name, value in row.items():
        if name in extra:
            assert extra[name] == value
            assert record.get(name) is None or name == "_extra"
        else:
            assert is_same(columns[name], value, record[name])
    assert extra.keys() <= row.keys()


@pytest.mark.parametrize(
    ("kind", "value", "emitted"),
    [
        ("string", 5, "5"), ("string", 5.5, "5.5"), ("string", True, "true"), ("string", "", ""),
        ("integer", "5", 5), ("integer", 5.0, 5), ("integer", "-17", -17),
        ("number", "5", 5), ("number", "5.5", 5.5), ("number", 5, 5),
        ("boolean", 1, True), ("boolean", "false", False), ("boolean", 0, False),
        ("array", "x", ["x"]), ("array", [5, None, "x"], ["5", None, "x"]), ("array", [], []),
        ("object", [], {}), ("object", {"n": "5", "new": [1]}, {"n": 5, "new": [1]}),
        ("time", 1579284369143, "2020-01-17T18:06:09.143Z"),
        ("either", 5, 5), ("either", "5", "5"), ("either", True, "true"),
    ],
    ids=repr,
)  # fmt: skip
def test_a_value_is_coerced_where_that_loses_nothing(kind: str, value: Any, emitted: Any) -> None:
    shaper = Shaper(BY_KIND, [])
    assert shaped(shaper, {kind: value}) == {kind: emitted}
    assert not shaper.drift.mistyped


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("string", {}), ("string", ["x"]),
        ("integer", "05"), ("integer", "-0"), ("integer", "5.0"), ("integer", 5.5),
        ("integer", True), ("integer", 1e300),
        ("integer", "9" * 5000), ("integer", "1٣"), ("integer", ""),
        ("number", "5.50"), ("number", "nan"), ("number", "1e400"), ("number", True),
        ("boolean", 2), ("boolean", "yes"), ("boolean", "True"), ("boolean", 1.0), ("boolean", []),
        ("array", [{}]), ("array", {"a": 1}), ("object", "x"), ("object", {"n": "many"}),
        ("object", [1]),
        ("either", []), ("time", "yesterday"), ("time", 10**400), ("time", {}), ("time", True),
    ],
    ids=lambda value: repr(value)[:30],
)  # fmt: skip
def test_else_it_moves_to_extra_under_its_own_name(kind: str, value: Any) -> None:
    shaper = Shaper(BY_KIND, [])
    assert shaped(shaper, {kind: value}) == {kind: None, "_extra": {kind: value}}
    assert shaper.drift.mistyped == {kind: 1}


BY_KIND = {
    "properties": {
        "string": nullable("string"),
        "either": nullable("string", "integer"),
        "integer": nullable("integer"),
        "number": nullable("number"),
        "boolean": nullable("boolean"),
        "array": nullable("array", items=nullable("string")),
        "object": nullable("object", properties={"n": nullable("integer")}),
        "time": nullable("string", format="date-time"),
        "_extra": nullable("object"),
    }
}
EVENTS = nullable(
    "array",
    items=nullable("object", properties={"at": nullable("string", format="date-time")}),
)


def test_unknown_fields_are_kept_and_counted() -> None:
    shaper = Shaper(BY_KIND, [])
    row = {"string": "x", "new": {"deep": [1]}, "_extra": "the vendor's own"}
    assert shaped(shaper, row) == {
        "string": "x", "_extra": {"new": {"deep": [1]}, "_extra": "the vendor's own"},
    }  # fmt: skip
    assert shaper.drift.unknown == {"new": 1, "_extra": 1}


@pytest.mark.parametrize("row", [{}, {"string": None}, {"string": ""}, {"string": {}}])
def test_a_row_without_its_key_is_refused_and_counted(row: dict[str, Any]) -> None:
    shaper = Shaper(BY_KIND, ["string"])
    assert shaper.shape(row) is None
    assert shaper.drift.keyless == 1


@pytest.mark.parametrize(("key", "value"), [("integer", 0), ("boolean", False), ("string", "0")])
def test_a_key_may_be_falsy(key: str, value: Any) -> None:
    assert shaped(Shaper(BY_KIND, [key]), {key: value}) == {key: value}


def test_constants_come_first_and_win_over_the_vendors_field() -> None:
    schema = {"properties": {"_tenant": {"type": "string"}, **BY_KIND["properties"]}}
    shaper = Shaper(schema, ["_tenant", "string"], constants={"_tenant": "north"})
    record = shaped(shaper, {"string": "x", "_tenant": "south"})
    assert record == {"_tenant": "north", "string": "x", "_extra": {"_tenant": "south"}}
    assert record
    assert next(iter(record)) == "_tenant"


def test_computed_columns_come_with_the_row_and_win_over_the_vendors_field() -> None:
    schema = {"properties": {"_newest": {"type": ["string", "null"]}, **BY_KIND["properties"]}}
    shaper = Shaper(schema, ["string"], computed=("_newest",))
    row = {"string": "x", "_newest": "theirs"}
    shaper.shape({"string": "x"}, {"_newest": "ours"})
    (like, unlike) = (
        shaper.decode(json.dumps({"result": {"items": [each]}}).encode())["result"]["items"][0]
        for each in ({"string": "x"}, row)
    )
    assert isinstance(like, Record)
    computed = {"_newest": "ours"}
    assert shaped(shaper, like, computed) == {"_newest": "ours", "string": "x"}
    expected = {"_newest": "ours", "string": "x", "_extra": {"_newest": "theirs"}}
    assert shaped(shaper, unlike, computed) == expected
    assert shaped(shaper, row) == expected | {"_newest": None}, "none that an earlier row had"
    for without in (
        Shaper(schema, ["string"], computed=("_newest",), deselected={"_newest"}),
        Shaper(BY_KIND, ["string"], computed=("_newest",)),
    ):
        assert shaped(without, {"string": "x"}, computed) == {"string": "x"}


@settings(max_examples=400, deadline=None)
@given(SCHEMAS, st.lists(ROWS, max_size=3), ROWS)
def test_what_came_before_changes_nothing(
    schema: dict[str, Any], before: list[dict[str, Any]], row: dict[str, Any]
) -> None:
    """A column whose type was once not met takes another way, to the same end."""
    used, fresh = Shaper(schema, []), Shaper(schema, [])
    for each in before:
        used.shape(each)
    ways = [shaped(shaper, row) or {} for shaper in (used, fresh)]
    first, second = map(codec.fingerprint, ways)
    assert first == second, "and 1 is not 1.0"


@settings(max_examples=600, deadline=None)
@given(SCHEMAS, st.lists(ROWS, max_size=3), st.lists(ROWS, min_size=1, max_size=3))
def test_rows_come_to_the_same_out_of_an_answer(
    schema: dict[str, Any], before: list[dict[str, Any]], rows: list[dict[str, Any]]
) -> None:
    """Answers are decoded into records where the rows are like those before."""
    schema = {**schema, "properties": {"_tenant": {"type": "string"}, **schema["properties"]}}
    constants = {"_tenant": "north"}
    used, fresh = (Shaper(schema, [], constants=constants) for _ in range(2))
    for each in before:
        used.shape(each)
    answer = msgspec.json.encode({"reply": {"total": len(rows), "rows": rows}})
    decoded = used.decode(answer)["reply"]["rows"]
    identities = [codec.fingerprint(dict(row.items())) for row in decoded]
    assert identities == [codec.fingerprint(row) for row in rows]
    ways = [[shaped(used, row) for row in decoded], [shaped(fresh, row) for row in rows]]
    first, second = map(codec.fingerprint, ways)
    assert first == second, "and 1 is not 1.0"


def test_rows_like_those_before_are_decoded_as_records() -> None:
    schema = {"properties": {"events": EVENTS, **BY_KIND["properties"]}}
    shaper = Shaper(schema, [])
    row = {"string": "x", "time": 1579284369143, "events": [{"at": 1579284369143, "more": {}}]}
    shaper.shape(row)
    (like, unlike) = (
        shaper.decode(json.dumps({"reply": {"rows": [each]}}).encode())["reply"]["rows"][0]
        for each in (row, row | {"new": 1})
    )
    assert isinstance(like, Record)
    assert dict(like.items()) == row
    assert unlike == row | {"new": 1}
    at = "2020-01-17T18:06:09.143Z"
    assert shaped(shaper, like) == row | {"time": at, "events": [{"at": at, "more": {}}]}


def test_objects_that_cannot_be_coerced_are_kept_as_they_came() -> None:
    shaper = Shaper({"properties": {"events": EVENTS, "_extra": nullable("object")}}, [])
    events = [{"at": 1579284369143}, {"at": "yesterday"}]
    assert shaped(shaper, {"events": events}) == {"events": None, "_extra": {"events": events}}


def test_deselected_columns_are_neither_written_nor_drift() -> None:
    shaper = Shaper(BY_KIND, ["string"], deselected={"integer", "time"})
    row = {"string": "x", "integer": "many", "time": 5, "array": ["y"], "new": 1}
    assert shaped(shaper, row) == {"string": "x", "array": ["y"], "_extra": {"new": 1}}
    assert not shaper.drift.mistyped
    assert shaped(Shaper(BY_KIND, [], deselected={"_extra"}), {"new": 1, "_extra": 2}) == {}


def shaped(
    shaper: Shaper, row: dict[str, Any], computed: Mapping[str, Any] | None = None
) -> dict[str, Any] | None:
    """Return the record of a row as it is, having seen that it is written so."""
    record = shaper.shape(row, computed or {})
    if record is None:
        return None
    assert repr(json.loads(msgspec.json.encode(record))) == repr(record.as_dict())
    return record.as_dict()
