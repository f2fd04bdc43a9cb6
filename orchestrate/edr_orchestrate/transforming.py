"""How dbt builds the analysts' tables of a region, whichever engine starts it."""

from __future__ import annotations

import os

from edr_orchestrate.folders import system_folder
from edr_orchestrate.project import Project
from edr_orchestrate.tenants import Tenants
from edr_orchestrate.units import warehouse_variables


def dbt_build(tenants: Tenants, project: Project, region: str) -> tuple[list[str], dict[str, str]]:
    """Return the arguments of ``meltano`` that build a region's tables, and the whole environment.

    Raises :class:`OrchestrationError` when a secret cannot be fetched, or a folder not be written.
    """
    arguments = [f"--environment={tenants.environment}", "run", "--no-install", "dbt:build"]
    variables = {
        **os.environ,
        "DBT_TARGET": tenants.regions[region].loader.removeprefix("target-"),
        **warehouse_variables(tenants, project, region),
        "MELTANO_SYS_DIR_ROOT": str(system_folder(project, "analytics", region)),
    }
    return arguments, variables
