"""The methods about patches and maintenance windows.

The reference does not know the members of their rows: those of patches are invented, windows have
an id, a name and a type.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edr_sandbox.gravityzone import records
from edr_sandbox.gravityzone.account_methods import company_in_reach
from edr_sandbox.gravityzone.calls import Call, Method
from edr_sandbox.gravityzone.checks import hex_id, integer, one_of, record, refuse, some_of
from edr_sandbox.gravityzone.listing import (
    PAGING,
    equal,
    kept,
    page_of_table,
    rows_of_company,
    vanished,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from edr_sandbox.gravityzone.tables import Row


def _patches(table: str) -> Callable[[Call], dict[str, Any]]:
    def answer(call: Call) -> dict[str, Any]:
        rows = kept(
            call,
            _patches_in_scope(call, table),
            equal(call, "type", "filters", "type"),
            equal(call, "severity", "filters", "severity"),
        )
        return page_of_table(call, table, rows)

    return answer


def _patches_in_scope(call: Call, table: str) -> list[Row]:
    if ("companyId" in call.params) == ("endpointsIds" in call.params):
        raise refuse("Either 'endpointsIds' or 'companyId' should be given.")
    world = call.world
    if "companyId" in call.params:
        if world.view.key_company.type != records.PARTNER:
            raise refuse("Unexpected parameter 'companyId'.")
        return world.tables.of_company(table, company_in_reach(call, "companyId").id)
    wanted, reach = set(call.params["endpointsIds"]), world.view.family()
    for endpoint_id in wanted:
        endpoint = world.inventory.endpoints.get(endpoint_id)
        if endpoint is None or endpoint.company not in reach:
            raise vanished(call, "endpoint")
    rows = world.tables.table(table).values()
    return [row for row in rows if row.values["endpointId"] in wanted]


def _hex_ids(name: str, value: object) -> list[str]:
    return [hex_id(name, one) for one in some_of()(name, value)]


def _windows(call: Call) -> dict[str, Any]:
    rows = kept(call, rows_of_company(call, "maintenance_windows"), equal(call, "type"))
    return page_of_table(call, "maintenance_windows", rows)


def _patch_method(name: str, table: str) -> Method:
    return Method(
        "patchManagement",
        name,
        ("v1.0",),
        _patches(table),
        {
            **PAGING,
            "endpointsIds": _hex_ids,
            "companyId": hex_id,
            "filters": record(type=integer(0, 2), severity=integer(0, 5)),
        },
    )


ROWS = (
    _patch_method("getMissingPatches", "missing_patches"),
    _patch_method("getInstalledPatches", "installed_patches"),
    Method(
        "maintenanceWindows",
        "getMaintenanceWindowsList",
        ("v1.0",),
        _windows,
        {**PAGING, "companyId": hex_id, "type": one_of(0)},
    ),
)
