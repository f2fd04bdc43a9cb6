"""The settings of this tap: what they make it ask for, and what they make it write."""

from __future__ import annotations

import pytest

from tests.conftest import Bench
from tests.gravityzone.checking import LIST, asked_details, assert_truth, errors, params
from tests.gravityzone.conftest import BenchMaker
from tests.support.running import discovered, selecting


@pytest.mark.parametrize(
    "spelling",
    [
        "{}", "{}/", " {}/api/ ", "{}/v1.0/jsonrpc",
        "{}/api/v1.0/jsonrpc/network", "{}/api/v1.2/jsonrpc/quarantine/computers/",
        "HTTP{}/API",
    ],
)  # fmt: skip
def test_the_address_in_any_spelling(make: BenchMaker, spelling: str) -> None:
    bench = make(incidents=2, endpoints=2)
    url = bench.server.url
    url = url.removeprefix("http") if spelling.startswith("HTTP") else url
    run = bench.run(config={"api_url": spelling.format(url)})
    assert_truth(bench, run)
    assert {one.request.path.rpartition("/v1.")[0] for one in bench.server.log} == {"/api"}


def test_every_request_is_a_whole_envelope(small: Bench) -> None:
    small.run(config={"user_agent": "example/1"})
    bodies = [one.request.json() for one in small.server.log]
    for body in bodies:
        assert body.keys() == {"id", "jsonrpc", "method", "params"}
        assert isinstance(body["id"], str)
    assert len({body["id"] for body in bodies}) == len(bodies)
    assert {one.request.method for one in small.server.log} == {"POST"}
    assert {one.request.headers["user-agent"] for one in small.server.log} == {"example/1"}


@pytest.mark.parametrize("children", [True, False])
def test_incidents_of_chosen_companies(make: BenchMaker, children: bool) -> None:
    bench = make(companies=5, incidents=40, endpoints=20)
    _, customer, partner, *_ = bench.world.inventory.companies
    config = {
        "company_ids": [customer, partner], "include_child_companies": children, "page_size": 10,
    }  # fmt: skip
    first = bench.run(config=config)
    family = bench.world.inventory.family(partner) if children else frozenset({partner})
    wanted = {
        row["incidentId"]
        for row in bench.world.truth("incidents")
        if row["company"]["id"] in family | {customer}
    }
    assert {row["incidentId"] for row in first.records["incidents"]} == wanted
    assert {row["incidentId"] for row in first.records["alerts"]} == wanted
    bench.server.log.clear()
    bench.run(first.state, config=config)
    asked = [params(one)["filters"]["companyId"] for one in bench.server.calls(LIST)]
    assert sorted(asked) == sorted([customer, partner] * 2)


def test_a_company_that_is_out_of_reach_fails(small: Bench) -> None:
    run = small.run(config={"company_ids": ["0" * 24]}, succeeds=False)
    assert "endpoints" in errors(run)[-1]
    assert "incidents" in errors(run)[-1]
    assert not any(run.records.values())


def test_a_tenant_is_the_first_column_and_the_first_key(gravityzone: Bench) -> None:
    run = gravityzone.run(config={"tenant": "acme"})
    assert {"incidents", "alerts", "endpoints", "events"} <= run.keys.keys()
    for stream, keys in run.keys.items():
        assert keys[0] == "_tenant"
        assert len(keys) > 1
        assert next(iter(run.schemas[stream]["properties"])) == "_tenant"
        assert {row["_tenant"] for row in run.records[stream]} == {"acme"}


def test_without_a_tenant_there_is_no_such_column(small: Bench) -> None:
    run = small.run()
    for stream, keys in run.keys.items():
        assert "_tenant" not in keys
        assert "_tenant" not in run.schemas[stream]["properties"]


def test_a_tenant_of_an_old_catalog(small: Bench) -> None:
    catalog = discovered("tap-gravityzone")
    run = small.run(config={"tenant": "acme"}, catalog=catalog)
    for stream, keys in run.keys.items():
        assert keys[0] == "_tenant"
        assert {row["_tenant"] for row in run.records[stream]} <= {"acme"}


@pytest.mark.parametrize("streams", [["alerts"], ["incidents"], ["endpoints"]])
def test_streams_can_be_chosen(small: Bench, streams: list[str]) -> None:
    catalog = selecting(discovered("tap-gravityzone"), *streams)
    first = small.run(catalog=catalog)
    assert list(first.schemas) == streams
    assert_truth(small, first, streams=streams)
    assert bool(asked_details(small.server.log)) == (streams == ["alerts"])
    chosen = next(iter(small.world.incidents.by_id))
    small.world.grow(chosen)
    small.server.log.clear()
    second = small.run(first.state, catalog=catalog)
    assert_truth(
        small, *([first, second] if streams != ["endpoints"] else [second]), streams=streams
    )
    if streams == ["alerts"]:
        assert asked_details(small.server.log) == [chosen]


@pytest.mark.parametrize(
    ("config", "word"),
    [
        ({"api_url": "cloud.example.com"}, "api_url"),
        ({"naive_timezone": "Mars/Olympus"}, "naive_timezone"),
        ({"compani_ids": []}, "company_ids"),
        ({"max_incident_requests_per_minute": -1}, "max_incident_requests_per_minute"),
    ],
)
def test_a_bad_setting_is_named(small: Bench, config: dict[str, object], word: str) -> None:
    run = small.run(config=config, succeeds=False)
    assert word in "".join(errors(run))
    assert not small.server.log
