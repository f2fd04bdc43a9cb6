"""Every stream beyond the core four equals the tenant: at first, and after what happened to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.cortex_xdr.surface import (
    DETAILS,
    KINDS,
    LOGS,
    SURFACE,
    TABLES,
    Row,
    assert_surface,
)
from tests.cortex_xdr.tenants import NOW, SECOND, STREAMS, small_world, table
from tests.kit.quick import Quick
from tests.support.running import Run

Catalog = Callable[..., dict[str, Any]]
Swift = Callable[..., Quick]

# Tables whose rows never move a key of their own: all but the name tells them apart.
OF_WORLD = sorted({*TABLES, *KINDS} - {"endpoint_summaries", "disable_prevention_rules"})
CHANGES: dict[str, Row] = {
    "scripts": {"description": "changed"},
    "users": {"user_last_name": "changed"},
    "risky_users": {"risk_level": "changed"},
    "iocs": {"comment": "changed"},
    "disable_injection_prevention": {"status": "expired"},
    "assets": {"xdm.asset.name": "changed"},
    "external_services": {"is_active": "changed"},
    "cases": {"status_progress": "changed", "starred": True},
    "issues": {"status.progress": "changed", "case_ids": [91]},
}


@pytest.fixture
def bench(swift: Swift) -> Quick:
    return swift(small_world())


def test_a_run_of_all_streams_equals_the_tenant(bench: Quick, catalog: Catalog) -> None:
    run = bench.run(catalog=catalog(*STREAMS, *SURFACE))
    assert_surface(bench, run, streams=tuple(name for name in SURFACE if name != "xql_quota"))
    bench.assert_truth(run)
    (quota,) = run.records["xql_quota"]
    assert (quota["_source"], quota["license_quota"]) == (bench.server.url.split("//")[1], 5.0)
    assert not any("fields unknown" in line for line in said_of(run, LOGS)), run.stderr
    assert "Failed" not in run.stderr


def said_of(run: Run, streams: Any) -> list[str]:
    return [line for line in run.warnings if any(f"'{name}'" in line for name in streams)]


def test_without_a_catalog_only_the_four_are_read(bench: Quick) -> None:
    run = bench.run()
    assert set(run.schemas) == set(STREAMS)
    assert {one.call for one in bench.server.log} == {
        "v1/incidents/get_incidents",
        "v2/alerts/get_alerts_multi_events",
        "v1/endpoints/get_endpoint",
    }


def test_rows_that_come_change_and_go_are_in_the_next_run(bench: Quick, catalog: Catalog) -> None:
    """Each of these tables is read as a whole, so that the second run alone is the truth."""
    chosen = catalog(*TABLES)
    first = bench.run(catalog=chosen, config={"emit_activate_version_messages": True})
    world = bench.world
    for name in OF_WORLD:
        keys = world.keys(name)
        if name not in {"roles", "user_groups", "tenant_info", "agent_versions", "datasets"}:
            world.add_row(name)
            world.remove_row(name, keys[-1])
        world.change_row(name, keys[1], **CHANGES.get(name, {}))
    world.add_endpoint()
    second = bench.run(
        first.state if first.states else None,
        catalog=chosen,
        config={"emit_activate_version_messages": True},
    )
    assert_surface(bench, second, streams=tuple(TABLES))
    assert second.activated.keys() == set(TABLES)


def test_what_changed_and_came_is_in_the_next_run_of_the_logs(
    bench: Quick, catalog: Catalog
) -> None:
    chosen = catalog(*LOGS)
    first = bench.run(catalog=chosen)
    assert_surface(bench, first, streams=tuple(LOGS))
    world = bench.world
    size = len(bench.server.log)
    world.now_ms = NOW + 10 * SECOND
    for name in ("cases", "issues"):
        world.change_row(name, world.keys(name)[0], **CHANGES[name])
        world.add_row(name)
    for name in ("agent_reports", "device_violations"):
        world.add_row(name)
    world.add_audit()
    second = bench.run(first.state, catalog=chosen, config={"lookback_minutes": 0})
    assert_surface(bench, first, second, streams=tuple(LOGS))
    for name in ("cases", "issues", "management_logs"):
        assert 0 < len(second.records[name]) <= 4, f"{name} was read again as a whole"
    assert len(bench.server.log) - size < 30


def test_a_report_that_arrives_a_day_late_is_found_by_the_look_back(
    bench: Quick, catalog: Catalog
) -> None:
    chosen = catalog("agent_reports", "device_violations")
    first = bench.run(catalog=chosen)
    early = NOW - 23 * 3_600_000
    bench.world.add_row("agent_reports", at=NOW, TIMESTAMP=early + 0.25)
    bench.world.add_row("device_violations", at=early)
    second = bench.run(first.state, catalog=chosen)
    assert_surface(bench, first, second, streams=("agent_reports", "device_violations"))


@pytest.mark.parametrize("stream", ["roles", "user_groups"])
def test_names_are_those_that_users_carry(bench: Quick, catalog: Catalog, stream: str) -> None:
    world = bench.world
    if stream == "roles":
        world.add_row("roles")  # a role that nobody holds: there is no call that tells of it
    for key in world.keys("users")[1:]:
        world.change_row("users", key, role_name=None, groups=None)
    own = {"role_name": "Viewer", "groups": [{"group_name": "analysts"}, None]}
    world.change_row("users", world.keys("users")[0], **own)
    run = bench.run(catalog=catalog(stream))
    assert [row for (row,) in run.table(stream)] == ["Viewer" if stream == "roles" else "analysts"]


@pytest.mark.parametrize("stream", ["roles", "user_groups"])
def test_without_names_nothing_is_asked_for(bench: Quick, catalog: Catalog, stream: str) -> None:
    world = bench.world
    for key in world.keys("users"):
        world.change_row("users", key, role_name=None, groups=[])
    run = bench.run(catalog=catalog(stream))
    assert not run.records[stream]
    assert [one.call for one in bench.server.log] == ["v1/rbac/get_users"]


def test_a_tenant_label_is_in_every_record(bench: Quick, catalog: Catalog) -> None:
    run = bench.run(catalog=catalog(*SURFACE), config={"tenant": "north"})
    for stream in SURFACE:
        assert run.keys[stream][0] == "_tenant"
        assert {row["_tenant"] for row in run.records[stream]} == {"north"}, stream


def test_empty_tables_are_no_failure(swift: Swift, catalog: Catalog) -> None:
    empty = dict.fromkeys([*OF_WORLD, *LOGS], 0) | {"tenant_info": 1}
    bench = swift(small_world(incidents=0, alerts=0, endpoints=0, audits=0, counts=empty))
    run = bench.run(catalog=catalog(*SURFACE), config={"emit_activate_version_messages": True})
    held = {name for name in SURFACE if table(name, run)}
    assert held == {"tenant_info", "xql_quota"}
    assert run.activated.keys() >= set(TABLES)
    assert not run.warnings


def test_details_are_those_of_all_incidents(bench: Quick, catalog: Catalog) -> None:
    bench.switches.set(artifact_spelling="recorded")
    run = bench.run(catalog=catalog(*DETAILS))
    assert_surface(bench, run, streams=DETAILS)
    assert "incidents" not in run.schemas
