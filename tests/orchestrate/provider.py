"""A provider of managed security: many simulated tenants of both products, and its tenants file."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edr_sandbox.cortex_xdr.simulator import CortexXDR
from edr_sandbox.cortex_xdr.world import World as CortexWorld
from edr_sandbox.gravityzone.simulator import GravityZone
from edr_sandbox.gravityzone.world import World as GravityZoneWorld
from edr_sandbox.serving import Server

from tests.orchestrate.processes import processes_of

BUDGET = 5  # requests a second of every key
_STREAMS = ("incidents", "alerts", "endpoints", "events")


@dataclass
class Account:
    """A simulated account at a vendor, with the key that opens it."""

    product: str
    server: Server
    world: Any
    key: str
    settings: dict[str, Any]
    kills: list[str] = field(default_factory=list)

    def kill_at(self, request: int, role: str) -> None:
        """Kill a process of the run that asks, while its request of this number is answered."""

        def count(*_: object) -> None:
            if len(self.server.log) + 1 == request and not self.kills:
                pid = processes_of(self.settings["api_url"])[role]
                self.kills.append(role)
                os.kill(pid, signal.SIGKILL)

        self.server.before_reply.append(count)


@contextmanager
def gravityzone_account(seed: int, folder: Path, **size: int) -> Iterator[Account]:
    """Serve a small GravityZone."""
    world = GravityZoneWorld(seed, **{"companies": 1, "endpoints": 5, "incidents": 4} | size)
    spool = folder / f"spool-{seed}"
    world.push_bodies(spool)
    key = f"{seed:064x}"
    with Server(GravityZone(world, key)) as server:
        settings = {
            "api_url": f"{server.url}/api",
            "events_spool": str(spool),
            "max_incident_requests_per_minute": 0,
        }
        yield Account("gravityzone", server, world, key, settings)


@contextmanager
def cortex_account(seed: int, **size: int) -> Iterator[Account]:
    """Serve a small Cortex XDR."""
    world = CortexWorld(seed, **{"incidents": 4, "alerts": 12, "endpoints": 5, "audits": 2} | size)
    key = f"{seed:0128d}"
    with Server(CortexXDR(world, key)) as server:
        yield Account("cortex-xdr", server, world, key, {"api_url": server.url, "api_key_id": 7})


def tenants_file(
    file: Path, tenants: dict[str, list[Account]], region: dict[str, Any], **more: Any
) -> dict[str, str]:
    """Write a tenants file; return the environment variables that hold the keys."""
    variables: dict[str, str] = {}
    entries: dict[str, Any] = {}
    for name, accounts in tenants.items():
        products = entries.setdefault(name, {"products": {}})["products"]
        for account in accounts:
            # Tenants of one account name one variable.
            variable = f"KEY_OF_{account.settings['api_url'].rpartition(':')[2].partition('/')[0]}"
            variables[variable] = account.key
            products[account.product] = {
                "settings": {**account.settings, "api_key": {"env": variable}}
            }
    defaults = {
        "select": [f"{stream}.*" for stream in _STREAMS],
        "settings": {"requests_per_second": BUDGET, "backoff_seconds": 0.1},
    }
    content = {
        "environment": "dev",
        "regions": {"here": region},
        "products": {"gravityzone": defaults, "cortex-xdr": defaults},
        "tenants": entries,
        **more,
    }
    file.write_text(json.dumps(content), encoding="utf-8")
    return variables


@contextmanager
def provider(count: int, folder: Path) -> Iterator[dict[str, list[Account]]]:
    """Serve both products for so many tenants."""
    with ExitStack() as stack:
        yield {
            f"tenant-{seed:02}": [
                stack.enter_context(gravityzone_account(seed, folder)),
                stack.enter_context(cortex_account(seed)),
            ]
            for seed in range(count)
        }
