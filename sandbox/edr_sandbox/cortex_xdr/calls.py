"""The call table: one row a call. More calls come as more rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edr_sandbox.cortex_xdr import details, lists, xql
from edr_sandbox.cortex_xdr.call import Call
from edr_sandbox.cortex_xdr.listing import listing
from edr_sandbox.cortex_xdr.more_calls import MORE_CALLS
from edr_sandbox.cortex_xdr.replies import invalid

if TYPE_CHECKING:
    from edr_sandbox.cortex_xdr.context import Context
    from edr_sandbox.cortex_xdr.query import ListSpec

Data = dict[str, Any]


def _list(spec: ListSpec, missing: str = "") -> Call:
    return Call(
        lambda context, data: {"reply": listing(context.world, context.switches, spec, data)},
        missing=missing,
    )


def _nothing(data: Data) -> None:
    """Refuse parameters of a call that takes none; an empty list of filters is no filter."""
    for name, value in data.items():
        if name != "filters" or value != []:
            raise invalid(f"{name} is not a valid parameter", name, given=value)


def _light_endpoints(context: Context, data: Data) -> object:
    _nothing(data)
    world = context.world
    return {"reply": [world.emitted("endpoints", key, "light") for key in world.keys("endpoints")]}


def _api_keys(context: Context, data: Data) -> object:
    _nothing(data)
    own: Data = {
        "id": int(context.api_key_id),
        "creation_time": context.world.now() - 10**10,
        "created_by": "operator1@corp.example",
        "roles": ["Viewer"],
        "comment": "",
        "security_level": context.level,
        "expiration": context.world.key_expiration,
    }
    keys = [{**own, "id": own["id"] + 1, "expiration": None, "comment": "another key"}, own]
    return {"reply": keys if context.switches.api_keys_shape == "list" else {"data": keys}}


CALLS: dict[str, Call] = {
    "v1/incidents/get_incidents": _list(lists.INCIDENTS, "incidents_missing"),
    "v1/incidents/get_incident_extra_data": Call(details.incident_details, slow=True),
    "v1/alerts/get_alerts": _list(lists.ALERTS_V1, "v1_missing"),
    "v1/alerts/get_alerts_multi_events": _list(lists.ALERTS_V1_MULTI, "v1_multi_missing"),
    "v2/alerts/get_alerts_multi_events": _list(lists.ALERTS_V2, "v2_missing"),
    "v1/endpoints/get_endpoint": _list(lists.ENDPOINTS),
    "v1/endpoints/get_endpoints": Call(_light_endpoints, bare=True),
    "v1/audits/management_logs": _list(lists.AUDITS),
    "v1/api_keys/get_api_keys": Call(_api_keys, bare=True),
    "v1/xql/start_xql_query": Call(xql.start),
    "v1/xql/get_query_results": Call(xql.results),
    "v1/xql/get_query_results_stream": Call(xql.stream),
    "v1/xql/get_quota": Call(xql.quota),
    "v1/healthcheck": Call(lambda _context, _data: {"status": "Healthy"}, "GET"),
    **MORE_CALLS,
}
