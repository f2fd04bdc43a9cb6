"""A simulated cloud of each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from edr_sandbox.gravityzone import GravityZone, World
from edr_sandbox.serving import Server

if TYPE_CHECKING:
    from collections.abc import Iterator

from tests.sandbox.gravityzone.client import NOW, Client


@pytest.fixture
def client() -> Iterator[Client]:
    with Server(GravityZone(World(seed=1, now=NOW))) as server:
        yield Client(server)
