"""Whatever stands in the rows of a vendor: no row with a key is lost, and none of its values."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cortex_xdr import tenants
from tests.gravityzone import checking
from tests.kit.cli import CommandLine
from tests.kit.quick import CALLS, TAPS, Quick, errors, quick, rewrite
from tests.support.comparing import differences
from tests.support.running import Run

Row = dict[str, Any]
NAN, INFINITY = float("nan"), float("inf")
# Each stands on a row of its own. What JSON does not know is kept as its text.
VALUES: list[Any] = [
    "\ud800 lone \udfff", "x" * 200_000, "a\x00b", "NaN", "", " ", NAN, INFINITY, -INFINITY,
    10**30, -(10**30), 10**400, 1.5, -0.0, True, False, 0, {"a": {"b": [None, {}]}},
    {"a.b": 1, "": 2, " ": 3, "k" * 5000: 4, "_extra": {"x": 1}}, [None, "x", 5],
]  # fmt: skip
KEYS = {"tap-cortex-xdr": tenants.KEYS, "tap-gravityzone": {"incidents": "incidentId",
        "alerts": "id", "endpoints": "id"}}  # fmt: skip
# What tells where a row lies, or (companyId, type) what it is: the subject of other tests.
SPARED = {
    "modification_time", "local_insert_ts", "first_seen", "events_length", *checking.STAMPS,
    "companyId", "type",
}  # fmt: skip
UNKNOWN = {f"unknown {number}": number for number in range(3000)}
ODD_NAMES = {"a.b": 1, " ": 2, "": 3, "n" * 5000: 4, "_extra": {"x": 1}, "__proto__": 5}
CASES = [(tap, streams) for tap in TAPS for streams in CALLS[tap]]


def lead(streams: str) -> str:
    """Return the first of several streams."""
    return streams.partition(",")[0]


def kept(value: Any) -> Any:
    """Return a value as it must be read: what JSON does not know as text."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, float) and value in (INFINITY, -INFINITY):
        return "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, float) and value != value:  # noqa: PLR0124 (that is what NaN is)
        return "NaN"
    if isinstance(value, list):
        return [kept(each) for each in value]
    if isinstance(value, dict):
        return {kept(name): kept(each) for name, each in value.items()}
    return value


def in_leaves(value: Any, hostile: Any) -> Any:
    """Return a value whose innermost members are the hostile one, whatever holds them."""
    if isinstance(value, dict):
        return {name: in_leaves(each, hostile) for name, each in value.items()}
    if isinstance(value, list):
        return [in_leaves(each, hostile) for each in value]
    return hostile


def bend(bench: Quick, streams: str, bent: Callable[[Row, int], Row]) -> dict[Any, Row]:
    """Send ``bent(row, number)`` in the place of each row; the result receives them by key."""
    sent: dict[Any, Row] = {}
    key = KEYS[bench.tap][lead(streams)]
    numbers: dict[Any, int] = {}

    def change(body: Row, rows: list[Row]) -> None:
        of_details = bench.tap == "tap-gravityzone" and streams == "alerts"
        above = {"incidentId": body["result"]["incidentId"]} if of_details else {}
        for index, row in enumerate(rows):
            number = numbers.setdefault(row[key], len(numbers))
            spared = {name: row[name] for name in row if name in SPARED or name == key}
            rows[index] = {**bent(row, number), **spared}
            sent[*above.values(), row[key]] = {**rows[index], **above}

    rewrite(bench, streams, change)
    return sent


def assert_kept(run: Run, streams: str, sent: dict[Any, Row]) -> None:
    emitted = run.table(lead(streams))
    assert len(sent) > 3
    assert emitted.keys() == sent.keys()
    for key, row in sent.items():
        expected = kept(row)
        extra = expected.pop("_extra", None)
        record = {**emitted[key], "_extra": dict(emitted[key].get("_extra") or {})}
        # A vendor's own field of that name is kept inside of ours.
        assert record["_extra"].pop("_extra", None) == extra
        assert not differences(expected, record), key
    assert not errors(run)


def run_of(bench: Quick) -> Run:
    """Run with the default page sizes, so that nothing but the rows is out of the ordinary."""
    return bench.run(config={"max_retries": 0})


@pytest.mark.parametrize(("tap", "streams"), CASES)
def test_any_value_in_all_columns(
    forked: CommandLine, tmp_path: Path, tap: str, streams: str
) -> None:
    with quick(tap, forked, tmp_path, incidents=22, endpoints=22) as bench:
        sent = bend(bench, streams, lambda row, number: dict.fromkeys(row, VALUES[number % 20]))
        assert_kept(run_of(bench), streams, sent)


@pytest.mark.parametrize(("tap", "streams"), CASES)
def test_any_value_inside_of_what_is_nested(
    forked: CommandLine, tmp_path: Path, tap: str, streams: str
) -> None:
    with quick(tap, forked, tmp_path, incidents=22, endpoints=22) as bench:
        sent = bend(bench, streams, lambda row, number: in_leaves(row, VALUES[number % 20]))
        assert_kept(run_of(bench), streams, sent)


@pytest.mark.parametrize(("tap", "streams"), CASES)
def test_any_number_of_fields_of_any_name(
    forked: CommandLine, tmp_path: Path, tap: str, streams: str
) -> None:
    with quick(tap, forked, tmp_path) as bench:
        sent = bend(bench, streams, lambda row, _: {**row, **UNKNOWN, **ODD_NAMES})
        run = run_of(bench)
        assert_kept(run, streams, sent)
        assert any("fields unknown to the schema" in line for line in run.warnings)


TIMES = [
    "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59.999Z",
    "9999-12-31T23:59:59-05:00", "0000-00-00 00:00:00", "2026-02-30T00:00:00Z", "soon", "", -1,
    -(10**15), 10**12, 10**18, 10**25, 1e300, 0, True, [], {}, ["2026-01-01T00:00:00Z"],
]  # fmt: skip


@pytest.mark.parametrize(("tap", "streams"), CASES)
def test_times_that_cannot_be(forked: CommandLine, tmp_path: Path, tap: str, streams: str) -> None:
    """A time that can be read is UTC text, checked by the consumer; another is in _extra."""
    with quick(tap, forked, tmp_path, incidents=20, endpoints=20) as bench:
        sent = bend(bench, streams, lambda row, number: dict.fromkeys(row, TIMES[number % 19]))
        run = run_of(bench)
        stream = lead(streams)
        columns = run.schemas[stream]["properties"]
        emitted = run.table(stream)
        assert emitted.keys() == sent.keys()
        for key, row in sent.items():
            for name in row.keys() - SPARED:
                if columns.get(name, {}).get("format") == "date-time":
                    value = emitted[key][name]
                    assert value is not None or emitted[key]["_extra"][name] == row[name]
        assert not errors(run)


@pytest.mark.parametrize("depth", [300, 500, 2000])
@pytest.mark.parametrize(("tap", "streams"), CASES)
def test_nesting_however_deep(
    forked: CommandLine, tmp_path: Path, tap: str, streams: str, depth: int
) -> None:
    """One row of a table must not cost the others, whatever becomes of it."""
    with quick(tap, forked, tmp_path) as bench:

        def change(body: Row, rows: list[Row]) -> bytes:
            rows[0]["unknown"] = "DEEP"
            text = '{"a":' * depth + "1" + "}" * depth
            return json.dumps(body).replace('"DEEP"', text).encode()

        rewrite(bench, streams, change)
        run = run_of(bench)
        for stream in streams.split(", "):
            assert len(run.table(stream)) == len(bench.truth(stream))
