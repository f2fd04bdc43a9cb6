"""A tenant whose events alone are read, and a receiver in front of its spool."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Bench
from tests.gravityzone.receiver.process import ReceiverProcess


@pytest.fixture
def bench(small: Bench) -> Bench:
    """A tenant whose key may read nothing: only the spool speaks."""
    small.switches.enabled_apis = ()
    return small


@pytest.fixture
def receiver(spool: Path) -> Iterator[ReceiverProcess]:
    """A receiver with short limits, so that no test waits for the usual ones."""
    options = ("--head-seconds", "0.6", "--body-seconds", "0.8", "--most-mib", "1")
    with ReceiverProcess(spool, *options) as running:
        yield running
