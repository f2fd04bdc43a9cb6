"""Columns of queries without a schema: seen in rows at discovery, kept in the catalog."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from edr_sandbox.serving import Reply, Request
from tap_cortex_xdr.xql_inference import columns

from tests.cortex_xdr.queries import POLL, SCHEMA, START, Row, asked, entry
from tests.cortex_xdr.tenants import DAY, small_world
from tests.kit.cli import Said, write
from tests.kit.quick import Quick

Swift = Callable[..., Quick]
TIME = {"type": ["string", "null"], "format": "date-time"}


@pytest.fixture
def bench(swift: Swift) -> Quick:
    """A tenant with events of the last 24 hours."""
    return swift(small_world(None, alerts=900))


def discover(bench: Quick, *entries: Row, **more: Any) -> tuple[dict[str, Row], Said]:
    """Return the catalog's entries by stream, and what was said."""
    config = bench.config | {"xql_queries": list(entries)} | more
    assert bench.forked
    arguments = ("--config", write(bench.folder, "config.json", config), "--discover")
    said = bench.forked("tap-cortex-xdr", *arguments, folder=bench.folder)
    assert said.exit_code == 0, said.stderr
    return {one["stream"]: one for one in json.loads(said.stdout)["streams"]}, said


@pytest.mark.parametrize(
    ("rows", "types"),
    [
        ([{"a": 1}, {"a": 2}], ["integer", "null"]),
        ([{"a": 1}, {"a": 2.5}], ["number", "null"]),
        ([{"a": "x"}, {"a": None}], ["string", "null"]),
        ([{"a": True}], ["boolean", "null"]),
        ([{"a": {"b": 1}}], ["object", "null"]),
        ([{"a": 1}, {"a": "x"}], ["string", "null"]),
        ([{"a": True}, {"a": 1}], ["string", "null"]),
        ([{"a": [1]}, {"a": []}], ["array", "null"]),
        ([{"a": None}], None),
        ([{"a": [1]}, {"a": "x"}], None),
        ([{"a": {"b": 1}}, {"a": 1}], None),
        ([], None),
    ],
)
def test_the_type_of_a_column(rows: list[Row], types: list[str] | None) -> None:
    found = columns(rows)
    assert (found["a"]["type"] if types else found.get("a")) == types


@pytest.mark.parametrize("name", ["_time", "_insert_time", "insert_timestamp"])
def test_the_vendors_own_times_are_times(name: str) -> None:
    assert columns([{name: 5}])[name].items() >= TIME.items()


def test_discovery_takes_columns_from_rows_and_a_run_uses_them(bench: Quick) -> None:
    catalog, said = discover(bench, entry())
    ((query,),) = ([one["query"] for one in asked(bench, START)],)
    assert query == "dataset = xdr_data | fields * | limit 100"
    (frame,) = [one["timeframe"] for one in asked(bench, START)]
    assert frame["to"] - frame["from"] == DAY
    schema = catalog["process_events"]["schema"]
    assert schema["properties"]["event_type"]["type"] == ["string", "null"]
    assert schema["properties"]["actor_process_os_pid"]["type"] == ["integer", "null"]
    assert schema["properties"]["insert_timestamp"].items() >= TIME.items()
    assert schema["properties"]["event_id"] == {"type": "string"}
    assert schema["required"] == ["event_id"]
    known = {tuple(one["breadcrumb"]) for one in catalog["process_events"]["metadata"]}
    assert {("properties", name) for name in schema["properties"]} <= known
    assert not said.warnings
    size = len(bench.server.log)
    run = bench.run(
        catalog={"streams": [catalog["process_events"]]}, config={"xql_queries": [entry()]}
    )
    assert len(asked(bench, START, since=size)) == 1, "a run infers nothing"
    assert run.schemas["process_events"]["properties"].keys() == schema["properties"].keys()
    records = run.records["process_events"]
    assert len(records) > 5
    assert all(row["event_type"] for row in records)
    assert not any("event_type" in (row.get("_extra") or {}) for row in records)


def test_a_column_that_is_not_in_the_catalog_stays_in_extra(bench: Quick) -> None:
    catalog, _ = discover(bench, entry())
    del catalog["process_events"]["schema"]["properties"]["event_type"]
    run = bench.run(
        catalog={"streams": [catalog["process_events"]]}, config={"xql_queries": [entry()]}
    )
    assert all(row["_extra"]["event_type"] for row in run.records["process_events"])


def test_a_schema_in_the_setting_is_taken_without_a_query(bench: Quick) -> None:
    given, plain = entry(name="given", schema=SCHEMA), entry(name="plain")
    catalog, _ = discover(bench, given, plain)
    assert len(asked(bench, START)) == 1
    assert set(catalog["given"]["schema"]["properties"]) == {*SCHEMA["properties"], "_extra"}
    assert "event_type" in catalog["plain"]["schema"]["properties"]


def test_a_query_without_rows_has_its_keys_alone(swift: Swift) -> None:
    bench = swift(small_world(None, alerts=0))
    catalog, said = discover(bench, entry())
    assert set(catalog["process_events"]["schema"]["properties"]) == {
        "event_id", "_time", "_extra",
    }  # fmt: skip
    assert not said.warnings


def test_a_query_that_is_refused_is_said_and_the_others_are_inferred(bench: Quick) -> None:
    catalog, said = discover(bench, entry(name="bad", query="dataset = nope"), entry())
    (warning,) = said.warnings
    assert "Stream 'bad': no columns but the keys, the others are in _extra: " in warning
    assert "dataset nope not found" in warning
    assert set(catalog["bad"]["schema"]["properties"]) == {"event_id", "_time", "_extra"}
    assert "event_type" in catalog["process_events"]["schema"]["properties"]


def test_queries_that_the_key_may_not_run_are_not_tried(bench: Quick) -> None:
    bench.switches.set(role_missing=("xql/",))
    catalog, said = discover(bench, entry(), entry(name="other"))
    assert not asked(bench, START)
    assert sum("'process_events'" in line for line in said.warnings) == 1
    (root,) = [one["metadata"] for one in catalog["other"]["metadata"] if one["breadcrumb"] == []]
    assert "role does not allow this" in root["unreadable"]


def test_values_of_several_types_are_no_loss(bench: Quick) -> None:
    def mixed(request: Request, reply: Reply) -> None:
        if POLL in request.path and "results" in reply.body.get("reply", {}):
            for at, row in enumerate(reply.body["reply"]["results"]["data"]):
                row["odd"] = [1, "x", {"a": 1}][at % 3]
                row["either"] = [1, "x"][at % 2]

    bench.server.before_reply.append(mixed)
    catalog, _ = discover(bench, entry())
    properties = catalog["process_events"]["schema"]["properties"]
    assert "odd" not in properties
    assert properties["either"]["type"] == ["string", "null"]
    run = bench.run(
        catalog={"streams": [catalog["process_events"]]}, config={"xql_queries": [entry()]}
    )
    held = run.records["process_events"]
    assert {row["either"] for row in held} == {"1", "x"}
    assert all("odd" in row["_extra"] for row in held)
