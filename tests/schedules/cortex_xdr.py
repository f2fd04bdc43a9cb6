"""Cortex XDR on the stage: what can happen to a tenant, and how tenants differ."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from edr_sandbox.cortex_xdr.simulator import DEMO_API_KEY, CortexXDR
from edr_sandbox.cortex_xdr.world import World
from typing_extensions import override

from tests.cortex_xdr.tenants import on_the_wire, utc
from tests.schedules.stage import DAY, START, Deed, Row, Setting, Stage

_DRIFTS: tuple[tuple[str, Row], ...] = (
    ("incidents", {"retype": ("starred", "alert_count", "users")}),
    ("alerts", {"retype": ("severity", "starred")}),
    ("endpoints", {"retype": ("ip", "alias")}),
)

# The first position is that of a tenant as documented; repeated, so that most tenants have it.
SWITCHES: dict[str, tuple[Any, ...]] = {
    "v2_missing": ("no", "no", "no", "no", "404_json"),
    "v1_multi_missing": ("no", "no", "404_html"),
    "server_sort": ("honoured", "honoured", "honoured", "refused", "ignored"),
    "first_seen_sort": ("honoured", "honoured", "refused", "ignored"),
    "first_seen_filter": ("honoured", "honoured", "refused", "ignored"),
    "endpoint_keyword": ("upper", "any"),
    "lte": ("inclusive", "exclusive"),
    "deep_offsets": ("served", "empty", "refused"),
    "total": ("true", "true", "smaller", "null"),
    "empty_counts": ("null", "zero", "missing"),
    "empty_list": ("list", "null", "missing"),
    "alert_ids_as_int": (False, False, True),
    "times": ("ms", "ms", "seconds", "floats"),
    "validation_errors": ("text", "objects"),
}


def _on(stream: str, verb: str, **fields: Callable[[Deed], object]) -> Callable[..., object]:
    """Return a deed on one row of a table, which keeps its last row."""

    def deed_on_a_row(world: World, deed: Deed, at: int) -> None:
        keys = world.keys(stream)
        if len(keys) > 1:
            values = {name: value(deed) for name, value in fields.items()}
            getattr(world, verb)(keys[deed.rank % len(keys)], at=at, **values)

    return deed_on_a_row


def _change_incidents(world: World, deed: Deed, at: int) -> None:
    keys = world.keys("incidents")
    for place in range(1 + deed.amount):
        key = keys[(deed.rank + 3 * place) % len(keys)]
        world.change_incident(key, at=at, notes=f"{deed.amount} at {at}")


def _add_alerts(world: World, deed: Deed, at: int) -> None:
    for _ in range(1 + deed.amount):
        world.add_alert(at=at)


def _add_late_alert(world: World, deed: Deed, at: int) -> None:
    world.add_alert(at=at, detection_timestamp=at - deed.amount * DAY)


def _drift(world: World, deed: Deed, at: int) -> None:
    stream, change = _DRIFTS[deed.rank % len(_DRIFTS)]
    world.drift(stream, add={f"new_{deed.amount}": deed.rank}, every=2, at=at, **change)


class CortexStage(Stage):
    """A tenant of Cortex XDR."""

    tap = "tap-cortex-xdr"
    keys: ClassVar = {
        "incidents": ("incident_id",),
        "alerts": ("alert_id",),
        "events": ("_event_id",),
        "endpoints": ("endpoint_id",),
    }
    deeds: ClassVar = {
        "change_incident": _on(
            "incidents", "change_incident", notes=lambda deed: f"{deed.amount} and {deed.rank}"
        ),
        "change_incidents": _change_incidents,
        "add_incident": lambda world, _, at: world.add_incident(at=at),
        "future": lambda world, deed, _: world.future(
            world.keys("incidents")[deed.rank % len(world.keys("incidents"))]
        ),
        "add_alerts": _add_alerts,
        "add_late_alert": _add_late_alert,
        "remove_alert": _on("alerts", "remove_alert"),
        "change_alert": _on("alerts", "change_alert", name=lambda deed: f"name {deed.amount}"),
        "add_endpoint": lambda world, _, at: world.add_endpoint(at=at),
        "remove_endpoint": _on("endpoints", "remove_endpoint"),
        "heartbeat": _on("endpoints", "heartbeat"),
        "change_endpoint": _on("endpoints", "change_endpoint", alias=lambda d: f"{d.amount}"),
        "drift": _drift,
    }
    unseen = frozenset({"change_alert"})

    def __init__(self, setting: Setting, level: str = "advanced") -> None:
        super().__init__(setting)
        size = {"incidents": setting.rows, "alerts": setting.rows, "endpoints": setting.rows // 2}
        self.world = World(setting.seed, **size, audits=0, now=START)
        self.simulator = CortexXDR(self.world, level=level)
        self.switches = self.simulator.switches
        self.switches.set(**setting.switches)

    @override
    def config(self, url: str) -> dict[str, Any]:
        start = {"start_date": utc(START - 35 * DAY)} if self.setting.has_start else {}
        changes = {"alert_last_modified_filter": True} if self._filters_changes() else {}
        key = {"api_key": DEMO_API_KEY, "api_key_id": "7"}
        return {"api_url": url, **key, **start, **changes}

    @override
    def shows_changes(self) -> bool:
        return super().shows_changes() or self._filters_changes()

    def _filters_changes(self) -> bool:
        """Whether alerts are asked for by their changes; only the newest call offers it."""
        return self.setting.seed % 2 == 0 and self.switches.v2_missing == "no"

    @override
    def set_clock(self) -> None:
        self.world.now_ms = self.now

    @override
    def rows(self, stream: str) -> list[Row]:
        shape = "v2"
        if self.switches.v2_missing != "no":
            shape = "v1_multi" if self.switches.v1_multi_missing == "no" else "v1"
        return on_the_wire(self, stream, shape)
