"""The methods that read the settings and the counters of the push service."""

from __future__ import annotations

from typing import Any

from edr_sandbox.gravityzone.calls import Call, Method
from edr_sandbox.gravityzone.checks import RpcError


def _settings(call: Call) -> dict[str, Any]:
    rows = list(call.world.tables.table("push_settings").values())
    if not rows or call.switches.push_never_configured:
        raise RpcError(call.switches.push_unset_code, "The push service was never configured")
    return call.world.view.table_item("push_settings", rows[0])


def _stats(call: Call) -> dict[str, Any]:
    rows = list(call.world.tables.table("push_stats").values())
    return call.world.view.table_item("push_stats", rows[0]) if rows else {}


ROWS = (
    Method("push", "getPushEventSettings", ("v1.0",), _settings, group="push"),
    Method("push", "getPushEventStats", ("v1.0",), _stats, group="push"),
)
