"""Where simulated clouds differ; limits, control, pushed events, seeds and speed."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from edr_sandbox.gravityzone import GravityZone, Switches, World
from edr_sandbox.gravityzone.events import MAKERS
from edr_sandbox.gravityzone.limits import RateLimiter
from edr_sandbox.serving import Server

if TYPE_CHECKING:
    from pathlib import Path

from tests.sandbox.gravityzone.client import ALL, NOW, Client, at


def test_rate_limit_of_incidents_is_shared(client: Client) -> None:
    switches = client.world.switches
    switches.rate_limits = True
    one = client.result("v1.2", "incidents.getIncidentsList", perPage=10)["items"][0]
    for _ in range(2):
        client.result("v1.2", "incidents.getIncident", id=one["incidentId"])
    answer = client.call("v1.2", "incidents.getIncidentsList")
    assert (answer.status, answer.headers["Retry-After"]) == (429, "60, 60")
    assert answer.headers["Content-Type"] == "text/html"
    switches.rate_limit_reply = "json"
    answer = client.call("v1.2", "incidents.getIncidentsList")
    assert (answer.status, answer.code) == (200, -32003)
    assert client.call("v1.0", "general.getApiKeyDetails").status == 200


def test_a_rate_limit_is_a_sliding_window() -> None:
    moments = iter([0.0, 0.2, 0.25, 0.31, 0.4, 0.51])
    limiter = RateLimiter(clock=lambda: next(moments))
    admitted = [limiter.admits("general", 2, 0.3) for _ in range(6)]
    assert admitted == [True, True, False, True, False, True]


def test_areas_and_licences(client: Client) -> None:
    switches = client.world.switches
    switches.enabled_apis = ("network",)
    refused = client.call("v1.2", "incidents.getIncidentsList")
    assert (refused.status, refused.code) == (403, -32000)
    details = refused.json["error"]["data"]["details"]
    assert details == "API Key is not allowed to access the selected API: Incidents"
    switches.area_refusal = "-32001"
    refused = client.call("v1.2", "incidents.getIncidentsList")
    assert (refused.status, refused.code) == (200, -32001)
    switches.licence_missing = ("network",)
    refused = client.call("v1.1", "network.getEndpointsList")
    assert "valid license" in refused.json["error"]["data"]["details"]


def test_rights_of_the_keys_account(client: Client) -> None:
    client.world.switches.right_missing = ("network", "general.getApiKeyDetails")
    for name in ("network.getEndpointsList", "general.getApiKeyDetails"):
        refused = client.call("v1.0", name)
        assert (refused.status, refused.code) == (403, -32001)
    client.world.switches.area_refusal = "-32001"
    assert client.call("v1.0", "network.getEndpointsList").status == 200


@pytest.mark.parametrize(
    ("switch", "value"),
    [
        ("change_filter_refused", True),
        ("sort_by_refused", True),
        ("sort_by_must_match", True),
        ("max_window_days", 0.5),
        ("only_numeric_offsets", True),
    ],
)
def test_switches_that_refuse(client: Client, switch: str, value: object) -> None:
    params: dict[str, Any] = {
        "filters": {
            "changeStartDate": "2026-11-10T00:00:00Z",
            "changeEndDate": "2026-11-11T00:00:00Z",
        },
        "options": {"sortBy": "created"},
    }
    client.result("v1.2", "incidents.getIncidentsList", **params)
    setattr(client.world.switches, switch, value)
    assert client.call("v1.2", "incidents.getIncidentsList", **params).code == -32602


def test_switches_of_the_shape_of_rows(client: Client) -> None:
    plain = {row["incidentId"]: row for row in client.incidents()}
    client.world.switches = Switches(status_ints=True, naive_dates=True, change_absent=True)
    for row in client.incidents():
        assert row["status"] in {1, 2, 3, 4}
        assert row["created"] == plain[row["incidentId"]]["created"][:19]
        assert "lastIncidentChange" not in row
    client.world.switches = Switches(mixed_offsets=True, change_null_until_touched=True)
    nulls = 0
    for row in client.incidents():
        assert at(row, "created") == at(plain[row["incidentId"]], "created")
        nulls += row["lastIncidentChange"] is None
    assert 0 < nulls < 80
    assert len({at(row).utcoffset() for row in client.incidents()}) > 2


def test_switches_of_lists(client: Client) -> None:
    client.world.switches = Switches(total_null=True, duplicate_rows=True, empty_page=2)
    page = client.result("v1.2", "incidents.getIncidentsList", perPage=10, options=ALL)
    assert page["total"] is None
    assert len(page["items"]) == 11
    assert page["items"][0] == page["items"][-1]
    page = client.result("v1.2", "incidents.getIncidentsList", perPage=10, page=2, options=ALL)
    assert (page["items"], page["pagesCount"]) == ([], 8)


def test_control_over_http(client: Client) -> None:
    one = client.incidents()[0]["incidentId"]
    client.send("/_sandbox/triage", {"incident_id": one, "status": "false_positive"})
    truth = client.send("/_sandbox/truth", {"stream": "incidents"}).json
    assert truth == client.incidents()
    assert truth[0]["status"] == "false_positive"
    switches = client.send("/_sandbox/switches", {"limits": {"incidents": [9, 1]}}).json
    assert switches["limits"] == {
        "general": [10, 1.0],
        "companies": [5, 1.0],
        "incidents": [9, 1],
        "push": [5, 60.0],
    }
    assert client.send("/_sandbox/switches", {"unknown": 1}).status == 400
    assert client.send("/_sandbox/reset", {}).status == 200
    assert client.incidents()[0]["status"] != "false_positive"


def test_pushed_bodies(tmp_path: Path) -> None:
    world = World(seed=3, now=NOW)
    paths = world.push_bodies(tmp_path / "spool", at=NOW)
    bodies = [json.loads(path.read_text()) for path in sorted((tmp_path / "spool").iterdir())]
    assert sorted(paths) == paths
    assert len(bodies) == len(paths)
    assert bodies[-1] in bodies[:-1]
    events = [event for body in bodies[:-1] for event in body["params"]["events"]]
    assert events == world.truth("events")
    assert {event["module"] for event in events} == {*MAKERS, "new-incident"}
    assert len(MAKERS) >= 20
    assert any(event.get("_testEvent_") for event in events)
    assert any(event.get("attack_entry", 0) > 2**31 for event in events)
    incidents = [x["incident_id"] for x in events if x["module"] == "new-incident"]
    assert len(incidents) == 2 * len(set(incidents))
    again = world.push_bodies(tmp_path / "spool", at=NOW + timedelta(hours=1))
    assert not set(again) & set(paths)


def test_a_seed_makes_one_world() -> None:
    worlds = [World(seed=seed, now=NOW) for seed in (5, 5, 6)]
    for stream in ("incidents", "alerts", "endpoints", "companies"):
        first, same, other = (world.truth(stream) for world in worlds)
        assert first == same != other


def test_deep_pages_of_a_large_world_are_fast() -> None:
    world = World(seed=1, incidents=30_000, now=NOW, days=300)
    with Server(GravityZone(world)) as server:
        client = Client(server)
        client.result("v1.2", "incidents.getIncidentsList", options=ALL, perPage=10)
        begin = time.perf_counter()
        for page in range(1, 21):
            client.result(
                "v1.2", "incidents.getIncidentsList", options=ALL, page=page * 100, perPage=10
            )
        assert time.perf_counter() - begin < 2
