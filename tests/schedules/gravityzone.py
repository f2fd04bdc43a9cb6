"""GravityZone on the stage: what can happen to a tenant, and how tenants differ."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar

from edr_sandbox.gravityzone.records import PRIORITIES, STATUSES
from edr_sandbox.gravityzone.simulator import DEMO_API_KEY, GravityZone
from edr_sandbox.gravityzone.switches import Switches
from edr_sandbox.gravityzone.world import World
from typing_extensions import override

from tests.gravityzone.checking import KEYS
from tests.schedules.stage import DAY, START, Deed, Row, Setting, Stage

# The first position is that of a tenant as documented; repeated, so that most tenants have it.
SWITCHES: dict[str, tuple[Any, ...]] = {
    "change_absent": (False, False, False, True),
    "change_null_until_touched": (False, False, True),
    "change_follows_engine": (True, False),
    "sort_by_refused": (False, False, True),
    "sort_by_must_match": (False, False, True),
    "include_children_needed": (True, False),
    "status_ints": (False, True),
    "mixed_offsets": (False, True),
    "only_numeric_offsets": (False, True),
    "end_exclusive": (False, True),
    "max_window_days": (None, None, None, 40, 7),
    "filters_ignored": (False, False, False, False, True),
    "recursion_spans_companies": (True, True, False),
    "total_null": (False, False, True),
    "duplicate_rows": (False, False, True),
    "vanished_code": (-32602, -32002),
}


def possible(switches: Row) -> bool:
    """Whether a tenant can be read to the end with these switches."""
    return not (switches["sort_by_refused"] and switches["sort_by_must_match"])


def moment(at: int) -> datetime:
    """Return epoch milliseconds as the world takes its times."""
    return datetime.fromtimestamp(at // 1000, UTC)


def _on_incident(verb: str, **fields: Callable[[Deed], object]) -> Callable[..., object]:
    def deed_on_an_incident(world: World, deed: Deed, at: int) -> None:
        known = list(world.incidents.by_id)
        values = {name: value(deed) for name, value in fields.items()}
        getattr(world, verb)(known[deed.rank % len(known)], at=moment(at), **values)

    return deed_on_an_incident


def _remove_incident(world: World, deed: Deed, _: int) -> None:
    known = list(world.incidents.by_id)
    if len(known) > 1:
        world.remove_incident(known[deed.rank % len(known)])


def _remove_endpoint(world: World, deed: Deed, at: int) -> None:
    known = list(world.inventory.endpoints)
    if len(known) > 1:
        world.remove_endpoint(known[deed.rank % len(known)], at=moment(at))


def _move_endpoint(world: World, deed: Deed, at: int) -> None:
    known, groups = list(world.inventory.endpoints), list(world.inventory.groups)
    chosen, group = known[deed.rank % len(known)], groups[deed.amount % len(groups)]
    world.move_endpoint(chosen, group, at=moment(at))


class GravityZoneStage(Stage):
    """A tenant of GravityZone: a partner with its customers."""

    tap = "tap-gravityzone"
    keys: ClassVar = KEYS
    deeds: ClassVar = {
        "triage": _on_incident(
            "triage",
            status=lambda deed: STATUSES[deed.amount % len(STATUSES)],
            priority=lambda deed: PRIORITIES[deed.rank % len(PRIORITIES)],
        ),
        "grow": _on_incident("grow"),
        "reprocess": _on_incident("reprocess"),
        "add_incident": lambda world, _, at: world.add_incident(at=moment(at)),
        "late_incident": lambda world, deed, at: world.late_incident(deed.amount, at=moment(at)),
        "remove_incident": _remove_incident,
        "add_endpoint": lambda world, _, at: world.add_endpoint(at=moment(at)),
        "remove_endpoint": _remove_endpoint,
        "move_endpoint": _move_endpoint,
    }

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.world = World(
            setting.seed,
            companies=1 + setting.seed % 4,
            endpoints=setting.rows // 2,
            incidents=setting.rows,
            now=moment(START),
        )
        self.simulator = GravityZone(self.world, switches=Switches(**setting.switches))

    @override
    def config(self, url: str) -> dict[str, Any]:
        config = {
            "api_url": f"{url}/api",
            "api_key": DEMO_API_KEY,
            "max_incident_requests_per_minute": 0,
        }
        # From the beginning of all in short windows: a thousand requests, which show nothing new.
        if self.setting.has_start or self.simulator.switches.max_window_days:
            config["start_date"] = moment(START - 35 * DAY).isoformat()
        return config

    @override
    def rows(self, stream: str) -> list[Row]:
        return self.world.truth(stream)
