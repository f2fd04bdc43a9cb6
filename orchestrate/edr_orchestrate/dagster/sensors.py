"""What Dagster watches: runs that fail, tenants that lag, and the push that GravityZone stops."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from dagster import (
    AssetRecordsFilter,
    AssetSelection,
    DagsterInstance,
    DefaultSensorStatus,
    RunFailureSensorContext,
    RunRequest,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    define_asset_job,
    run_failure_sensor,
    sensor,
)

from edr_orchestrate.alerting import alert
from edr_orchestrate.dagster.fleet import Fleet
from edr_orchestrate.dagster.partitions import LIVE, PUSH, asset_key, job_name, partition_of
from edr_orchestrate.dagster.schedules import Job
from edr_orchestrate.lag import Watch, read_watch, write_watch

_LIMIT_MINUTES = 120  # of a unit with a schedule that says nothing else
_EVENTS_A_LOOK = 1000


@run_failure_sensor(name="failures", default_status=DefaultSensorStatus.RUNNING)
def failure_sensor(context: RunFailureSensorContext) -> None:
    """Tell of each run that failed, with the reason of its step."""
    run = context.dagster_run
    failed = [event.step_failure_data for event in context.get_step_failure_events()]
    given = [data.user_failure_data.description for data in failed if data.user_failure_data]
    reasons = [*filter(None, given), *(data.error.message for data in failed if data.error)]
    reason = (reasons or [context.failure_event.message or "no reason is known"])[0].strip()
    alert(f"{run.job_name} {partition_of(run.tags)} failed: {reason} (run {run.run_id})")


def lag_sensor(fleet: Fleet) -> SensorDefinition:
    """Return the sensor that tells which live units are behind."""
    limits = {
        f"{tenant}/{product}": timedelta(minutes=entry.alert_lag_minutes or _LIMIT_MINUTES)
        for tenant, product, entry in fleet.tenants.entries()
        if entry.schedule
    }

    @sensor(
        name="lag",
        minimum_interval_seconds=300,
        default_status=DefaultSensorStatus.RUNNING,
        description="Tells of tenants whose last complete live run is too long ago.",
    )
    def lag(context: SensorEvaluationContext) -> SensorResult:
        watch = read_watch(context.cursor)
        for product in fleet.products:
            _follow(context.instance, product, watch)
        for text in watch.look(limits, datetime.now(UTC)):
            context.log.warning(text)
            alert(text)
        return SensorResult(cursor=write_watch(watch))

    return lag


def push_sensor(fleet: Fleet) -> tuple[Job, SensorDefinition] | None:
    """Return the sensor that has every tenant's push looked at, and its job; None without any.

    GravityZone switches a push off whose receiver fails for long, and tells nobody. The look is a
    run of its own, since it draws on the key's budget; when nothing is pushed, the run fails.
    """
    having = fleet.pushed()
    if not having:
        return None
    name, key = job_name("gravityzone", PUSH), asset_key("gravityzone", PUSH)
    job = define_asset_job(name, AssetSelection.assets(key))

    @sensor(
        name="push",
        job=job,
        minimum_interval_seconds=3600,
        default_status=DefaultSensorStatus.RUNNING,
        description="Has a run look at each tenant's push, which fails when it is off.",
    )
    def push(_: SensorEvaluationContext) -> Iterator[RunRequest]:
        yield from (RunRequest(partition_key=tenant) for tenant in having)

    return job, push


def _follow(instance: DagsterInstance, product: str, watch: Watch) -> None:
    """Put down the live runs of a product that ended well since the last look."""
    while True:
        wanted = AssetRecordsFilter(
            asset_key(product, LIVE), after_storage_id=watch.after.get(product)
        )
        records = instance.fetch_materializations(wanted, _EVENTS_A_LOOK, ascending=True).records
        for record in records:
            ended = datetime.fromtimestamp(record.timestamp, UTC)
            watch.since[f"{record.partition_key}/{product}"] = ended
            watch.after[product] = record.storage_id
        if len(records) < _EVENTS_A_LOOK:
            return
