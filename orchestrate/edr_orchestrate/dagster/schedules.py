"""When live runs and dbt start; the past starts when somebody asks for a backfill."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from dagster import (
    AssetSelection,
    DagsterRunStatus,
    DefaultScheduleStatus,
    RunRequest,
    RunsFilter,
    ScheduleDefinition,
    ScheduleEvaluationContext,
    SkipReason,
    define_asset_job,
    schedule,
)

from edr_orchestrate.dagster.fleet import Fleet
from edr_orchestrate.dagster.partitions import LIVE, asset_key, job_name, partition_of

_UNFINISHED = [
    DagsterRunStatus.NOT_STARTED,
    DagsterRunStatus.QUEUED,
    DagsterRunStatus.STARTING,
    DagsterRunStatus.STARTED,
    DagsterRunStatus.CANCELING,
]
_IN_NAMES = str.maketrans({" ": "_", "*": "any", "/": "_by_", ",": "_and_", "-": "_to_"})
Job = Any  # Dagster names no public type for jobs that are not resolved yet


def jobs_and_schedules(fleet: Fleet) -> tuple[list[Job], list[ScheduleDefinition]]:
    """Return a job for each product and for dbt, and a schedule for each of their times."""
    jobs, schedules = [], []
    for product in fleet.products:
        name = job_name(product, LIVE)
        job = define_asset_job(name, AssetSelection.assets(asset_key(product, LIVE)))
        jobs.append(job)
        times: defaultdict[str, list[str]] = defaultdict(list)
        for tenant, entry in fleet.of(product).items():
            if entry.schedule:
                times[entry.schedule].append(tenant)
        schedules += [_schedule(job, name, cron, tenants) for cron, tenants in times.items()]
    transforms: defaultdict[str, list[str]] = defaultdict(list)
    for name, region in fleet.tenants.regions.items():
        if region.transform:
            transforms[region.transform].append(name)
    if transforms:
        job = define_asset_job("analytics", AssetSelection.assets("analytics"))
        jobs.append(job)
        schedules += [
            _schedule(job, "analytics", cron, regions) for cron, regions in transforms.items()
        ]
    return jobs, schedules


def _schedule(job: Job, name: str, cron: str, partitions: Sequence[str]) -> ScheduleDefinition:

    @schedule(
        name=f"{name}_at_{cron.translate(_IN_NAMES)}",
        job=job,
        cron_schedule=cron,
        default_status=DefaultScheduleStatus.RUNNING,
        description=f"{len(partitions)} partitions of {name}, at {cron} UTC.",
    )
    def requests(context: ScheduleEvaluationContext) -> Iterator[RunRequest | SkipReason]:
        busy = _unfinished(context, name).intersection(partitions)
        late = f"Still at work or in the queue: {', '.join(sorted(busy))}"
        if busy:
            context.log.warning(late)
        if busy.issuperset(partitions):
            yield SkipReason(late)
        due = context.scheduled_execution_time.isoformat()
        for each in partitions:
            if each not in busy:
                yield RunRequest(f"{each} {due}", partition_key=each)

    return requests


def _unfinished(context: ScheduleEvaluationContext, job: str) -> set[str]:
    """Return the partitions whose run before has not ended: another would only wait behind it."""
    runs = context.instance.get_runs(RunsFilter(job_name=job, statuses=_UNFINISHED))
    return {partition_of(run.tags) for run in runs}
