"""The public catalog of each stream: a change of it is seen in review, never by accident.

After a change that is meant: ``pytest tests/catalog --snapshot-update``.
"""

from __future__ import annotations

from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from tests.catalog.catalogs import STREAMS
from tests.catalog.conftest import Entry


@pytest.mark.parametrize(("tap", "stream"), STREAMS)
def test_catalog_entry(tap: str, stream: str, entry: Entry, snapshot: SnapshotAssertion) -> None:
    assert entry(tap, stream) == snapshot(extension_class=JSONSnapshotExtension)


@pytest.mark.parametrize("tap", sorted({tap for tap, _ in STREAMS}))
def test_every_stream_is_discovered(tap: str, catalogs: dict[str, dict[str, Any]]) -> None:
    assert sorted(catalogs[tap]) == sorted(stream for name, stream in STREAMS if name == tap)
    assert {"incidents", "alerts", "endpoints", "events"} <= catalogs[tap].keys()
