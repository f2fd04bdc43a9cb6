"""The SDK's own tests of a tap, against the simulator."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from edr_sandbox.gravityzone.simulator import DEMO_API_KEY, GravityZone
from edr_sandbox.gravityzone.world import World
from edr_sandbox.serving import Server
from edr_tap_kit.stream import EdrStream
from singer_sdk.testing import SuiteConfig, get_tap_test_class
from singer_sdk.testing.runners import TapTestRunner
from tap_gravityzone.tap import TapGravityZone
from typing_extensions import override

from tests.conftest import QUICK
from tests.gravityzone.tables import ALL


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# The suite is made while tests are collected, before any fixture can say where the server is.
_PORT = _free_port()
_CONFIG: dict[str, Any] = {
    **QUICK,
    "api_url": f"http://127.0.0.1:{_PORT}",
    "api_key": DEMO_API_KEY,
    "max_incident_requests_per_minute": 0,
    # Few months of usage: a request for each of them and each company, five a second.
    "start_date": (datetime.now(UTC) - timedelta(days=45)).isoformat(),
}


class EveryStream(TapGravityZone):
    """The tap as if the user had selected all of its streams."""

    @override
    def discover_streams(self) -> Sequence[EdrStream]:
        streams = super().discover_streams()
        for stream in streams:
            stream.selected_by_default = True
        return streams


@pytest.fixture(scope="session", autouse=True)
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The tenant that the suite reads, its pushed events included."""
    world = World(seed=11, companies=3, endpoints=20, incidents=40)
    spool: Path = tmp_path_factory.mktemp("spool")
    world.push_bodies(spool)
    world.triage(next(iter(world.incidents.by_id)), note="No tenant has notes by itself.")
    _CONFIG["events_spool"] = str(spool)
    with Server(GravityZone(world), _PORT):
        yield


_Suite: type = get_tap_test_class(
    EveryStream,
    config=_CONFIG,
    suite_config=SuiteConfig(max_records_limit=100),
    parse_env_config=False,
)


# No tenant fills every column; the SDK says so with a warning.
@pytest.mark.filterwarnings("ignore:Fields in transformed catalog:UserWarning")
class TestTapGravityZone(_Suite):
    """All tests of the SDK."""

    def test_the_suite_reads_every_stream(self, runner: TapTestRunner) -> None:
        for stream in ALL:
            assert runner.records[stream], stream
