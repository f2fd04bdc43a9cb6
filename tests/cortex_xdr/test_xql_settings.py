"""The setting ``xql_queries``: its checks, discovery, the connection check, schemas."""

from __future__ import annotations

import json
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from tap_cortex_xdr.xql_settings import XqlQuery

from tests.conftest import Bench
from tests.cortex_xdr.queries import (
    entry,
)
from tests.support.running import command


def with_settings(small: Bench, *arguments: str, **more: Any) -> CompletedProcess[str]:
    file = Path(small.folder) / "own.json"
    file.write_text(json.dumps(small.config | more))
    return command("tap-cortex-xdr", "--config", str(file), *arguments)


def test_the_check_asks_for_the_quota(small: Bench) -> None:
    done = with_settings(small, "--test", xql_queries=[entry()])
    assert "  process_events: readable" in done.stdout, done.stderr
    asked = {one.call for one in small.server.log if "xql" in one.call}
    assert asked == {"v1/xql/get_quota", "v1/xql/get_datasets"}, "no query is run to see"
    small.switches.set(licence_missing=("xql/",))
    done = with_settings(small, "--test", xql_queries=[entry()])
    assert "  process_events: NOT readable: xql/get_quota" in done.stdout


def test_discovery_knows_the_queries(small: Bench) -> None:
    done = with_settings(small, "--discover", api_key=None, xql_queries=[entry()])
    streams = {one["stream"]: one for one in json.loads(done.stdout)["streams"]}
    one = streams["process_events"]
    assert one["key_properties"] == ["event_id"]
    assert one["replication_key"] == "_time"
    (root,) = [each["metadata"] for each in one["metadata"] if each["breadcrumb"] == []]
    assert root["selected-by-default"], "who writes a query wants its rows"


@pytest.mark.parametrize("wrong", ["text", [{"name": 5}], [entry(name="9")], ["x"]])
def test_discovery_with_unusable_queries_says_so(small: Bench, wrong: Any) -> None:
    done = with_settings(small, "--discover", xql_queries=wrong)
    assert done.returncode != 0
    assert "Setting 'xql_queries" in done.stderr
    assert "Traceback" not in done.stderr


SECRETIVE = "SecretValue"


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({}, "Setting 'xql_queries' must be of type array"),
        ([entry(query=None)], "Setting 'xql_queries.0.query' is required."),
        ([entry(query="  ")], "Setting 'xql_queries.0.query' is required."),
        ([entry(), entry(name=None)], "Setting 'xql_queries.1.name' is required."),
        ([entry(primary_keys=[])], "Setting 'xql_queries.0.primary_keys' is required."),
        ([entry(primary_keys="event_id")], "'xql_queries.0.primary_keys' must be of type array"),
        ([entry(quer=SECRETIVE)], "Unknown setting 'xql_queries.0.quer'. Did you mean 'query'?"),
        ([entry(name=f"a {SECRETIVE}")], "'xql_queries.0.name' must be letters, digits"),
        ([entry(name="1a")], "'xql_queries.0.name' must be letters, digits"),
        ([entry(name="Incidents")], "'xql_queries.0.name' is the name of another stream"),
        ([entry(), entry()], "'xql_queries.1.name' is the name of another stream"),
        ([entry(primary_keys=["a", "a"])], "'xql_queries.0.primary_keys' must name columns"),
        ([entry(primary_keys=["_extra"])], "'xql_queries.0.primary_keys' must name columns"),
        ([entry(replication_key="")], "'xql_queries.0.replication_key' must name a column"),
        ([entry(window_minutes=0)], "'xql_queries.0.window_minutes' must be at least 1"),
        ([entry(lookback_minutes=-1)], "'xql_queries.0.lookback_minutes' must be at least 0"),
        ([entry(schema={"type": "object"})], "'xql_queries.0.schema' must be a JSON schema"),
        ([entry(schema={"properties": {"event_id": True}})], "must be a JSON schema of an object"),
        (
            [entry(schema={"properties": {"event_id": {"type": SECRETIVE}}})],
            "must be a JSON schema of an object",
        ),
        (
            [entry(schema={"properties": {"_time": {"type": "string", "format": "date-time"}}})],
            "'xql_queries.0.schema' must declare all primary_keys",
        ),
        (
            [entry(schema={"properties": {"event_id": {}, "_time": {"type": "integer"}}})],
            "'xql_queries.0.schema' must declare the replication_key as a string",
        ),
    ],
)
def test_an_unusable_entry_is_named_without_its_values(
    small: Bench, entries: Any, said: str
) -> None:
    run = small.run(config={"xql_queries": entries}, succeeds=False)
    assert said in run.stderr
    assert SECRETIVE not in run.stderr
    assert not small.server.log


def test_a_given_schema_admits_nulls_everywhere_but_in_keys() -> None:
    inner = {"type": "object", "properties": {"x": {"type": "string"}}, "required": ["x"]}
    columns = {
        "a": {"type": ["integer", "null"]},
        "b": {"type": "array", "items": inner},
        "c": {"enum": ["x"]},
        "d": {},
    }
    query = XqlQuery.from_entry(entry(primary_keys=["a"], schema={"properties": columns}))
    schema = query.stream_schema
    nullable = {"type": ["object", "null"], "properties": {"x": {"type": ["string", "null"]}}}
    assert schema["properties"] == {
        "a": {"type": "integer"},
        "b": {"type": ["array", "null"], "items": nullable},
        "c": {"enum": ["x", None]},
        "d": {},
        "_extra": schema["properties"]["_extra"],
    }
    assert schema["required"] == ["a"]
    assert columns["a"] == {"type": ["integer", "null"]}, "the setting itself is not touched"
