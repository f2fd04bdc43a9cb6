"""The deployment on Dagster: its grid, runs and retries, with a stand-in for Meltano's command."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from dagster import (
    AssetKey,
    DagsterInstance,
    DagsterRunStatus,
    ExecuteInProcessResult,
    MultiPartitionKey,
    build_schedule_context,
    materialize,
)
from dagster._core.run_coordinator import SubmitRunContext
from dagster._utils.tags import TagConcurrencyLimitsCounter
from edr_orchestrate.dagster import assets, coordinator
from edr_orchestrate.dagster.coordinator import pool_tags
from edr_orchestrate.dagster.definitions import definitions_of
from edr_orchestrate.dagster.fleet import Fleet
from edr_orchestrate.dagster.partitions import units_of_run

from tests.orchestrate.conftest import ROOT
from tests.orchestrate.dagster.conftest import STAND_IN, StandIn

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def run(
    fleet: Fleet, instance: DagsterInstance, name: str, partition: str
) -> ExecuteInProcessResult:
    """Materialize one partition of an asset."""
    key = AssetKey(name.split("/"))
    return materialize(
        assets.assets_of(fleet),
        instance=instance,
        partition_key=partition,
        selection=[key],
        raise_on_error=False,
    )


def past_key(tenant: str, start: str) -> MultiPartitionKey:
    """Return the partition of a tenant's window by its first day."""
    return MultiPartitionKey({"tenant": tenant, "window": start})


def test_tenants_products_and_windows_are_a_grid(fleet: Fleet) -> None:
    graph = definitions_of(fleet).get_repository_def().asset_graph
    grid = {
        key.to_user_string(): graph.get(key).partitions_def.get_partition_keys()
        for key in graph.get_all_asset_keys()
    }
    assert grid == {
        "gravityzone/live": ["acme", "other"],
        "gravityzone/push": ["acme"],
        "cortex_xdr/live": ["acme", "third"],
        "cortex_xdr/past": ["acme|2026-01-01", "acme|2026-02-01", "acme|2026-03-01"],
        "analytics": ["eu"],
    }


def test_a_run_tells_rows_requests_and_how_far_it_read(
    fleet: Fleet, instance: DagsterInstance, meltano: StandIn
) -> None:
    def metric(name: str, value: float, **tags: str) -> dict[str, Any]:
        return {"event": "METRIC", "name": "tap-cortex-xdr", "timestamp": "2026-03-10T12:01:00Z",
                "metric_info": {"metric": name, "value": value, "tags": tags}}  # fmt: skip

    meltano.says(
        "third",
        metric("record_count", 20, stream="incidents"),
        metric("record_count", 5, stream="alerts"),
        metric("http_request_count", 3, endpoint="v1/incidents/get_incidents"),
        metric("read_until", NOON.timestamp(), stream="incidents"),
        metric("stream_status", 1, stream="alerts", status="skipped"),
    )
    result = run(fleet, instance, "cortex_xdr/live", "third")
    (event,) = result.asset_materializations_for_node("cortex_xdr__live")
    told = {name: value.value for name, value in event.metadata.items()}
    assert told["rows"] == 25
    assert told["rows by stream"] == {"incidents": 20, "alerts": 5}
    assert told["requests"] == 3
    assert told["skipped streams"] == ["alerts"]
    assert told["read until"] == {"incidents": "2026-03-10T12:00:00+00:00"}
    assert told["lag (s)"] == 60
    assert told["state id"] == "dev:tap-cortex-xdr-to-target-duckdb:third"


def test_a_window_has_a_state_of_its_own(
    fleet: Fleet, instance: DagsterInstance, meltano: StandIn
) -> None:
    assert run(fleet, instance, "cortex_xdr/past", past_key("acme", "2026-03-01")).success
    (call,) = meltano.calls()
    assert "--state-id-suffix=acme.2026-03-01.2026-03-10 " in call


def test_one_that_fails_is_tried_again_and_touches_no_other(
    fleet: Fleet, instance: DagsterInstance, meltano: StandIn
) -> None:
    meltano.says("acme", {"level": "error", "event": "out of order"}, status=1)
    failed = run(fleet, instance, "gravityzone/live", "acme")
    assert not failed.success
    assert len(meltano.calls("acme")) == 3
    data = failed.failure_data_for_node("gravityzone__live").user_failure_data
    assert data.description == "acme/gravityzone: out of order"
    assert run(fleet, instance, "gravityzone/live", "other").success


def test_one_that_recovers_is_done(
    fleet: Fleet, instance: DagsterInstance, meltano: StandIn
) -> None:
    flaky = STAND_IN.replace(
        "read status", 'test "$(grep -c . "$FOLDER/calls")" -lt 3 && exit 1\nread status'
    )
    (meltano.folder / "meltano").write_text(flaky)
    assert run(fleet, instance, "gravityzone/live", "other").success
    assert len(meltano.calls("other")) == 3


def test_a_dead_key_is_not_tried_again(
    fleet: Fleet, instance: DagsterInstance, meltano: StandIn
) -> None:
    error = {"level": "error", "event": "GravityZone does not accept the key (HTTP 401)."}
    meltano.says("acme", error, status=1)
    assert not run(fleet, instance, "gravityzone/live", "acme").success
    assert len(meltano.calls("acme")) == 1


def test_what_is_shipped_backs_off() -> None:
    policy = assets._RETRIES
    first, second = policy.calculate_delay(1), policy.calculate_delay(2)
    assert policy.max_retries >= 2
    assert 0 <= first <= 120
    assert second <= 240


def test_a_secret_that_is_missing_is_told(
    fleet: Fleet, instance: DagsterInstance, meltano: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KEY")
    failed = run(fleet, instance, "gravityzone/live", "acme")
    data = failed.failure_data_for_node("gravityzone__live").user_failure_data
    assert "TAP_GRAVITYZONE_API_KEY: the secret of env KEY is empty" in data.description
    assert not meltano.calls("acme")


def test_dbt_builds_in_the_warehouse_of_a_region(
    fleet: Fleet, instance: DagsterInstance, meltano: StandIn
) -> None:
    assert run(fleet, instance, "analytics", "eu").success
    (call,) = meltano.calls()
    assert "run --no-install dbt:build DBT_TARGET=duckdb" in call
    assert call.endswith(f"FILE={ROOT}/output/eu.duckdb")


def test_a_push_that_is_off_fails_its_look(
    fleet: Fleet, instance: DagsterInstance, meltano: StandIn
) -> None:
    meltano.says("acme", {"event": "on"})
    assert run(fleet, instance, "gravityzone/push", "acme").success
    meltano.says("acme", {"event": "off"}, status=1)
    assert not run(fleet, instance, "gravityzone/push", "acme").success
    assert all(
        "invoke --no-install gravityzone-receiver:status" in call for call in meltano.calls()
    )


def test_a_schedule_asks_for_tenants_whose_run_before_has_ended(
    fleet: Fleet, stored_instance: DagsterInstance
) -> None:
    repository = definitions_of(fleet).get_repository_def()
    schedule = repository.get_schedule_def("cortex_xdr_live_at_any_by_15_any_any_any_any")
    weekday = repository.get_schedule_def("gravityzone_live_at_0_6_any_any_1_to_5")

    def asked(schedule: Any) -> list[Any]:
        with build_schedule_context(stored_instance, NOON, repository_def=repository) as context:
            data = schedule.evaluate_tick(context)
            return [request.partition_key for request in data.run_requests]

    assert asked(schedule) == ["acme", "third"]
    assert asked(weekday) == ["other"]
    job = repository.get_job("cortex_xdr_live")
    waiting = stored_instance.create_run_for_job(
        job, tags={"dagster/partition": "acme"}, status=DagsterRunStatus.NOT_STARTED
    )
    assert asked(schedule) == ["third"]
    stored_instance.delete_run(waiting.run_id)
    assert asked(schedule) == ["acme", "third"]


def test_a_vendor_key_has_one_run_at_a_time(fleet: Fleet, instance: DagsterInstance) -> None:
    """By the limits that are shipped, on the tags that the coordinator gives."""
    shipped = yaml.safe_load((ROOT / "orchestrate" / "dagster" / "dagster.yaml").read_text())
    limits = shipped["run_coordinator"]["config"]["tag_concurrency_limits"]
    job = definitions_of(fleet).get_repository_def().get_job("cortex_xdr_live")

    def made(asset: str, partition: Any, status: DagsterRunStatus) -> Any:
        tags = {"dagster/partition": str(partition)}
        for name, value in getattr(partition, "keys_by_dimension", {}).items():
            tags[f"dagster/partition/{name}"] = value
        key = AssetKey(asset.split("/"))
        tags |= pool_tags(units_of_run(fleet, "", {key}, tags))
        return instance.create_run_for_job(job, tags=tags, status=status)

    at_work = made("gravityzone/live", "acme", DagsterRunStatus.STARTED)
    same_key = made("gravityzone/live", "other", DagsterRunStatus.NOT_STARTED)
    same_file = made(
        "cortex_xdr/past", past_key("acme", "2026-03-01"), DagsterRunStatus.NOT_STARTED
    )
    free = made("cortex_xdr/live", "third", DagsterRunStatus.NOT_STARTED)
    push = made("gravityzone/push", "acme", DagsterRunStatus.NOT_STARTED)
    counter = TagConcurrencyLimitsCounter(limits, [at_work])
    assert [counter.is_blocked(run) for run in (same_key, same_file, push, free)] == [
        True, True, True, False,
    ]  # fmt: skip
    assert same_file.tags["dagster/priority"] == "-1"
    assert "dagster/priority" not in same_key.tags
    past = TagConcurrencyLimitsCounter(limits, [same_file])
    assert past.is_blocked(made("cortex_xdr/live", "acme", DagsterRunStatus.NOT_STARTED))


@pytest.mark.parametrize("chosen", [None, {AssetKey(["cortex_xdr", "live"])}])
def test_the_coordinator_gives_every_run_its_pools(
    fleet: Fleet,
    stored_instance: DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
    chosen: set[AssetKey] | None,
) -> None:
    """Runs of a schedule name a job, those of a backfill name assets."""
    monkeypatch.setattr(coordinator, "read_fleet", lambda: fleet)
    repository = definitions_of(fleet).get_repository_def()
    job = repository.get_job("cortex_xdr_live" if chosen is None else "__ASSET_JOB")
    run = stored_instance.create_run_for_job(
        job,
        asset_selection=frozenset(chosen) if chosen else None,
        tags={"dagster/partition": "third"},
        status=DagsterRunStatus.STARTED,  # so that the queue itself leaves it alone
    )
    queue = coordinator.UnitRunCoordinator()
    queue.register_instance(stored_instance)
    done = queue.submit_run(SubmitRunContext(run, workspace=None))
    assert done.tags["edr/budget/cortex-xdr"] == "cortex-xdr third.example"
    assert done.tags["edr/file"] == f"file {ROOT}/output/third.duckdb"
