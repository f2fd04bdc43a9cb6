"""Keys that the tap makes stay as they are, however the vendor writes the same row next time."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from edr_sandbox.serving import Reply, Request

from tests.cortex_xdr.surface import Row, assert_surface
from tests.cortex_xdr.tenants import small_world
from tests.kit.quick import Quick

Catalog = Callable[..., dict[str, Any]]
Swift = Callable[..., Quick]

# Where the rows of a stream are in the replies, and the column that the tap adds.
PLACES = {
    "agent_reports": ("agents_reports", ("data",), "_report_id"),
    "compliance_results": ("get_assessment_results", ("data",), "_result_id"),
    "file_artifacts": ("get_incident_extra_data", ("file_artifacts", "data"), "_artifact_id"),
    "network_artifacts": ("get_incident_extra_data", ("network_artifacts", "data"), "_artifact_id"),
}


def as_text(row: Row) -> Row:
    return {name: str(value) if type(value) is int else value for name, value in row.items()}


def as_floats(row: Row) -> Row:
    return {name: float(value) if type(value) is int else value for name, value in row.items()}


def with_nulls(row: Row) -> Row:
    return {**row, "NEW": None}


def without_nulls(row: Row) -> Row:
    return {name: value for name, value in row.items() if value is not None}


@pytest.mark.parametrize("stream", PLACES)
@pytest.mark.parametrize("written", [as_text, as_floats, with_nulls, without_nulls])
def test_a_row_that_is_written_in_another_way_keeps_its_key(
    swift: Swift, catalog: Catalog, stream: str, written: Callable[[Row], Row]
) -> None:
    bench = swift(small_world())
    call, place, key = PLACES[stream]

    def rewrite(request: Request, reply: Reply) -> None:
        if call not in request.path:
            return
        body = json.loads(json.dumps(reply.body))  # the simulator's own rows stay as they are
        held = body["reply"]
        for name in place[:-1]:
            held = held[name]
        held[place[-1]] = [written(row) for row in held[place[-1]]]
        reply.body.update(body)

    first = bench.run(catalog=catalog(stream))
    bench.server.before_reply.append(rewrite)
    second = bench.run(catalog=catalog(stream))
    assert second.records[stream]
    assert {row[key] for row in first.records[stream]} == {
        row[key] for row in second.records[stream]
    }
    assert_surface(bench, first, streams=(stream,))


def test_the_key_of_a_row_is_that_of_earlier_versions(swift: Swift, catalog: Catalog) -> None:
    bench = swift(small_world())
    artifact = {"type": "IP", "network_remote_ip": "1.1.1.1", "network_remote_port": 80}

    def put_in(request: Request, reply: Reply) -> None:
        if "get_incident_extra_data" in request.path:
            reply.body["reply"]["network_artifacts"] = {"data": [artifact]}

    bench.server.before_reply.append(put_in)
    run = bench.run(catalog=catalog("network_artifacts"))
    ids = {row["_artifact_id"] for row in run.records["network_artifacts"]}
    assert ids == {"6dd8dab13d2657970cdc4343f1a9bae8"}
