"""Alerts that change after they were stored: within the re-read window, or by an opt-in filter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from edr_sandbox.serving import Fault

from tests.conftest import Bench
from tests.cortex_xdr.tenants import ALERTS, DAY, asked, assert_complete, small_world

Catalog = Callable[..., dict[str, Any]]
Changed = Callable[[], tuple[Bench, Any]]
CLOSED = {"resolution_status": "STATUS_070_RESOLVED_OTHER", "severity": "low"}
FILTER = {"alert_last_modified_filter": True, "alert_reread_minutes": 0}


def old_alerts(bench: Bench) -> list[str]:
    """Return the alerts that were stored more than a day ago, oldest first."""
    rows = sorted(bench.world.truth("alerts"), key=lambda row: row["local_insert_ts"])
    return [row["alert_id"] for row in rows if row["local_insert_ts"] < bench.world.now() - 2 * DAY]


@pytest.fixture
def tenant(make: Callable[..., Bench]) -> Bench:
    """A tenant whose clock runs: the filter compares the vendor's clock with ours."""
    return make(small_world(now=None))


def test_without_the_filter_a_change_of_an_old_alert_is_not_seen(tenant: Bench) -> None:
    first = tenant.run()
    tenant.world.change_alert(old_alerts(tenant)[0], **CLOSED)
    second = tenant.run(first.state)
    with pytest.raises(AssertionError):
        assert_complete(tenant, first, second, streams=("alerts",))


@pytest.mark.parametrize("setting", ["alert_reread_minutes", "lookback_minutes"])
def test_the_re_read_window_is_a_setting(tenant: Bench, setting: str) -> None:
    first = tenant.run()
    tenant.world.change_alert(old_alerts(tenant)[-1], **CLOSED)
    second = tenant.run(first.state, config={setting: 60 * 24 * 30})
    assert_complete(tenant, first, second)


def test_the_re_read_window_wins_over_the_look_back(tenant: Bench) -> None:
    first = tenant.run()
    second = tenant.run(first.state, config={"lookback_minutes": 10**6, "alert_reread_minutes": 0})
    assert len(second.records["alerts"]) < 3
    assert len(second.records["incidents"]) > 3


def test_the_filter_finds_a_change_however_old_the_alert(tenant: Bench) -> None:
    first = tenant.run(config=FILTER)
    for key in old_alerts(tenant)[:3]:
        tenant.world.change_alert(key, **CLOSED)
    tenant.world.add_alert()
    second = tenant.run(first.state, config=FILTER)
    assert_complete(tenant, first, second)
    assert not second.warnings
    assert len(second.records["alerts"]) < 8, "only what changed or is new"
    tenant.server.log.clear()
    third = tenant.run(second.state, config=FILTER)
    assert len(asked(tenant, ALERTS)) == 2, "by storage time, and by change"
    assert_complete(tenant, first, second, third)


def test_many_changes_are_read_in_windows(tenant: Bench, catalog: Catalog) -> None:
    chosen = catalog("alerts")
    config = {**FILTER, "page_size": 5}
    first = tenant.run(config=config, catalog=chosen)
    for key in old_alerts(tenant)[:12]:
        tenant.world.change_alert(key, **CLOSED)
    second = tenant.run(first.state, config=config, catalog=chosen)
    assert_complete(tenant, first, second, streams=("alerts",))


def test_changes_within_a_second_of_a_tenant_that_writes_seconds(
    tenant: Bench, catalog: Catalog
) -> None:
    """A window may begin in the middle of a second; a row of it seems to lie before."""
    tenant.switches.set(times="seconds")
    config = {**FILTER, "page_size": 2}
    first = tenant.run(config=config, catalog=catalog("alerts"))
    second = (tenant.world.now() - 60_000) // 1000 * 1000
    for place, key in enumerate(old_alerts(tenant)[:12]):
        tenant.world.change_alert(key, at=second + 80 * place, **CLOSED)
    again = tenant.run(first.state, config=config, catalog=catalog("alerts"))
    assert_complete(tenant, first, again, streams=("alerts",))
    assert not [line for line in again.warnings if "relied on" in line]


def test_the_bookmark_does_not_follow_changed_alerts(tenant: Bench) -> None:
    first = tenant.run(config=FILTER)
    tenant.world.change_alert(old_alerts(tenant)[0], **CLOSED)
    second = tenant.run(first.state, config=FILTER)
    reached = [run.state["bookmarks"]["alerts"]["replication_key_value"] for run in (first, second)]
    assert reached[0] == reached[1]


def test_a_change_behind_a_first_run_that_ends_early_is_found(
    tenant: Bench, catalog: Catalog
) -> None:
    config = {**FILTER, "page_size": 5, "max_parallel_requests": 1}  # so that faults are counted
    fault = Fault(call=ALERTS, skip=2, status=400, body=b'{"reply": {"err_code": 400}}', times=20)
    tenant.server.faults.append(fault)
    first = tenant.run(config=config, catalog=catalog("alerts"), succeeds=False)
    tenant.server.faults.clear()
    read = [row["alert_id"] for row in first.records["alerts"]]
    assert read
    tenant.world.change_alert(read[0], **CLOSED)
    second = tenant.run(first.state, config=config, catalog=catalog("alerts"))
    assert_complete(tenant, first, second, streams=("alerts",))


def hide(bench: Bench) -> None:
    """Let the filter leave out one alert of those that it should find."""

    def hook(request: Any, reply: Any) -> None:
        if b"last_modified_ts" in request.body and reply.body.get("reply"):
            del reply.body["reply"]["alerts"][:1]

    bench.server.before_reply.append(hook)


@pytest.mark.parametrize("kind", ["refused", "ignored", "left out"])
def test_a_filter_that_cannot_be_relied_on_is_said(tenant: Bench, kind: str) -> None:
    first = tenant.run(config=FILTER)
    if kind == "left out":
        hide(tenant)
    else:
        tenant.switches.last_modified_filter = kind
    window = {**FILTER, "alert_reread_minutes": 60 * 24 * 30}
    rows = tenant.world.truth("alerts")
    newest = max(rows, key=lambda row: row["local_insert_ts"])["alert_id"]
    # Long enough ago that the clocks of vendor and tap cannot disagree about it.
    tenant.world.change_alert(newest, at=tenant.world.now() - 2 * 3_600_000, **CLOSED)
    state = first.state
    state["bookmarks"]["alerts"]["changes_read_through"] = "2020-01-01T00:00:00Z"
    tenant.server.log.clear()
    second = tenant.run(state, config=window)
    assert_complete(tenant, first, second)
    (said, _) = [line for line in second.warnings if "last_modified_ts" in line]
    assert "alert_reread_minutes" in said
    assert second.state["bookmarks"]["alerts"]["changes_read_through"] == "2020-01-01T00:00:00Z"
    assert len(asked(tenant, ALERTS)) < 9


@pytest.mark.parametrize("value", [None, 7, "soon", {"at": 1}])
def test_a_damaged_memory_of_changes_is_started_anew(tenant: Bench, value: Any) -> None:
    first = tenant.run(config=FILTER)
    state = first.state
    state["bookmarks"]["alerts"]["changes_read_through"] = value
    second = tenant.run(state, config=FILTER)
    assert second.state["bookmarks"]["alerts"]["changes_read_through"] > "2026"
