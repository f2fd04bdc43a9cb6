"""``--discover`` and ``--test``: what the key may not read is marked, and nothing is waited for."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest
from edr_sandbox.serving import Fault
from tap_cortex_xdr.streams import STREAM_TYPES

from tests.cortex_xdr.queries import entry
from tests.cortex_xdr.surface import SURFACE, Row, assert_surface
from tests.cortex_xdr.tenants import STREAMS, small_world
from tests.kit.cli import Said, write
from tests.kit.quick import Quick

Swift = Callable[..., Quick]
ALL = {kind.name for kind in STREAM_TYPES}
RULES = ("v1/indicators/get", "v1/bioc/get", "v1/correlations/get")


@pytest.fixture
def bench(swift: Swift) -> Quick:
    return swift(small_world())


def tap(bench: Quick, *arguments: str, **more: Any) -> Said:
    assert bench.forked
    config = write(bench.folder, "config.json", bench.config | more)
    return bench.forked("tap-cortex-xdr", "--config", config, *arguments, folder=bench.folder)


def roots(said: Said) -> dict[str, Row]:
    """Return the metadata of the streams of a catalog."""
    assert said.exit_code == 0, said.stderr
    return {
        one["stream"]: next(
            each["metadata"] for each in one["metadata"] if each["breadcrumb"] == []
        )
        for one in json.loads(said.stdout)["streams"]
    }


def test_all_streams_of_a_tenant_that_offers_them(bench: Quick) -> None:
    said = tap(bench, "--discover")
    found = roots(said)
    assert found.keys() == ALL == {*STREAMS, *SURFACE}
    for name, root in found.items():
        assert root["selected-by-default"] is (name in STREAMS)
        assert "unreadable" not in root
    assert not said.warnings
    assert len(bench.server.log) < 45


def test_what_the_key_may_not_read_is_marked(bench: Quick) -> None:
    bench.switches.set(
        role_missing=RULES, licence_missing=("get_risky", "v1/incidents"),
        calls_missing=("compliance",), cases_missing="404_json", issues_missing="404_html",
    )  # fmt: skip
    said = tap(bench, "--discover")
    reasons = {name: root.get("unreadable") for name, root in roots(said).items()}
    marked = {name for name, reason in reasons.items() if reason}
    details = {"incident_details", "incident_alerts", "file_artifacts", "network_artifacts"}
    assert marked == {
        "iocs", "biocs", "correlation_rules", "risky_users", "risky_hosts", "incidents", *details,
        "compliance_results", "cases", "issues",
    }  # fmt: skip
    assert "role does not allow this" in reasons["iocs"]
    assert "licence or add-on is missing" in reasons["risky_users"]
    assert "this tenant does not know the call" in reasons["cases"]
    for name in marked:
        assert sum(f"'{name}' is not selected" in line for line in said.warnings) == 1
        assert roots(said)[name]["selected-by-default"] is False
    # The catalog as it stands skips them without a request.
    size = len(bench.server.log)
    run = bench.run(catalog=json.loads(said.stdout))
    assert "incidents" not in run.schemas
    assert {"alerts", "events", "endpoints"} == run.schemas.keys()
    assert not [one for one in bench.server.log[size:] if "incidents" in one.call]
    assert not run.warnings


@pytest.mark.parametrize(
    "fault", [{"status": 503}, {"status": 429, "headers": {"Retry-After": "1"}}, {"kind": "reset"}]
)
def test_a_passing_fault_marks_nothing_and_is_not_waited_for(bench: Quick, fault: Row) -> None:
    bench.server.faults.append(Fault(call="indicators", times=9, **fault))
    begun = time.monotonic()
    said = tap(bench, "--discover")
    assert time.monotonic() - begun < 10
    assert not any("unreadable" in root for root in roots(said).values())
    assert len(bench.server.calls("indicators")) == 1


def test_a_dead_key_lists_everything(bench: Quick) -> None:
    said = tap(bench, "--discover", api_key="K" * 128, xql_queries=[entry(), entry(name="b")])
    assert roots(said).keys() == {*ALL, "process_events", "b"}
    assert not any("unreadable" in root for root in roots(said).values())
    assert "All streams are listed, unseen what the key may read" in said.warnings[0]
    assert "does not accept the key" in said.warnings[0]
    assert len(said.warnings) <= 2
    assert not bench.server.calls("start_xql_query") or len(said.warnings) == 2


def test_an_unreachable_host_lists_everything(bench: Quick) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        begun = time.monotonic()
        said = tap(bench, "--discover", api_url=url, xql_queries=[entry(), entry(name="b")])
    assert time.monotonic() - begun < 10
    assert roots(said).keys() == {*ALL, "process_events", "b"}
    (warning,) = said.warnings
    assert f"Nothing at {url} answered" in warning


@pytest.mark.parametrize("more", [{}, {"api_key": None}, {"api_url": None}, {"api_key_id": None}])
def test_without_settings_nothing_is_asked(bench: Quick, more: Row) -> None:
    assert bench.forked
    if more:
        said = tap(bench, "--discover", **more)
    else:
        said = bench.forked("tap-cortex-xdr", "--discover", folder=bench.folder)
    assert roots(said).keys() == ALL
    assert not said.warnings
    assert not bench.server.log


def test_the_check_names_each_stream(bench: Quick) -> None:
    bench.switches.set(role_missing=RULES, cases_missing="404_json")
    said = tap(bench, "--test", xql_queries=[entry()])
    assert said.exit_code == 0
    lines = dict(line.strip().split(": ", 1) for line in said.stdout.splitlines() if ": " in line)
    refused = {"iocs", "biocs", "correlation_rules", "cases"}
    for name in (*ALL, "process_events"):
        assert lines[name].startswith("NOT readable: " if name in refused else "readable"), name
    assert f"Connected. {len(ALL) + 1 - 4} of {len(ALL) + 1} streams are readable." in said.stdout


def test_the_check_with_a_dead_key_fails(bench: Quick) -> None:
    said = tap(bench, "--test", api_key="K" * 128)
    assert said.exit_code == 1
    (error,) = said.errors
    assert "does not accept the key" in error


def test_a_catalog_of_discovery_reads_what_is_selected_in_it(bench: Quick) -> None:
    catalog = json.loads(tap(bench, "--discover").stdout)
    for one in catalog["streams"]:
        for each in one["metadata"]:
            if each["breadcrumb"] == []:
                each["metadata"]["selected"] = one["stream"] in {"cases", "users"}
    run = bench.run(catalog=catalog)
    assert run.schemas.keys() == {"cases", "users"}
    assert_surface(bench, run, streams=("cases", "users"))
