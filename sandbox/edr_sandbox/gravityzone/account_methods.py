"""The methods about the key and the companies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edr_sandbox.gravityzone import records
from edr_sandbox.gravityzone.calls import Call, Method, array_of
from edr_sandbox.gravityzone.checks import (
    NOT_AUTHORIZED,
    RpcError,
    hex_id,
    one_of,
    record,
    refuse,
)
from edr_sandbox.gravityzone.dates import ZULU

if TYPE_CHECKING:
    from edr_sandbox.gravityzone.records import Company


def company_in_reach(call: Call, name: str) -> Company:
    """Return the company that a parameter names, by default the key's own."""
    company_id = call.params.get(name, call.world.view.key_company.id)
    if company_id not in call.world.view.family():
        raise refuse(
            "Invalid params: the company does not exists or the user has not enough rights"
            " to access it"
        )
    return call.world.inventory.companies[company_id]


def _api_key_details(call: Call) -> dict[str, Any]:
    created = call.world.view.key_company.created
    return {
        "enabledApis": list(call.switches.enabled_apis),
        "createdAt": ZULU.write(created + 3600, naive=True),
    }


def _company_details(call: Call) -> dict[str, Any]:
    return call.world.view.company_details(company_in_reach(call, "companyId"))


def _companies_list(call: Call) -> object:
    if call.world.view.key_company.type != records.PARTNER:
        if call.switches.customer_companies_list == "empty":
            return array_of(call, [])
        raise RpcError(NOT_AUTHORIZED, "The user has not enough rights for this operation")
    parent = company_in_reach(call, "parentId")
    if parent.type != records.PARTNER:
        raise refuse("The value of 'parentId' should be the id of a partner.")
    kind, license_type = (
        call.option("filters", "companyType"),
        call.option("filters", "licenseType"),
    )
    found = [
        {"id": company.id, "name": company.name}
        for company in call.world.inventory.companies.values()
        if company.parent == parent.id
        and kind in {None, company.type}
        and license_type in {None, company.license_type}
    ]
    return array_of(call, found)


ROWS = (
    Method("general", "getApiKeyDetails", ("v1.0",), _api_key_details),
    Method(
        "companies",
        "getCompanyDetails",
        ("v1.0",),
        _company_details,
        {"companyId": hex_id},
        group="companies",
    ),
    Method(
        "network",
        "getCompaniesList",
        ("v1.0",),
        _companies_list,
        {
            "parentId": hex_id,
            "filters": record(companyType=one_of(0, 1), licenseType=one_of(1, 2, 3)),
        },
    ),
)
