"""Writing segments: what is on disk, and when."""

from __future__ import annotations

import gzip
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tap_gravityzone.spool import names, writing
from tap_gravityzone.spool.writing import SegmentWriter, seal


def writer(folder: Path) -> SegmentWriter:
    return SegmentWriter(folder, most_bytes=1 << 20, most_seconds=60)


def lines(path: Path) -> list[names.Line]:
    whole = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [names.LINES.decode(line) for line in whole.splitlines()]


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, int]]:
    """What was made durable, by name and size, and what was renamed, in order."""
    noted: list[tuple[str, str, int]] = []
    sync, rename = os.fsync, Path.rename

    def noting_sync(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        noted.append(("sync", path.name, path.stat().st_size if path.is_file() else 0))
        sync(descriptor)

    def noting_rename(path: Path, target: Path) -> Any:
        noted.append(("rename", path.name, path.stat().st_size))
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", noting_sync)
    monkeypatch.setattr(Path, "rename", noting_rename)
    return noted


def test_bodies_are_synced_before_append_returns(
    tmp_path: Path, steps: list[tuple[str, str, int]]
) -> None:
    one = writer(tmp_path)
    for _ in range(2):
        one.append([("jsonRPC", b"{}"), ("cef", b"\xff")])
        (path,) = tmp_path.glob("*.open")
        assert steps[-1] == ("sync", path.name, path.stat().st_size)
    assert ("sync", tmp_path.name, 0) in steps, "its name as well"
    one.rotate(at_once=True)


def test_a_sealed_segment_is_whole_before_it_has_its_name(
    tmp_path: Path, steps: list[tuple[str, str, int]]
) -> None:
    one = writer(tmp_path)
    one.append([("jsonRPC", b"{}")])
    closed = one.rotate(at_once=True)
    assert closed
    steps.clear()
    sealed = seal(closed)
    assert sealed
    unfinished = f"{closed.name}.tmp"
    size = sealed.stat().st_size
    assert steps == [("sync", unfinished, size), ("rename", unfinished, size),
                     ("sync", tmp_path.name, 0)]  # fmt: skip
    assert [path.name for path in tmp_path.iterdir()] == [sealed.name]


def test_what_could_not_be_synced_does_not_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = writer(tmp_path)
    one.append([("jsonRPC", b"first")])
    with monkeypatch.context() as broken:
        broken.setattr(writing.os, "fsync", _refuse)
        for _ in range(2):
            with pytest.raises(OSError, match="refused"):
                one.append([("jsonRPC", b"refused")])
    one.append([("jsonRPC", b"second")])
    (path,) = tmp_path.glob("*.open")
    assert [line.content for line in lines(path)] == [b"first", b"second"]
    one.rotate(at_once=True)


def _refuse(_: int) -> None:
    raise OSError("refused")


def test_times_ascend_even_where_the_clock_stands_still(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stopped(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime(2026, 3, 1, tzinfo=tz)

    monkeypatch.setattr(writing, "datetime", Stopped)
    seen: list[str] = []
    for _ in range(3):
        one = writer(tmp_path)
        for _ in range(2):
            one.append([("jsonRPC", b"{}")] * 2)
            closed = one.rotate(at_once=True)
            assert closed
            seen += [line.received_at for line in lines(closed)]
            sealed = seal(closed)
            assert sealed
            found = names.segment(sealed.name)
            assert found
            assert found.last == seen[-1]
    assert seen == sorted(set(seen))


def test_segments_are_due_by_size_and_by_age(tmp_path: Path) -> None:
    sized = SegmentWriter(tmp_path, most_bytes=500, most_seconds=1_000)
    sized.append([("jsonRPC", b"x" * 100)])
    assert sized.rotate() is None
    sized.append([("jsonRPC", b"x" * 500)])
    assert sized.rotate()
    aged = SegmentWriter(tmp_path, most_bytes=1 << 20, most_seconds=0)
    aged.append([("jsonRPC", b"x")])
    assert aged.rotate()
    assert aged.rotate() is None


@pytest.mark.parametrize(
    "name",
    ["20260301T100000000000Z.ndjson.gz", "20260301T100000000000Z--20260301T100000000000Z.open",
     "20260301T1000.open", "20260301T100000000000Z.open.tmp", "notes.txt"],
)  # fmt: skip
def test_other_names_are_no_segments(name: str) -> None:
    assert names.segment(name) is None


def test_names_say_times() -> None:
    moment = datetime(2026, 3, 1, 10, 0, 5, 17, tzinfo=UTC)
    found = names.segment(names.sealed_name(names.open_name(moment), moment))
    assert found
    assert found.first == found.last == names.to_text(moment) == "2026-03-01T10:00:05.000017Z"
