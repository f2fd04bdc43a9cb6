"""The methods about licences and monthly usage."""

from __future__ import annotations

import re
from typing import Any

from edr_sandbox.gravityzone.calls import Call, Method
from edr_sandbox.gravityzone.checks import NOT_AUTHORIZED, RpcError, boolean, hex_id, refuse
from edr_sandbox.gravityzone.listing import PAGING, named_company, page_of_table
from edr_sandbox.gravityzone.make_licences import MONTHLY, USAGES
from edr_sandbox.gravityzone.populate import months_until
from edr_sandbox.gravityzone.tables import Row

_MONTH = re.compile(r"(0[1-9]|1[0-2])/20\d\d")


def _month(name: str, value: object) -> str:
    if not isinstance(value, str) or not _MONTH.fullmatch(value):
        raise refuse(f"The value of '{name}' should be a month as mm/yyyy.")
    return value


def _license_info(call: Call) -> object:
    """Return the first product of a company, or a page of all, or all of them as a list."""
    rows = call.world.tables.of_company("licenses", named_company(call).id)
    if call.params.get("returnAllProducts"):
        page = page_of_table(call, "licenses", rows)
        return page["items"] if call.switches.products_as_list else page
    if not rows:
        raise RpcError(
            NOT_AUTHORIZED, "The company does not have a valid license for this operation"
        )
    return call.world.view.table_item("licenses", rows[0])


def _of_month(call: Call, table: str) -> list[Row]:
    """Return the rows of a month, the current one unless named; refuse other licences."""
    company = named_company(call)
    if company.license_type != MONTHLY:
        raise RpcError(
            call.switches.no_monthly_licence_code,
            "The company does not have a monthly license subscription",
        )
    month = call.params.get("targetMonth") or months_until(call.world.built)[0]
    rows = call.world.tables.of_company(table, company.id)
    return [row for row in rows if row.values["_month"] == month]


def _monthly_usage(call: Call) -> dict[str, Any]:
    """Return the usage of a month; nothing but zeros for one that nothing is known of."""
    found = _of_month(call, "monthly_usage")
    if not found:
        return dict.fromkeys(USAGES, 0)
    return call.world.view.table_item("monthly_usage", found[0])


def _usage_per_product_type(call: Call) -> dict[str, Any]:
    table = "monthly_usage_per_product_type"
    found = _of_month(call, table)
    return {"usages": [call.world.view.table_item(table, row) for row in found]}


_USAGE = {"targetMonth": _month, "companyId": hex_id}

ROWS = (
    Method(
        "licensing",
        "getLicenseInfo",
        ("v1.0",),
        _license_info,
        {**PAGING, "companyId": hex_id, "returnAllProducts": boolean},
        group="companies",
    ),
    Method("licensing", "getMonthlyUsage", ("v1.0",), _monthly_usage, _USAGE, group="companies"),
    Method(
        "licensing",
        "getMonthlyUsagePerProductType",
        ("v1.0",),
        _usage_per_product_type,
        _USAGE,
        required=("targetMonth",),
        group="companies",
    ),
)
