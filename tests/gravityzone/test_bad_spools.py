"""Files in the spool that are no bodies of events: said, passed over, or the stream fails."""

from __future__ import annotations

import gzip
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.gravityzone.checking import errors, news
from tests.gravityzone.test_events import assert_all_events, body
from tests.kit.cli import CommandLine
from tests.kit.quick import Quick, quick
from tests.kit.test_hostile_rows import TIMES, VALUES, in_leaves, kept

GOOD = {"module": "install", "hwid": "good"}
TEXT = json.dumps(body(GOOD))
SAID: dict[str, tuple[bytes, str]] = {
    "binary": (bytes(range(256)) * 40, "holds something that is no JSON"),
    "a number": (b"7", "carries no events"),
    "a text": (b'"x"', "carries no events"),
    "a list": (TEXT.encode().join((b"[", b"]")), "carries no events"),
    "null": (b"null", "carries no events"),
    "NUL bytes": (b"\0" * 512, "holds something that is no JSON"),
    "UTF-16": (TEXT.encode("utf-16"), "holds something that is no JSON"),
    "NUL behind": (TEXT.encode() + b"\0\0", "holds something that is no JSON"),
    "events is an object": (TEXT.replace("[", "{").replace("]", "}").encode(), "no JSON"),
    "params is a list": (b'{"params": [], "id": 1}', "carries no events"),
    "an event is null": (json.dumps(body(None)).encode(), "an event that is no object"),  # type: ignore[arg-type]
    "deep list": (b"[" * 2000 + b"]" * 2000, "Spool file"),
}
SILENT: dict[str, bytes] = {
    "empty": b"",
    "blank": b" \r\n\t\n",
    "byte order mark": b"\xef\xbb\xbf",
    "blank lines": b"\n\n" + TEXT.encode() + b"\n\n\r\n",
    "gzip of nothing": gzip.compress(b""),
    "0 bytes of gzip": b"",
}


@pytest.fixture
def bench(forked: CommandLine, tmp_path: Path) -> Iterator[Quick]:
    """A tenant whose key reads nothing: the events are read all the same."""
    with quick("tap-gravityzone", forked, tmp_path) as made:
        made.switches.enabled_apis = ()
        yield made


@pytest.fixture
def spool(bench: Quick) -> Path:
    return bench.folder / "spool"


def put(spool: Path, name: str, content: bytes, *, age: float = 0) -> None:
    (spool / name).write_bytes(content)
    stored = time.time() - age
    os.utime(spool / name, (stored, stored))


@pytest.mark.parametrize("kind", SAID)
def test_a_file_that_is_no_body_is_said_and_hides_no_other(
    bench: Quick, spool: Path, kind: str
) -> None:
    content, said = SAID[kind]
    put(spool, "1.json", content, age=60)
    put(spool, "2.json", TEXT.encode())
    run = bench.run()
    assert "good" in {row["hwid"] for row in run.records["events"]}
    (line,) = [line for line in news(run) if "pool file" in line]
    assert said in line
    assert "1.json" in line
    assert (spool / "1.json").exists()


@pytest.mark.parametrize("kind", SILENT)
def test_a_file_of_nothing_is_no_news(bench: Quick, spool: Path, kind: str) -> None:
    suffix = ".gz" if "gzip" in kind else ""
    put(spool, f"1.json{suffix}", SILENT[kind], age=60)
    put(spool, "2.json", TEXT.encode())
    run = bench.run()
    assert {row["hwid"] for row in run.records["events"]} == {"good"}
    assert not [line for line in news(run) if "pool file" in line]


def test_a_file_that_cannot_be_opened_fails_the_stream_and_is_not_passed(
    bench: Quick, spool: Path
) -> None:
    put(spool, "1.json", json.dumps(body({**GOOD, "hwid": "before"})).encode(), age=7200)
    (spool / "2.json").symlink_to(spool / "gone")
    run = bench.run(succeeds=False)
    assert "cannot be read" in errors(run)[0]
    assert "2.json" in errors(run)[0]
    assert "Failed streams: events." in errors(run)[-1]
    (spool / "2.json").unlink()
    put(spool, "2.json", TEXT.encode(), age=3600)
    again = bench.run(run.state)
    assert "good" in {row["hwid"] for row in again.records["events"]}


def test_folders_and_links_in_the_spool(bench: Quick, spool: Path, tmp_path: Path) -> None:
    (spool / "folder.json").mkdir()
    (tmp_path / "elsewhere.json").write_text(TEXT)
    (spool / "link.json").symlink_to(tmp_path / "elsewhere.json")
    run = bench.run()
    assert {row["hwid"] for row in run.records["events"]} == {"good"}


def test_hostile_events_are_kept_with_all_of_their_values(bench: Quick, spool: Path) -> None:
    """In an event's columns, inside of what it nests, under unknown names, and as its module."""
    columns = {"module": "av", "timestamp": 1, "hash": 2, "file_path": 3, "status": 4, "_x": 5}
    events: list[dict[str, Any]] = [
        shape(value)
        for value in (*VALUES, *TIMES)
        for shape in (
            lambda value: dict.fromkeys(columns, value),
            lambda value: {"module": "av", **dict.fromkeys(columns.keys() - {"module"}, value)},
            lambda value: in_leaves({"module": "x", "detail": {"a": [1, {"b": 2}]}}, value),
            lambda value: {"module": "new-incident", "created": value, "unknown": value},
        )
    ]
    put(spool, "1.json", json.dumps(body(*events)).encode())
    run = bench.run()
    assert len(run.table("events")) == len(run.records["events"]) == len(events)
    assert not errors(run)
    told = [kept(event) for event in events]
    assert_all_events_but_times(run, told)


def assert_all_events_but_times(run: Any, events: list[dict[str, Any]]) -> None:
    """Assert that each event is there; a number that stands for a time is the kit's to test."""
    times = {"timestamp", "created"}
    readable = [event for event in events if not times & event.keys()]
    ids = {row["_event_id"] for row in run.records["events"] if not times_of(row, times)}
    kept_rows = [row for row in run.records["events"] if row["_event_id"] in ids]
    for row in kept_rows:
        (row.get("_extra") or {}).pop(
            "_event_type", None
        )  # the module once more, where it is no text
    run.records["events"] = kept_rows
    assert_all_events(run, readable)


def times_of(row: dict[str, Any], names: set[str]) -> bool:
    return any(name in row or name in (row.get("_extra") or {}) for name in names)


@pytest.mark.parametrize("sent", [None, "", [], {}, 10**30, -1, "soon", True, 1e300])
def test_an_envelope_of_any_id(bench: Quick, spool: Path, sent: Any) -> None:
    put(spool, "1.json", json.dumps(body(GOOD, sent=sent)).encode())
    (record,) = bench.run().records["events"]
    assert record["_event_time"].endswith("Z")
    assert record["_received_at"]


def test_a_file_dated_in_the_future_hides_no_later_one(bench: Quick, spool: Path) -> None:
    put(spool, "future.json", json.dumps(body({**GOOD, "hwid": "future"})).encode(), age=-9e6)
    first = bench.run()
    assert {row["hwid"] for row in first.records["events"]} == {"future"}
    put(spool, "now.json", TEXT.encode())
    second = bench.run(first.state)
    assert "good" in {row["hwid"] for row in second.records["events"]}
