"""A state that is stolen holds positions and fingerprints: no key, no content of a row."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.kit.cli import CommandLine
from tests.kit.quick import TAPS, quick

MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"
FINGERPRINT = r"[0-9a-f]{24}|[0-9a-f]{32}"  # and the vendor's ids of incidents
COLUMN = r"_?[a-z][A-Za-z_]*"
SWITCH = "True|False"


def texts(value: Any) -> Iterator[str]:
    """Yield all texts, and the names of all members."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
    elif value is not None:
        yield str(value)


@pytest.mark.parametrize("tap", TAPS)
def test_a_state_holds_positions_alone(forked: CommandLine, tmp_path: Path, tap: str) -> None:
    with quick(tap, forked, tmp_path) as bench:
        if tap == "tap-gravityzone":
            bench.world.push_bodies(tmp_path / "spool")
        run = bench.run(config={"tenant": "acme"})
    assert bench.config["api_key"] not in json.dumps(run.state)
    for text in texts(run.state):
        assert re.fullmatch(f"{MOMENT}|{FINGERPRINT}|{COLUMN}|{SWITCH}", text), text
