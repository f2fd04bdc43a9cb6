"""``edr-orchestrate render``: the tenants file as other engines want to have it."""

from __future__ import annotations

import argparse
import json

from edr_orchestrate import kubernetes
from edr_orchestrate.groups import group_name, groups
from edr_orchestrate.project import Project
from edr_orchestrate.tenants import Tenants
from edr_orchestrate.units import backfill_units, live_units


def add_commands(parser: argparse.ArgumentParser) -> None:
    """Add a command for each engine."""
    engines = parser.add_subparsers(required=True, metavar="ENGINE")
    cluster = engines.add_parser("kubernetes", help="a CronJob for each request budget, as YAML")
    cluster.add_argument("--image", required=True, help="deploy/project's, as a registry names it")
    cluster.add_argument("--backfill", action="store_true", help="Jobs for windows of the past")
    cluster.set_defaults(command=_kubernetes)
    pools = engines.add_parser("airflow-pools", help="a pool for each request budget, as JSON")
    pools.set_defaults(command=_airflow_pools)


def _kubernetes(project: Project, tenants: Tenants, given: argparse.Namespace) -> int:
    units = (backfill_units if given.backfill else live_units)(tenants, project)
    print(kubernetes.render(tenants, units, given.tenants, given.image), end="")  # noqa: T201 (the answer)
    return 0


def _airflow_pools(project: Project, tenants: Tenants, _: argparse.Namespace) -> int:
    pools = {
        group_name(group): {
            "slots": 1,
            "description": ", ".join(unit.name for unit in group),
            "include_deferred": False,
        }
        for group in groups(live_units(tenants, project))
    }
    print(json.dumps(pools, indent=2))  # noqa: T201 (the answer)
    return 0
