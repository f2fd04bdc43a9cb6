"""How Hypothesis searches: by examples, not by the clock of a busy machine; each tap in turn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.kit.cli import CommandLine
from tests.kit.quick import TAPS, Quick, quick

settings.register_profile("kit", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("kit")


@pytest.fixture(params=TAPS)
def bench(request: pytest.FixtureRequest, forked: CommandLine, tmp_path: Path) -> Iterator[Quick]:
    """A tenant of each vendor in turn, with the default number of parallel requests and pages."""
    with quick(request.param, forked, tmp_path) as made:
        yield made
