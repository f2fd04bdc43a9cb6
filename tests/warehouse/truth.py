"""What a warehouse must hold: the vendor's truth, before and after it moved."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from tests.conftest import Bench
from tests.support.comparing import assert_same_table
from tests.support.running import discovered

KEYS = {
    "tap-gravityzone": {
        "incidents": ("incidentId",),
        "alerts": ("incidentId", "id"),
        "endpoints": ("id",),
    },
    "tap-cortex-xdr": {
        "incidents": ("incident_id",),
        "alerts": ("alert_id",),
        "endpoints": ("endpoint_id",),
    },
}
SCHEMAS = {"tap-gravityzone": "gravityzone", "tap-cortex-xdr": "cortex_xdr"}

Reader = Callable[[str, str, list[str]], list[dict[str, Any]]]


def change(bench: Bench) -> None:
    """Change, add and remove a little of everything."""
    world = bench.world
    if bench.tap == "tap-cortex-xdr":
        world.change_incident(world.keys("incidents")[0], status="under_investigation")
        world.add_incident()
        world.add_alert()
        world.add_endpoint()
    else:
        world.triage(world.truth("incidents")[0]["incidentId"], status="closed")
        world.grow(world.truth("incidents")[1]["incidentId"])
        world.late_incident()
        world.add_endpoint()


def assert_warehouse(bench: Bench, read: Reader) -> None:
    """Assert that each table equals the vendor's rows, and that the events are all there."""
    schema = SCHEMAS[bench.tap]
    catalog = _schemas(bench.tap)
    for stream, keys in KEYS[bench.tap].items():
        rows = read(schema, stream, list(catalog[stream]["properties"]))
        emitted = {tuple(str(row[key]) for key in keys): row for row in rows}
        assert len(emitted) == len(rows), f"{stream} holds a key twice"
        truth = bench.world.truth(stream)
        assert_same_table(
            emitted, truth, lambda row, keys=keys: tuple(str(row[key]) for key in keys)
        )
    events = read(schema, "events", list(catalog["events"]["properties"]))
    assert len(events) == len(bench.world.truth("events"))
    assert len({row["_event_id"] for row in events}) == len(events)


@cache
def _schemas(tap: str) -> dict[str, Any]:
    return {entry["stream"]: entry["schema"] for entry in discovered(tap)["streams"]}
