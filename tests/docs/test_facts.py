"""What the documentation knows beside the code: costs, needs, coverage, queries."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tap_cortex_xdr.streams import STREAM_TYPES as CORTEX_STREAMS
from tap_cortex_xdr.xql_settings import query_problems
from tap_gravityzone.streams import STREAM_TYPES as GRAVITYZONE_STREAMS
from tap_gravityzone.streams.listing import ListStream

from scripts.facts import Facts
from tests.support.running import discovered

ROOT = Path(__file__).resolve().parents[2]
TAPS = ("tap-gravityzone", "tap-cortex-xdr")
CORE = {"incidents", "alerts", "events", "endpoints"}


def streams_of(tap: str) -> dict[str, dict[str, Any]]:
    return {entry["stream"]: entry for entry in discovered(tap)["streams"]}


@pytest.mark.parametrize("tap", TAPS)
def test_every_stream_has_its_facts_and_no_other(tap: str) -> None:
    facts = Facts(tap)
    assert facts.streams.keys() == streams_of(tap).keys()
    for stream, told in facts.streams.items():
        assert told.keys() == {"needs", "cost"}, stream
        assert told["needs"], stream
        assert told["cost"].endswith("."), stream


@pytest.mark.parametrize("tap", TAPS)
def test_the_coverage_names_every_stream(tap: str) -> None:
    covered = {stream for _, _, streams, _ in Facts(tap).methods for stream in streams}
    assert covered == streams_of(tap).keys() - ({"events"} if tap == "tap-gravityzone" else set())


def test_the_coverage_names_the_call_of_every_cortex_stream() -> None:
    for stream in CORTEX_STREAMS:
        path = getattr(stream, "path", "").rstrip("/")
        if not stream.parent_stream_type:
            assert f"`{path}" in Facts("tap-cortex-xdr").calls(stream.name), stream.name


def test_the_coverage_names_the_method_of_every_gravityzone_stream() -> None:
    for stream in GRAVITYZONE_STREAMS:
        sources = stream.sources if issubclass(stream, ListStream) else ()
        methods = {getattr(stream, "method", "")} if not sources else {s.method for s in sources}
        for method in methods - {""}:
            assert f"`{method}`" in Facts("tap-gravityzone").calls(stream.name), stream.name


@pytest.mark.parametrize("tap", TAPS)
def test_the_shipped_project_selects_core_streams_and_some_inventories(tap: str) -> None:
    shipped = Facts(tap).shipped
    assert shipped < streams_of(tap).keys()
    assert shipped > CORE


@pytest.mark.parametrize("tap", TAPS)
def test_without_a_catalog_the_core_streams_alone_are_selected(tap: str) -> None:
    def root(entry: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = next(
            each["metadata"] for each in entry["metadata"] if each["breadcrumb"] == []
        )
        return found

    chosen = {name for name, entry in streams_of(tap).items() if root(entry)["selected"]}
    assert chosen == CORE


def test_the_queries_to_begin_with_are_usable() -> None:
    text = (ROOT / "docs" / "xql.md").read_text(encoding="utf-8")
    entries = [
        json.loads(each)
        for each in re.findall(r"^```json\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    ]
    assert len(entries) == 5
    assert not query_problems(entries, streams_of("tap-cortex-xdr"))
    for entry in entries:
        query = entry["query"]
        assert all(re.search(rf"\b{key}\b", query) for key in entry["primary_keys"]), query
        assert "timeframe" not in query
