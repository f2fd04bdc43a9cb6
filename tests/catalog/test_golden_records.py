"""One fixed row for each stream and the exact record that it becomes.

The rows are synthetic, in the shapes that the vendors' references show, with a value to coerce, a
value to move and an unknown field in each.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from tests.catalog.catalogs import STREAMS, tap_of

GOLDEN = Path(__file__).parent / "golden"


def load(tap: str, name: str) -> Any:
    return json.loads((GOLDEN / tap / f"{name}.json").read_text("utf-8"))


def shaped(stream: Any, row: dict[str, Any]) -> Any:
    """Return the record of a row, in which the columns stand that the stream computes."""
    computed = {name: row[name] for name in stream.computed}
    sent = {name: value for name, value in row.items() if name not in computed}
    return stream.shaper.shape(sent, computed).as_dict()


@pytest.mark.parametrize(("tap", "stream"), STREAMS)
def test_golden_record(tap: str, stream: str) -> None:
    target: Any = tap_of(tap).streams[stream]
    rows = [load(tap, f"{stream}.row")]
    if (tap, stream) == ("tap-cortex-xdr", "events"):
        from tap_cortex_xdr.streams.local_events import (  # noqa: PLC0415 (this stream alone)
            event_members,
            local_events,
        )

        rows = local_events(rows[0], event_members(target.effective_schema))
    records = [shaped(target, row) for row in rows]
    expected = load(tap, f"{stream}.record")
    assert records == (expected if isinstance(expected, list) else [expected])
    closed = {**target.schema, "additionalProperties": False}
    for record in records:
        Draft202012Validator(closed, format_checker=FormatChecker()).validate(record)


def test_no_golden_file_is_left_over() -> None:
    names = {path.relative_to(GOLDEN).as_posix() for path in GOLDEN.glob("*/*.json")}
    assert names == {
        f"{tap}/{stream}.{kind}.json" for tap, stream in STREAMS for kind in ("row", "record")
    }
