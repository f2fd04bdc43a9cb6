"""Runs wait for their vendor key: its request budget holds across all workers.

A pool of Dagster belongs to an operation, and a key to a tenant. So each run, whoever asked for it,
gets its pools as tags here, and ``dagster.yaml`` lets one run at a time have each value.
"""

from __future__ import annotations

from dagster import DagsterRun
from dagster._core.run_coordinator import QueuedRunCoordinator, SubmitRunContext
from typing_extensions import override

from edr_orchestrate.dagster.fleet import read_fleet
from edr_orchestrate.dagster.partitions import units_of_run
from edr_orchestrate.units import Unit

# The names of tags; each is limited in dagster.yaml.
BUDGET, FILE = "edr/budget", "edr/file"
_PRIORITY = "dagster/priority"


def pool_tags(units: list[Unit]) -> dict[str, str]:
    """Return the tags of a run: what it may have alone, and that live runs go first.

    A run of both products of a tenant has a budget of each, so the product is in the tag's name.
    """
    tags = {}
    for unit in units:
        budget, *files = unit.pools
        tags[f"{BUDGET}/{unit.product}"] = budget
        for file in files:
            tags[FILE] = file
    if units and all(unit.window for unit in units):
        tags[_PRIORITY] = "-1"
    return tags


class UnitRunCoordinator(QueuedRunCoordinator):
    """Dagster's queue, in which every run carries the pools of its unit."""

    @override
    def submit_run(self, context: SubmitRunContext) -> DagsterRun:
        run = context.dagster_run
        chosen = run.asset_selection or frozenset()
        units = units_of_run(read_fleet(), run.job_name, chosen, run.tags)
        if tags := pool_tags(units):
            self._instance.add_run_tags(run.run_id, tags)
        return super().submit_run(context)
