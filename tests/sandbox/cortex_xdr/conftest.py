"""A simulated tenant of each test."""

import pytest
from edr_sandbox.cortex_xdr import CortexXDR, World
from edr_sandbox.serving import Server


@pytest.fixture
def simulator():
    return CortexXDR(World(seed=1))


@pytest.fixture
def server(simulator):
    with Server(simulator) as server:
        yield server
