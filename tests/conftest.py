"""Fixtures of all tests: a simulated vendor of each kind, and a tap bound to it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from edr_sandbox.cortex_xdr.simulator import DEMO_API_KEY as CORTEX_KEY
from edr_sandbox.cortex_xdr.simulator import CortexXDR
from edr_sandbox.cortex_xdr.world import World as CortexWorld
from edr_sandbox.gravityzone.simulator import DEMO_API_KEY as GRAVITYZONE_KEY
from edr_sandbox.gravityzone.simulator import GravityZone
from edr_sandbox.gravityzone.world import World as GravityZoneWorld
from edr_sandbox.serving import Server

from tests.kit.cli import CommandLine
from tests.support import postgresql
from tests.support.running import Run, run_tap

# Quick enough that no test waits for a budget or a back-off that it is not about.
QUICK = {"requests_per_second": 500, "backoff_seconds": 0.01}
# What takes minutes comes first, so that no worker is alone with it at the end.
LONG = (
    "tests/orchestrate/test_fan_out.py", "tests/transform/test_warehouses_agree.py",
    "tests/warehouse/", "tests/orchestrate/", "tests/transform/", "tests/schedules/",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the tests by the place of their files."""

    def place(item: pytest.Item) -> int:
        found = (rank for rank, path in enumerate(LONG) if item.nodeid.startswith(path))
        return next(found, len(LONG))

    items.sort(key=place)


@dataclass
class Bench:
    """A simulated vendor and the tap that reads it."""

    tap: str
    server: Server
    world: Any
    switches: Any
    folder: Path
    config: dict[str, Any] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """The tap's settings as environment variables."""
        prefix = self.tap.replace("-", "_").upper()
        return {f"{prefix}_{name.upper()}": str(value) for name, value in self.config.items()}

    def run(self, state: Any = None, **options: Any) -> Run:
        """Run the tap; keyword ``config`` adds settings, the rest goes to ``run_tap``."""
        config = {**self.config, **options.pop("config", {})}
        return run_tap(self.tap, config, self.folder, state=state, **options)


@pytest.fixture
def gravityzone(tmp_path: Path) -> Iterator[Bench]:
    """A simulated GravityZone with pushed events in a spool."""
    world = GravityZoneWorld(seed=11)
    spool = tmp_path / "spool"
    spool.mkdir()
    world.push_bodies(spool)
    with Server(GravityZone(world)) as server:
        config = {
            **QUICK,
            "api_url": f"{server.url}/api",
            "api_key": GRAVITYZONE_KEY,
            "events_spool": str(spool),
            "max_incident_requests_per_minute": 0,
        }
        yield Bench("tap-gravityzone", server, world, world.switches, tmp_path, config)


@pytest.fixture
def cortex(tmp_path: Path) -> Iterator[Bench]:
    """A simulated Cortex XDR tenant with an advanced key."""
    world = CortexWorld(seed=11)
    simulator = CortexXDR(world)
    with Server(simulator) as server:
        config = {
            **QUICK, "api_url": server.url, "api_key": CORTEX_KEY, "api_key_id": "7",
        }  # fmt: skip
        yield Bench("tap-cortex-xdr", server, world, simulator.switches, tmp_path, config)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[postgresql.Server]:
    """A real PostgreSQL server of this session."""
    with postgresql.serving(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture
def postgres(postgres_server: postgresql.Server) -> str:
    """The URI of a database that is this test's alone."""
    return postgres_server.database()


@pytest.fixture(scope="module")
def forked() -> Iterator[CommandLine]:
    """A warm process that forks either tap."""
    with CommandLine() as run:
        yield run


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate that its own key signed, as on-premises installations have."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
         "-out", str(certificate), "-keyout", str(key)],
        check=True, capture_output=True,
    )  # fmt: skip
    return certificate, key
