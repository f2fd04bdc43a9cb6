"""A row whose key is none is left out and counted, a number is kept; no other row suffers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.kit.cli import CommandLine
from tests.kit.quick import CALLS, TAPS, Quick, errors, quick, rewrite
from tests.kit.test_hostile_rows import KEYS, lead
from tests.support.running import Run

NONE: list[Any] = [None, "", [], {}, ["x"], {"id": "x"}]
NUMBERS: list[Any] = [5, 10**30, -7]
CASES = [(tap, streams) for tap in TAPS for streams in CALLS[tap]]


def changed(bench: Quick, streams: str, name: str, values: list[Any]) -> None:
    """Give the first rows of an answer these values of a member, and answer so each time."""
    given: dict[str, Any] = {}

    def change(_: Any, rows: list[Any]) -> None:
        for row in rows:
            which = json.dumps(row)
            if which not in given and len(given) < len(values):
                given[which] = values[len(given)]
            row[name] = given.get(which, row[name])

    rewrite(bench, streams, change)


def held(run: Run, streams: str) -> set[Any]:
    return {key[-1] for key in run.table(lead(streams))}


@pytest.mark.parametrize(
    ("tap", "streams"),
    CASES,
)
def test_a_row_without_a_key_is_counted_and_no_other_suffers(
    forked: CommandLine, tmp_path: Path, tap: str, streams: str
) -> None:
    with quick(tap, forked, tmp_path, incidents=22) as bench:
        stream = lead(streams)
        key = KEYS[tap][stream]
        changed(bench, streams, key, NONE)
        run = bench.run()
        present = {row[key] for row in bench.truth(stream)}
        assert held(run, streams) <= present
        assert len(run.table(stream)) == len(bench.truth(stream)) - len(NONE)
        (line,) = [
            line for line in run.warnings if f"'{stream}': " in line and "primary key" in line
        ]
        assert re.search(rf"{len(NONE)} record\(s\) without a value", line)
        assert not errors(run)


@pytest.mark.parametrize(("tap", "streams"), CASES)
def test_a_key_that_is_a_number_is_kept_as_its_text(
    forked: CommandLine, tmp_path: Path, tap: str, streams: str
) -> None:
    with quick(tap, forked, tmp_path) as bench:
        stream = lead(streams)
        changed(bench, streams, KEYS[tap][stream], NUMBERS)
        run = bench.run()
        assert {str(number) for number in NUMBERS} <= held(run, streams)
        assert len(run.table(stream)) == len(bench.truth(stream))
        assert not errors(run)


@pytest.mark.parametrize("name", ["type", "companyId", "parentId", "details", "name"])
@pytest.mark.parametrize("page_size", [4, 100])
def test_members_that_tell_what_an_item_is(
    forked: CommandLine, tmp_path: Path, name: str, page_size: int
) -> None:
    """What GravityZone's endpoints are told apart by, in other types."""
    values: list[Any] = [None, [], {}, ["x"], {"a": 1}, 10**30, True, "6"]
    with quick("tap-gravityzone", forked, tmp_path) as bench:
        changed(bench, "endpoints", name, values)
        run = bench.run(config={"page_size": page_size})
        assert run.table("endpoints").keys() == {(row["id"],) for row in bench.truth("endpoints")}
