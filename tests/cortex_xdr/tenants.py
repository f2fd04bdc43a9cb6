"""Simulated tenants, what they hold on the wire, and the comparison of runs with it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from edr_sandbox.cortex_xdr.shapes import disguised, events_of
from edr_sandbox.cortex_xdr.simulator import DEMO_API_KEY, CortexXDR
from edr_sandbox.cortex_xdr.world import World
from edr_sandbox.serving import Server

from tests.conftest import QUICK, Bench
from tests.support.comparing import assert_same_table, differences
from tests.support.consumer import Consumer

Row = dict[str, Any]
Table = dict[tuple[Any, ...], Row]

STREAMS = ("incidents", "alerts", "endpoints", "events")
KEYS = {"incidents": "incident_id", "alerts": "alert_id", "endpoints": "endpoint_id"}
INCIDENTS = "incidents/get_incidents"
ALERTS = "v2/alerts/get_alerts_multi_events"
V1_MULTI = "v1/alerts/get_alerts_multi_events"
V1_FLAT = "v1/alerts/get_alerts"
ENDPOINTS = "endpoints/get_endpoint"
NOW = 1_750_000_000_000
SECOND = 1000
HOUR = 3_600_000
DAY = 86_400_000


@contextmanager
def tenant(
    folder: Path,
    world: World | None = None,
    *,
    level: Literal["standard", "advanced"] = "advanced",
    **switches: Any,
) -> Iterator[Bench]:
    """Serve a tenant and bind the tap to it."""
    world = world or small_world()
    simulator = CortexXDR(world, level=level)
    simulator.switches.set(**switches)
    with Server(simulator) as server:
        config = {
            **QUICK, "api_url": server.url, "api_key": DEMO_API_KEY, "api_key_id": "7",
            "auth_type": level,
        }  # fmt: skip
        yield Bench("tap-cortex-xdr", server, world, simulator.switches, folder, config)


def small_world(now: int | None = NOW, **sizes: int) -> World:
    """Return a tenant of few rows; its clock stands at ``now``, or runs."""
    return World(seed=5, now=now, **{"incidents": 14, "alerts": 36, "endpoints": 11, **sizes})


def utc(milliseconds: int, *, zone: str = "Z") -> str:
    """Return epoch milliseconds as UTC text, with the zone that is asked for behind it."""
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{milliseconds % 1000:03d}{zone}"


def epoch(text: str) -> int:
    """Return the epoch milliseconds of a UTC text."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def asked(bench: Bench, call: str = "", *, since: int = 0) -> list[Row]:
    """Return the ``request_data`` of the requests of a call, from a place in the log on."""
    entries = [entry for entry in bench.server.log[since:] if call in entry.call]
    return [json.loads(entry.request.body)["request_data"] for entry in entries]


def bounds(request: Row) -> dict[str, int]:
    """Return the values of a request's filters by operator."""
    return {entry["operator"]: entry["value"] for entry in request["filters"]}


def table(stream: str, *runs: Consumer) -> Table:
    """Return the stream as an upserting loader holds it after the runs."""
    rows: Table = {}
    for run in runs:
        if stream in run.keys:
            rows |= run.table(stream)
    return rows


def on_the_wire(bench: Bench, stream: str, shape: str = "v2") -> list[Row]:
    """Return the truth of a stream in the disguise of the switches; events carry their key."""
    world, switches = bench.world, bench.switches
    if stream != "events":
        shape = shape if stream == "alerts" else ""
        aligned = switches.event_arrays == "aligned"
        return [
            disguised(
                stream, key, deepcopy(world.emitted(stream, key, shape, aligned=aligned)), switches
            )
            for key in world.keys(stream)
        ]
    rows = []
    for key in world.keys("alerts"):
        alert = world.tables["alerts"].rows[key]
        stored = disguised("alerts", key, {"local_insert_ts": alert["local_insert_ts"]}, switches)
        for index, event in enumerate(deepcopy(events_of(alert, shape))):
            own = disguised("alerts", key, event, switches)
            present = {name: value for name, value in own.items() if value is not None}
            rows.append({**present, **stored, "alert_id": key, "_event_id": f"{key}-{index}"})
    return rows


def assert_complete(
    bench: Bench, *runs: Consumer, shape: str = "v2", streams: tuple[str, ...] = STREAMS
) -> None:
    """Assert that an upserting loader holds exactly the tenant's rows after the runs."""
    for stream in streams:
        rows = on_the_wire(bench, stream, shape)
        assert rows, f"the tenant holds no {stream}: nothing would be compared"
        if stream == "events":
            assert_events(table(stream, *runs), rows)
        else:
            key = KEYS[stream]
            assert_same_table(table(stream, *runs), rows, lambda row, key=key: (str(row[key]),))


def assert_events(emitted: Table, rows: list[Row]) -> None:
    """Assert that the events are these rows, every member of each."""
    expected = {(row["_event_id"],): row for row in rows}
    assert emitted.keys() == expected.keys()
    for key, row in expected.items():
        assert not differences(row, emitted[key]), key
        assert emitted[key]["_event_index"] == int(row["_event_id"].rpartition("-")[2])
        assert emitted[key]["_aligned"] is True
