"""The table of methods: to add one, write its answer and add a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edr_sandbox.gravityzone import (
    account_methods,
    estate_methods,
    group_methods,
    incident_methods,
    licensing_methods,
    network_methods,
    phasr_methods,
    push_methods,
    quarantine_methods,
    rule_methods,
    task_methods,
    upkeep_methods,
)

if TYPE_CHECKING:
    from edr_sandbox.gravityzone.calls import Method

ROWS: tuple[Method, ...] = (
    *account_methods.ROWS,
    *estate_methods.ROWS,
    *group_methods.ROWS,
    *incident_methods.ROWS,
    *licensing_methods.ROWS,
    *network_methods.ROWS,
    *phasr_methods.ROWS,
    *push_methods.ROWS,
    *quarantine_methods.ROWS,
    *rule_methods.ROWS,
    *task_methods.ROWS,
    *upkeep_methods.ROWS,
)
# By service, name and version.
TABLE = {(row.service, row.name, version): row for row in ROWS for version in row.versions}
# Services that exist, whether or not any of their methods is simulated.
SERVICES = frozenset(
    [
        "accounts",
        "companies",
        "general",
        "incidents",
        "integrations",
        "licensing",
        "maintenanceWindows",
        "network",
        "packages",
        "patchManagement",
        "phasr",
        "policies",
        "push",
        "quarantine/computers",
        "quarantine/exchange",
        "reports",
        "network/computers",
        "network/virtualmachines",
        "policies/computers",
        "policies/virtualmachines",
        "reports/computers",
        "reports/virtualmachines",
    ]
)
