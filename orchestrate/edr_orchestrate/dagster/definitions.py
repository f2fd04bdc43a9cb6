"""All of the deployment, as ``dagster dev -m edr_orchestrate.dagster.definitions`` loads it."""

from __future__ import annotations

from dagster import Definitions, definitions, in_process_executor

from edr_orchestrate.dagster.assets import assets_of
from edr_orchestrate.dagster.fleet import Fleet, read_fleet
from edr_orchestrate.dagster.schedules import jobs_and_schedules
from edr_orchestrate.dagster.sensors import failure_sensor, lag_sensor, push_sensor


def definitions_of(fleet: Fleet) -> Definitions:
    """Return assets, jobs, schedules and sensors of a fleet."""
    jobs, schedules = jobs_and_schedules(fleet)
    push = push_sensor(fleet)
    return Definitions(
        assets=assets_of(fleet),
        jobs=[*jobs, *([push[0]] if push else [])],
        schedules=schedules,
        # A run is one unit, so a process of its own for the step would only start Python once more.
        executor=in_process_executor,
        sensors=[failure_sensor, lag_sensor(fleet), *([push[1]] if push else [])],
    )


@definitions
def fleet() -> Definitions:
    """Return the definitions of the tenants file; Dagster calls it when it loads the location."""
    return definitions_of(read_fleet())
