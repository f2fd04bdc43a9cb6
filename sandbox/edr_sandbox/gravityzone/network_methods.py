"""The methods about the network tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edr_sandbox.gravityzone.calls import Call, Method, newer_page_of, page_of
from edr_sandbox.gravityzone.checks import (
    Check,
    boolean,
    hex_id,
    integer,
    record,
    refuse,
    some_of,
    text,
)
from edr_sandbox.gravityzone.records import Company, Endpoint, Group

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edr_sandbox.gravityzone.inventory import Item

_MANAGEMENT_FLAGS = {
    "managedWithBest": "managedWithBest",
    "managedExchangeServers": "managedExchangeServer",
    "managedRelays": "managedRelay",
    "securityServers": "securityServer",
}
_COMMON_FILTERS: dict[str, Check] = {
    "security": record(management=record(**dict.fromkeys(_MANAGEMENT_FLAGS, boolean))),
    "depth": record(allItemsRecursively=boolean),
    "details": record(name=text, macs=some_of(), ssid=text),
}
_TYPES = ("companies", "companyFolders", "groups", "computers", "virtualMachines")
_ENDPOINT_OPTIONS = record(returnProductOutdated=boolean, includeScanLogs=boolean)


def _kind(item: Item) -> str:
    if isinstance(item, Company):
        return "companies"
    if isinstance(item, Group):
        return "groups"
    return "virtualMachines" if item.machine_type == 2 else "computers"


def _container(call: Call) -> str:
    """Return the id of the container that is asked for, by default the key's company."""
    tree, view = call.world.inventory, call.world.view
    parent = str(call.params.get("parentId", view.key_company.id))
    item = tree.items.get(parent)
    if item is None or isinstance(item, Endpoint) or tree.company_of(item) not in view.family():
        raise refuse("Invalid params: the parent does not exists or the user has not enough rights")
    return parent


def _items(call: Call, parent: str) -> list[Item]:
    deep = bool(call.option("filters", "depth", "allItemsRecursively"))
    across = call.switches.recursion_spans_companies
    found = call.world.inventory.below(parent, recursive=deep, across=across)
    if call.switches.filters_ignored:
        return found
    return [item for item in found if _passes(call, item)]


def _passes(call: Call, item: Item) -> bool:
    name = call.option("filters", "details", "name")
    if isinstance(name, str):
        whole, part = item.name.lower(), name.lower()
        if part[1:] not in whole if part.startswith("*") else not whole.startswith(part):
            return False
    managed = call.option("isManaged")
    flags = call.option("filters", "security", "management") or {}
    macs, ssid = (
        call.option("filters", "details", "macs"),
        call.option("filters", "details", "ssid"),
    )
    if not isinstance(item, Endpoint):
        return managed is None and not flags and macs is None and ssid is None
    if managed is not None and managed != item.managed:
        return False
    if isinstance(flags, dict):
        wanted = {_MANAGEMENT_FLAGS[flag] for flag, on in flags.items() if on}
        if wanted and not wanted & item.flags:
            return False
    if isinstance(macs, list) and not set(macs) & set(item.macs):
        return False
    return ssid in {None, item.ssid}


def _shaped(call: Call) -> Callable[..., dict[str, Any]]:
    return page_of if call.version == "v1.0" else newer_page_of


def _inventory_items(call: Call) -> dict[str, Any]:
    kinds = call.option("filters", "type")
    wanted = {kind for kind, on in kinds.items() if on} if isinstance(kinds, dict) else set()
    items: Sequence[Item] = _items(call, _container(call))
    if wanted and not call.switches.filters_ignored:
        items = [item for item in items if _kind(item) in wanted]
    options = call.params.get("options")
    return _shaped(call)(
        call, items, lambda item: call.world.view.inventory_item(item, options), 30
    )


def _endpoints_list(call: Call) -> dict[str, Any]:
    parent = _container(call)
    company = call.world.inventory.companies.get(parent)
    if company is not None and not call.option("filters", "depth", "allItemsRecursively"):
        parent = company.group
    endpoints = [item for item in _items(call, parent) if isinstance(item, Endpoint)]
    options = call.params.get("options")
    return _shaped(call)(
        call, endpoints, lambda one: call.world.view.endpoint_item(one, options), 30
    )


def _rows(version: str, most: int) -> tuple[Method, ...]:
    common: dict[str, Check] = {
        "parentId": hex_id,
        "isManaged": boolean,
        "page": integer(1),
        "perPage": integer(1, most),
    }
    types = record(**dict.fromkeys(_TYPES, boolean))
    products = record(returnAllProducts=boolean)
    return (
        Method(
            "network",
            "getEndpointsList",
            (version,),
            _endpoints_list,
            {
                **common,
                "filters": record(**_COMMON_FILTERS),
                "options": record(endpoints=_ENDPOINT_OPTIONS),
            },
        ),
        Method(
            "network",
            "getNetworkInventoryItems",
            (version,),
            _inventory_items,
            {
                **common,
                "filters": record(type=types, **_COMMON_FILTERS),
                "options": record(companies=products, endpoints=_ENDPOINT_OPTIONS),
            },
            group="companies",
        ),
    )


ROWS = (*_rows("v1.0", 100), *_rows("v1.1", 1000))
