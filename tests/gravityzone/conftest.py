"""Fixtures of the GravityZone tests: tenants small enough that a run takes a moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

import pytest
from edr_sandbox.gravityzone.simulator import DEMO_API_KEY, GravityZone
from edr_sandbox.gravityzone.world import World
from edr_sandbox.serving import Server

from tests.conftest import QUICK, Bench

SMALL = {"seed": 5, "companies": 2, "endpoints": 10, "incidents": 12}


class BenchMaker(Protocol):
    """Makes a tenant of a given size and the tap that reads it."""

    def __call__(self, **size: Any) -> Bench: ...


@pytest.fixture
def make(tmp_path: Path) -> Iterator[BenchMaker]:
    """Makes tenants, each with an empty spool; sizes are those of ``World``."""
    with ExitStack() as stack:

        def made(**size: Any) -> Bench:
            world = World(**{**SMALL, **size})
            server = stack.enter_context(Server(GravityZone(world)))
            spool = tmp_path / "spool"
            spool.mkdir(exist_ok=True)
            config = {
                **QUICK,
                "api_url": f"{server.url}/api",
                "api_key": DEMO_API_KEY,
                "events_spool": str(spool),
                "max_incident_requests_per_minute": 0,
            }
            return Bench("tap-gravityzone", server, world, world.switches, tmp_path, config)

        yield made


@pytest.fixture
def small(make: BenchMaker) -> Bench:
    """A tenant of a partner with one customer."""
    return make()


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    """The folder that the ``events`` stream reads."""
    return tmp_path / "spool"
