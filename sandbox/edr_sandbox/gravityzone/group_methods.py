"""The methods about custom groups and about one managed endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edr_sandbox.gravityzone.calls import Call, Method, array_of
from edr_sandbox.gravityzone.checks import boolean, hex_id, record, refuse
from edr_sandbox.gravityzone.listing import vanished

if TYPE_CHECKING:
    from edr_sandbox.gravityzone.records import Group


def _custom_groups(call: Call) -> object:
    """List one level: without a parent, that of the key's company.

    The reference does not tell whether that level is "Computers and Groups" itself or what is
    directly in it, nor whether a company is taken as a parent: both have a switch.
    """
    tree, switches = call.world.inventory, call.switches
    parent = str(call.params.get("parentId", call.world.view.key_company.id))
    if parent in tree.companies:
        if "parentId" in call.params and switches.company_is_no_group:
            raise refuse("Invalid params: the parent should be a group")
        if switches.groups_start_below_top:
            parent = tree.companies[parent].group
    _refuse_out_of_reach(call, parent)
    return array_of(call, [_group(one) for one in tree.groups.values() if one.parent == parent])


def _refuse_out_of_reach(call: Call, parent: str) -> None:
    tree = call.world.inventory
    holder = tree.companies.get(parent) or tree.groups.get(parent)
    if holder is None or tree.company_of(holder) not in call.world.view.family():
        raise refuse("Invalid params: the parent does not exists or the user has not enough rights")


def _group(group: Group) -> dict[str, Any]:
    return {"id": group.id, "name": group.name}


def _managed_endpoint_details(call: Call) -> dict[str, Any]:
    endpoint = call.world.inventory.endpoints.get(call.params["endpointId"])
    reach = call.world.view.family()
    if endpoint is None or not endpoint.managed or endpoint.company not in reach:
        raise vanished(call, "endpoint")
    return call.world.view.managed_endpoint(endpoint, call.params.get("options"))


ROWS = (
    Method("network", "getCustomGroupsList", ("v1.0",), _custom_groups, {"parentId": hex_id}),
    Method(
        "network",
        "getManagedEndpointDetails",
        ("v1.0",),
        _managed_endpoint_details,
        {
            "endpointId": hex_id,
            "options": record(
                includeScanLogs=boolean,
                returnProductOutdated=boolean,
                includeLastLoggedUsers=boolean,
            ),
        },
        required=("endpointId",),
    ),
)
