"""Tenants that do not tell when an analyst changed an incident: a window is read again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from edr_sandbox.serving import Reply, Request

from tests.conftest import Bench
from tests.gravityzone.checking import LIST, asked_details, assert_truth, news

BLIND = {"change_filter_refused": True, "change_absent": True}
HIDDEN = {"change_absent": True}


def switch(bench: Bench, switches: dict[str, Any]) -> None:
    for name, value in switches.items():
        setattr(bench.switches, name, value)


def quiet(bench: Bench, *, days: float) -> str:
    """Return an incident that the engine has left alone for so many days, but no longer than 25."""
    now = datetime.now(UTC).timestamp()
    ages = {
        one.id: (now - max(one.processed, one.updated)) / 86_400
        for one in bench.world.incidents.by_id.values()
    }
    return next(key for key, age in ages.items() if days < age < 25)


def empty_stamps(bench: Bench, empty: str | None) -> None:
    """Let each incident have an empty ``lastIncidentChange``, which no window finds."""

    def hook(request: Request, reply: Reply) -> None:
        if bench.server.simulator.name_of(request) == LIST:
            result = reply.body["result"]
            if "changeStartDate" in request.json()["params"].get("filters", {}):
                result |= {"items": [], "total": 0, "pagesCount": 0}
            result["items"] = [{**row, "lastIncidentChange": empty} for row in result["items"]]

    bench.server.before_reply.append(hook)


@pytest.mark.parametrize("empty", ["", None])
def test_triage_is_found_where_all_stamps_are_empty(small: Bench, empty: str | None) -> None:
    empty_stamps(small, empty)
    first = small.run()
    triaged = quiet(small, days=2)
    small.world.triage(triaged, status="closed")
    second = small.run(first.state)
    found = {row["incidentId"]: row["status"] for row in second.records["incidents"]}
    assert found[triaged] == "closed"
    assert any("incident_reread_days" in line for line in news(second))


def test_once_a_stamp_was_seen_empty_ones_are_of_incidents_nobody_touched(small: Bench) -> None:
    first = small.run()
    empty_stamps(small, None)
    second = small.run(first.state)
    small.world.add_incident()
    third = small.run(second.state)
    assert third.records["incidents"]
    assert not news(second) + news(third)


@pytest.mark.parametrize("switches", [BLIND, HIDDEN], ids=["refused", "not shown"])
def test_triage_is_found_without_a_stamp_that_tells(small: Bench, switches: dict[str, Any]) -> None:
    switch(small, switches)
    first = small.run()
    small.world.triage(quiet(small, days=2), status="closed", assignee="user-1")
    second = small.run(first.state)
    assert_truth(small, first, second)
    assert any("incident_reread_days" in line for line in news(second))


def test_the_window_is_a_setting(small: Bench) -> None:
    switch(small, BLIND)
    first = small.run()
    small.world.triage(quiet(small, days=3), status="closed")
    second = small.run(first.state, config={"incident_reread_days": 1})
    with pytest.raises(AssertionError):
        assert_truth(small, first, second, streams=["incidents"])


def test_incidents_that_are_read_again_cost_no_details(small: Bench) -> None:
    switch(small, BLIND)
    first = small.run()
    small.server.log.clear()
    second = small.run(first.state)
    assert len(second.records["incidents"]) > 5, "the window is read again"
    assert not asked_details(small.server.log)
    # One refusal of the windows that the tenant lacks, then one window by either other stamp.
    assert len(small.server.calls(LIST)) <= 4


def test_a_tenant_that_tells_is_not_read_again(small: Bench) -> None:
    switch(small, HIDDEN)
    first = small.run()
    switch(small, {"change_absent": False})
    second = small.run(first.state)
    third = small.run(second.state)
    assert len(second.records["incidents"]) > 5
    assert len(third.records["incidents"]) < 3
    assert not news(third)
