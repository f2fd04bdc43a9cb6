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
from tests.cortex_xdr.unhurried import Unhurried
from tests.kit.cli import CommandLine
from tests.kit.quick import Quick
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
def forked() -> Iterator[CommandLine]:
    """A warm process that forks the tap, which need not keep to ten details of incidents a minute.

    The limit is the client's; ``test_details_budget`` shows it.
    """
    with Unhurried() as made:
        yield made


@pytest.fixture
def swift(make: Callable[..., Bench], forked: CommandLine) -> Callable[..., Quick]:
    """Make tenants whose tap is forked; see ``tenants.tenant``."""
    return lambda *args, **options: Quick(**vars(make(*args, **options)), forked=forked)


@pytest.fixture(scope="session")
def _discovered() -> dict[str, Any]:
    return discovered("tap-cortex-xdr")


@pytest.fixture
def catalog(_discovered: dict[str, Any]) -> Catalog:
    """Return catalogs in which only the named streams are selected."""
    return lambda *streams: selecting(deepcopy(_discovered), *streams)
