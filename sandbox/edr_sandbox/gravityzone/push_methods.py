"""The methods of the push service: its settings, its counters and its test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edr_sandbox.gravityzone.calls import Call, Method
from edr_sandbox.gravityzone.checks import RpcError, boolean, one_of, record, refuse, text
from edr_sandbox.gravityzone.push import EVENT_TYPES
from edr_sandbox.gravityzone.push_delivery import SERVICE_TYPES

if TYPE_CHECKING:
    from edr_sandbox.gravityzone.tables import Row


def _row(call: Call) -> Row:
    rows = list(call.world.tables.table("push_settings").values())
    if not rows or call.switches.push_never_configured:
        raise RpcError(call.switches.push_unset_code, "The push service was never configured")
    return rows[0]


def _settings(call: Call) -> dict[str, Any]:
    return call.world.view.table_item("push_settings", _row(call))


def _stats(call: Call) -> dict[str, Any]:
    rows = list(call.world.tables.table("push_stats").values())
    return call.world.view.table_item("push_stats", rows[0]) if rows else {}


def _configure(call: Call) -> bool:
    params = call.params
    service = params["serviceSettings"]
    secret = "splunkAuthorization" if params["serviceType"] == "splunk" else "authorization"
    if sorted(service) != sorted(("url", "requireValidSslCertificate", secret)):
        raise refuse(f"The members of 'serviceSettings' must be url, {secret} and the check.")
    if not service["url"].startswith("https://"):
        raise refuse("The value of 'serviceSettings.url' should be an https URL.")
    companies = params.get("subscribeToCompanies")
    if companies is not None and call.world.inventory.root.id not in companies:
        raise refuse("'subscribeToCompanies' must name your own company.")
    call.switches.push_never_configured = False
    call.world.push.begin_anew()
    row = next(iter(call.world.tables.table("push_settings").values()))
    row.values.update({**params, "subscribeToCompanies": companies})
    return True


def _test(call: Call) -> bool:
    if _row(call).values["status"] != 1:
        raise RpcError(-32000, "The push service is disabled")
    call.world.push_test(call.params["eventType"])
    return True


def _event_types(name: str, value: object) -> dict[str, bool]:
    return dict(record(**dict.fromkeys(EVENT_TYPES, boolean))(name, value))


def _companies(name: str, value: object) -> list[str] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not value:
        raise refuse(f"The value of '{name}' should be an array that is not empty, or null.")
    return [text(name, entry) for entry in value]


_SERVICE_SETTINGS = record(
    url=text, requireValidSslCertificate=boolean, authorization=text, splunkAuthorization=text
)

ROWS = (
    Method("push", "getPushEventSettings", ("v1.0",), _settings, group="push"),
    Method("push", "getPushEventStats", ("v1.0",), _stats, group="push"),
    Method(
        "push", "setPushEventSettings", ("v1.0",), _configure,
        params={
            "status": one_of(0, 1),
            "serviceType": one_of(*SERVICE_TYPES),
            "serviceSettings": _SERVICE_SETTINGS,
            "subscribeToEventTypes": _event_types,
            "subscribeToCompanies": _companies,
        },
        required=("status", "serviceType", "serviceSettings", "subscribeToEventTypes"),
        group="push",
    ),
    Method(
        "push", "sendTestPushEvent", ("v1.0",), _test,
        params={"eventType": one_of(*EVENT_TYPES)}, required=("eventType",), group="push",
    ),
)  # fmt: skip
