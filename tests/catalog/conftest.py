"""The catalogs that both taps print, discovered once a session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.catalog.catalogs import TAPS
from tests.support.running import discovered

Entry = Callable[[str, str], dict[str, Any]]


@pytest.fixture(scope="session")
def catalogs() -> dict[str, dict[str, dict[str, Any]]]:
    return {
        tap: {entry["tap_stream_id"]: entry for entry in discovered(tap)["streams"]} for tap in TAPS
    }


@pytest.fixture(scope="session")
def entry(catalogs: dict[str, dict[str, dict[str, Any]]]) -> Entry:
    """Return the catalog entry of a stream of a tap."""
    return lambda tap, stream: catalogs[tap][stream]
