"""The methods about accounts, policies, packages and report definitions."""

from __future__ import annotations

from typing import Any

from edr_sandbox.gravityzone.calls import Call, Method, array_of
from edr_sandbox.gravityzone.checks import hex_id, integer, text
from edr_sandbox.gravityzone.listing import (
    PAGING,
    equal,
    kept,
    named_company,
    page_of_table,
    row_in_reach,
    rows_in_reach,
)

_INSTANT = 1  # the occurrence of reports that are never listed


def _accounts_list(call: Call) -> dict[str, Any]:
    """List accounts; the one that owns the key is in no table, for it is never listed."""
    return page_of_table(call, "accounts", rows_in_reach(call, "accounts"))


def _policies_list(call: Call) -> dict[str, Any]:
    return page_of_table(call, "policies", rows_in_reach(call, "policies"))


def _policy_details(call: Call) -> dict[str, Any]:
    row = row_in_reach(call, "policies", call.params["policyId"])
    details = call.world.view.table_details("policies", row)
    for name in ("companyId", "companyName"):
        details.pop(name, None)
    return details


def _packages_list(call: Call) -> dict[str, Any]:
    return page_of_table(call, "packages", rows_in_reach(call, "packages"))


def _package_details(call: Call) -> dict[str, Any]:
    """Return a package; unlike in the list there is no id, and the name is ``packageName``."""
    row = row_in_reach(call, "packages", call.params["packageId"])
    details = call.world.view.table_details("packages", row)
    name = details.pop("name", None)
    del details["id"], details["type"]
    return {"packageName": name, **details}


def _installation_links(call: Call) -> object:
    company, wanted = named_company(call), call.params.get("packageName")
    rows = call.world.tables.of_company("packages", company.id)
    found = [row for row in rows if wanted in {None, row.values["name"]}]
    return array_of(call, [call.world.view.installation_links(row) for row in found])


def _reports_list(call: Call) -> dict[str, Any]:
    rows = [
        row for row in rows_in_reach(call, "reports") if row.values.get("occurrence") != _INSTANT
    ]
    return page_of_table(
        call, "reports", kept(call, rows, equal(call, "name"), equal(call, "type"))
    )


ROWS = (
    Method("accounts", "getAccountsList", ("v1.0",), _accounts_list, PAGING),
    Method("policies", "getPoliciesList", ("v1.0",), _policies_list, PAGING),
    Method(
        "policies",
        "getPolicyDetails",
        ("v1.0", "v1.1"),
        _policy_details,
        {"policyId": hex_id},
        required=("policyId",),
    ),
    Method("packages", "getPackagesList", ("v1.0",), _packages_list, PAGING),
    Method(
        "packages",
        "getPackageDetails",
        ("v1.0",),
        _package_details,
        {"packageId": hex_id},
        required=("packageId",),
    ),
    Method(
        "packages",
        "getInstallationLinks",
        ("v1.0",),
        _installation_links,
        {"packageName": text, "companyId": hex_id},
    ),
    Method(
        "reports",
        "getReportsList",
        ("v1.0",),
        _reports_list,
        {**PAGING, "name": text, "type": integer(1, 39)},
    ),
)
