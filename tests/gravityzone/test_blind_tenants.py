"""Tenants that do not tell when an analyst changed an incident: a window is read again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

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
