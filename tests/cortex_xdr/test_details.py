"""The details of incidents: one request for each changed incident feeds all of their streams."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest
from edr_tap_kit.budget import Budget
from tap_cortex_xdr import client
from tap_cortex_xdr.streams.incident_details import FileArtifacts, IncidentAlerts
from tap_cortex_xdr.tap import TapCortexXDR

from tests.cortex_xdr.surface import DETAILS, Row, assert_surface, details, wire
from tests.cortex_xdr.tenants import NOW, SECOND, asked, small_world
from tests.cortex_xdr.unhurried import PATCH
from tests.kit.quick import Quick
from tests.support.consumer import Consumer
from tests.support.running import taken_until

Catalog = Callable[..., dict[str, Any]]
Swift = Callable[..., Quick]

CALL = "get_incident_extra_data"
# What was read is remembered as far as the look-back lists it again.
FAR = {"lookback_minutes": 60 * 24 * 60}


@pytest.fixture
def bench(swift: Swift) -> Quick:
    return swift(small_world())


def read_of(bench: Quick, since: int = 0) -> list[str]:
    """Return the incidents whose details were asked for, from a place in the log on."""
    return [str(one["incident_id"]) for one in asked(bench, CALL, since=since)]


@pytest.mark.parametrize("spelling", ["schema", "recorded"])
def test_one_request_feeds_all_streams(bench: Quick, catalog: Catalog, spelling: str) -> None:
    bench.switches.set(artifact_spelling=spelling)
    run = bench.run(catalog=catalog("incidents", *DETAILS))
    assert_surface(bench, run, streams=DETAILS)
    assert sorted(read_of(bench)) == sorted(bench.world.keys("incidents"))
    assert not run.warnings


def test_the_details_are_read_oldest_change_first(bench: Quick, catalog: Catalog) -> None:
    run = bench.run(catalog=catalog("incident_details"), config={"max_parallel_requests": 1})
    times = [row["_changed_at"] for row in run.records["incident_details"]]
    assert times == sorted(times)
    assert len(times) == 14


def test_only_changed_incidents_are_asked_for_again(bench: Quick, catalog: Catalog) -> None:
    chosen = catalog("incidents", *DETAILS)
    first = bench.run(catalog=chosen, config=FAR)
    world, size = bench.world, len(bench.server.log)
    second = bench.run(first.state, catalog=chosen, config=FAR)
    assert not read_of(bench, size)
    assert len(second.records["incidents"]) == 14, "they were listed all the same"
    world.now_ms, size = NOW + SECOND, len(bench.server.log)
    early = world.keys("incidents")[0]
    world.change_incident(early, notes="seen")
    new = world.add_incident()
    world.add_alert(case_id=int(new))
    third = bench.run(second.state, catalog=chosen, config=FAR)
    assert sorted(read_of(bench, size)) == sorted([early, new])
    assert_surface(bench, first, second, third, streams=DETAILS)
    changed = third.table("incident_details")[early,]
    assert (changed["notes"], changed["_changed_at"]) == ("seen", "2025-06-15T15:06:41.000Z")


def test_a_stream_that_is_selected_later_gets_its_rows(bench: Quick, catalog: Catalog) -> None:
    first = bench.run(catalog=catalog("incidents", "incident_details"), config=FAR)
    bench.world.now_ms = NOW + SECOND
    chosen = catalog("incidents", "incident_details", DETAILS[2])
    second = bench.run(first.state, catalog=chosen, config=FAR)
    assert_surface(bench, second, streams=(DETAILS[2],))
    assert not second.records["incident_details"], "these were read before"
    size = len(bench.server.log)
    bench.run(second.state, catalog=chosen, config=FAR)
    assert not read_of(bench, size)


def test_a_full_refresh_reads_all_details_and_tells_what_is_gone(
    bench: Quick, catalog: Catalog
) -> None:
    chosen = catalog("incidents", *DETAILS)
    first = bench.run(catalog=chosen)
    for stream in chosen["streams"]:
        stream["replication_method"] = "FULL_TABLE"
    run = bench.run(first.state, catalog=chosen, config={"emit_activate_version_messages": True})
    assert_surface(bench, run, streams=DETAILS)
    assert run.activated.keys() == {"incidents", *DETAILS}


@pytest.mark.parametrize("lines", [30, 60, 100])
def test_a_killed_run_goes_on(bench: Quick, catalog: Catalog, lines: int) -> None:
    part, ended = run_until(bench, catalog(*DETAILS), lines)
    assert not ended
    state = part.states[-1] if part.states else None
    size = len(bench.server.log)
    rest = bench.run(state, catalog=catalog(*DETAILS))
    assert_surface(bench, part, rest, streams=DETAILS)
    if part.states:
        assert len(read_of(bench, size)) < 14, "the second run began anew"


def run_until(bench: Quick, chosen: Row, lines: int) -> tuple[Consumer, bool]:
    """Run the tap with a STATE after every two details, and kill it after so many lines."""
    program = (
        f"{PATCH}import edr_tap_kit.details as details\ndetails._CHECKPOINT_EVERY = 2\n"
        "from tap_cortex_xdr.tap import TapCortexXDR\nTapCortexXDR.cli()\n"
    )
    arguments = [sys.executable, "-c", program]
    for name, content in (("config", bench.config), ("catalog", chosen)):
        file = bench.folder / f"own_{name}.json"
        file.write_text(json.dumps(content))
        arguments += [f"--{name}", str(file)]
    consumer = Consumer()
    return consumer, taken_until(arguments, consumer, lines) is not None


# More alerts than an answer holds


@pytest.fixture(scope="module")
def crowded() -> Any:
    world = small_world(incidents=2, alerts=4)
    for _ in range(1005):
        world.add_alert(case_id=int(world.keys("incidents")[0]), at=NOW - SECOND)
    return world


def test_more_alerts_than_the_usual_limit(swift: Swift, catalog: Catalog, crowded: Any) -> None:
    bench = swift(crowded)
    run = bench.run(catalog=catalog(*DETAILS))
    assert_surface(bench, run, streams=DETAILS)
    limits = sorted(one["alerts_limit"] for one in asked(bench, CALL))
    assert limits[:2] == [1000, 1000]
    assert limits[2] > 1000
    assert not run.warnings


def test_without_their_stream_the_rest_is_not_asked_for(
    swift: Swift, catalog: Catalog, crowded: Any
) -> None:
    bench = swift(crowded)
    run = bench.run(catalog=catalog("incident_details"))
    assert len(read_of(bench)) == 2
    assert not run.warnings


def test_alerts_beyond_what_the_vendor_hands_out_are_said(
    swift: Swift, catalog: Catalog, crowded: Any
) -> None:
    bench = swift(crowded)
    handle = bench.server.simulator.handle

    def capped(request: Any) -> Any:
        reply = handle(request)
        if (
            b'"alerts_limit"' in request.body
            and request.json()["request_data"]["alerts_limit"] > 1000
        ):
            error = {"err_code": 500, "err_msg": "alerts_limit must be at most 1000"}
            return type(reply)({"reply": error}, 500)
        return reply

    bench.server.simulator.handle = capped
    run = bench.run(catalog=catalog("incident_alerts"))
    expected = details(bench, "incident_alerts", limit=1000)
    assert len(run.table("incident_alerts")) == len(expected)
    assert "has more alerts than the vendor hands out" in run.stderr
    assert len(wire(bench, "incident_alerts")) > len(expected)


# Rows and budget


def test_both_spellings_in_one_row_and_an_artifact_of_one_identity() -> None:
    config = {"api_key": "none", "api_key_id": "7", "fqdn": "xdr.invalid"}
    files = TapCortexXDR(config=config).streams["file_artifacts"]
    assert isinstance(files, FileArtifacts)

    def row(**named: Any) -> Row:
        (found,) = files.rows_of(
            {"incident": {}, "file_artifacts": {"data": [{"type": "HASH", **named}]}}
        )
        return dict(found)

    wrong = row(is_malicous=True, File_sha256="ab")
    right = row(is_malicious=True, file_sha256="ab")
    both = row(is_malicous=None, is_malicious=True, File_sha256="ab", file_sha256=None)
    assert wrong == right == both
    assert row(file_sha256="cd")["_artifact_id"] != right["_artifact_id"]
    more = row(is_malicious=True, file_sha256="ab", alert_count=9)
    assert more["_artifact_id"] == right["_artifact_id"], "a count is no part of the identity"


@pytest.mark.parametrize(
    ("held", "count"), [({"data": [{}]}, 1), ([{}, {}], 2), (None, 0), ({"data": None}, 0)]
)
def test_a_list_with_or_without_its_envelope(held: Any, count: int) -> None:
    config = {"api_key": "none", "api_key_id": "7", "fqdn": "xdr.invalid"}
    alerts = TapCortexXDR(config=config).streams["incident_alerts"]
    assert isinstance(alerts, IncidentAlerts)
    assert len(alerts.rows_of({"incident": {}, "alerts": held})) == count


def test_no_more_than_ten_requests_a_minute() -> None:
    now, sent = [0.0], []

    def sleep(seconds: float) -> None:
        now[0] += seconds

    budget = Budget(
        500, client._SLOW_CALLS, client._budget_group, clock=lambda: now[0], sleep=sleep
    )
    for _ in range(25):
        budget.acquire("incidents/get_incident_extra_data")
        sent.append(now[0])
    assert all(later - earlier >= 60 for earlier, later in zip(sent, sent[10:], strict=False))
    begun = now[0]
    budget.acquire("incidents/get_incidents")
    assert now[0] - begun < 1, "other calls do not wait for these"


def test_the_call_belongs_to_that_budget() -> None:
    config = {"api_key": "none", "api_key_id": "7", "fqdn": "xdr.invalid"}
    call = TapCortexXDR(config=config).client._call(f"v1/incidents/{CALL}", {})
    assert client._budget_group(call.name) in client._SLOW_CALLS
