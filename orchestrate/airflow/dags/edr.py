"""All tenants in Airflow: live units on their schedules, windows of the past when asked for, dbt.

Airflow reads this file again and again, so a new tenant is there as soon as the tenants file has
it. ``EDR_ORCHESTRATE_PROJECT`` names the Meltano project, ``EDR_ORCHESTRATE_TENANTS`` the tenants
file, ``EDR_ORCHESTRATE_MELTANO`` the command of Meltano's own environment.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import DAG, BaseOperator
from airflow.sdk.exceptions import AirflowException, AirflowFailException
from edr_orchestrate import commands
from edr_orchestrate.errors import OrchestrationError
from edr_orchestrate.groups import group_name, groups
from edr_orchestrate.project import Project, places, read_project
from edr_orchestrate.running import Runner
from edr_orchestrate.tenants import Tenants, read_tenants
from edr_orchestrate.transforming import dbt_build
from edr_orchestrate.units import Unit, backfill_units, live_units, named_units, schedule_of
from typing_extensions import override

_SINCE = datetime(2026, 1, 1, tzinfo=UTC)
# A refused request is repeated by the tap itself; this is for what outlasts its patience.
_TASKS = {
    "retries": 3,
    "retry_delay": timedelta(minutes=1),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=30),
}


def read() -> tuple[Tenants, Project]:
    """Read the tenants file and the project; what is wrong with them is an import error."""
    root, file = places()
    project = read_project(root)
    return read_tenants(file, project), project


class UnitOperator(BaseOperator):
    """Runs one unit; its XCom says what was read."""

    template_fields = ("unit",)

    def __init__(self, *, unit: str, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.unit = unit
        self._runner: Runner | None = None

    @override
    def execute(self, context: Any) -> dict[str, Any]:
        tenants, project = read()
        (unit,) = named_units(tenants, project, [self.unit])
        self._runner = Runner(project, lambda line: self.log.info("%s", line.rstrip()))
        try:
            result = self._runner.run(unit)
        except OrchestrationError as error:
            raise AirflowException(f"{unit.name}: {error}") from None
        if not result.succeeded:
            failure = AirflowFailException if result.metrics.key_refused else AirflowException
            raise failure(f"{unit.name}: {result.reason}")
        return {
            "rows": result.metrics.rows,
            "requests": result.metrics.requests,
            "skipped": list(result.metrics.skipped),
            "state id": unit.state_id,
        }

    @override
    def on_kill(self) -> None:
        if self._runner is not None:
            self._runner.stop()


class TransformOperator(BaseOperator):
    """Has dbt build the analysts' tables of a region."""

    def __init__(self, *, region: str, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.region = region

    @override
    def execute(self, context: Any) -> None:
        tenants, project = read()
        status = commands.run(project, *dbt_build(tenants, project, self.region), self.log.info)
        if status:
            raise AirflowException(f"dbt:build ended with status {status}")


def units_of(tasks: Iterable[Unit], pools: dict[str, str]) -> None:
    """Make a mapped task for each pool; its units are told apart in the grid by their names."""
    by_pool: dict[str, list[Unit]] = {}
    for unit in tasks:
        by_pool.setdefault(pools[unit.pools[0]], []).append(unit)
    for pool, units in by_pool.items():
        UnitOperator.partial(
            task_id=f"{units[0].tenant}.{units[0].product}",
            pool=pool,
            map_index_template="{{ task.unit }}",
        ).expand(unit=[unit.name for unit in units])


def dags() -> Iterable[DAG]:
    """Return a DAG for each schedule, one for the past, and one for dbt in each region."""
    tenants, project = read()
    live = live_units(tenants, project)
    pools = {
        pool: group_name(group) for group in groups(live) for unit in group for pool in unit.pools
    }
    common: dict[str, Any] = {
        "start_date": _SINCE, "catchup": False, "max_active_runs": 1, "default_args": _TASKS,
        "tags": ["edr"],
    }  # fmt: skip
    for schedule in dict.fromkeys(schedule_of(tenants, unit) for unit in live):
        name = _slug(schedule) if schedule else "on_demand"
        with DAG(f"edr_live_{name}", schedule=schedule, **common) as dag:
            units_of((unit for unit in live if schedule_of(tenants, unit) == schedule), pools)
        yield dag
    with DAG("edr_past", schedule=None, **common) as dag:
        units_of(backfill_units(tenants, project), pools)
    yield dag
    for region, entry in tenants.regions.items():
        if entry.transform:
            with DAG(f"edr_transform_{region}", schedule=entry.transform, **common) as dag:
                TransformOperator(task_id="dbt_build", region=region)
            yield dag


def _slug(schedule: str) -> str:
    """Return a cron expression as a name; different ones have different names."""
    return schedule.translate(str.maketrans("*/ ,", "x-_."))


globals().update({dag.dag_id: dag for dag in dags()})
