"""Fixtures of this tap's tests: small tenants, and catalogs that select some streams."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Bench
from tests.cortex_xdr.tenants import small_world, tenant
from tests.support.running import discovered, selecting

Catalog = Callable[..., dict[str, Any]]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    """Make tenants; see ``tenants.tenant``."""
    with ExitStack() as stack:
        yield lambda *args, **options: stack.enter_context(tenant(tmp_path, *args, **options))


@pytest.fixture
def small(make: Callable[..., Bench]) -> Bench:
    """A small tenant whose clock stands in the past."""
    return make(small_world())


@pytest.fixture(scope="session")
def _discovered() -> dict[str, Any]:
    return discovered("tap-cortex-xdr")


@pytest.fixture
def catalog(_discovered: dict[str, Any]) -> Catalog:
    """Return catalogs in which only the named streams are selected."""
    return lambda *streams: selecting(deepcopy(_discovered), *streams)
