"""The spool of pushed events: what of it is read, passed over, and said."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Bench
from tests.gravityzone.checking import assert_truth, errors, news
from tests.gravityzone.test_events import body, read, store


def event(number: int) -> dict[str, Any]:
    return {"module": "install", "hwid": f"hw-{number}"}


def read_ids(bench: Bench, **options: Any) -> tuple[set[str], list[str]]:
    run = read(bench, **options)
    said = [line for line in news(run) if "pool" in line]
    return {row["hwid"] for row in run.records["events"]}, said


def test_compressed_nested_and_concatenated_files(small: Bench, spool: Path) -> None:
    (spool / "1.json.gz").write_bytes(gzip.compress(json.dumps(body(event(1))).encode()))
    (spool / "2025" / "11").mkdir(parents=True)
    store(spool / "2025" / "11", "2.json", body(event(2)))
    store(spool, "3.json", body(event(3)), body(event(4), sent=7))
    (spool / "4.json").write_bytes(b"\xef\xbb\xbf" + json.dumps(body(event(5))).encode())
    (spool / "5.ndjson").write_text(f"{json.dumps(event(6))}\n{json.dumps(event(7))}\n")
    (spool / "6.hec").write_text("".join(json.dumps({"event": event(n)}) for n in (8, 9)))
    ids, said = read_ids(small)
    assert ids == {f"hw-{number}" for number in range(1, 10)}
    assert not said


def test_unfinished_files_are_left_alone(small: Bench, spool: Path) -> None:
    store(spool, "1.json", body(event(1)))
    for name in ("2.json.part", "3.json.tmp", ".4.json", "5.json.swp"):
        store(spool, name, body(event(9)))
    (spool / ".hidden").mkdir()
    store(spool / ".hidden", "6.json", body(event(9)))
    ids, said = read_ids(small)
    assert ids == {"hw-1"}
    assert not said


def test_broken_files_are_said_once_and_passed_over(small: Bench, spool: Path) -> None:
    whole = json.dumps(body(event(1)))
    (spool / "1-cut.json").write_text(whole + "\n" + whole[:-10])
    (spool / "2-no-json.json").write_text("<html>")
    (spool / "3-cut.json.gz").write_bytes(gzip.compress(whole.encode())[:-12])
    (spool / "4-no-gzip.json.gz").write_bytes(b"plain")
    (spool / "5-no-events.json").write_text('{"jsonrpc": "2.0", "method": "other"}')
    (spool / "6-a-list.json").write_text("[1, 2]")
    (spool / "7-odd-event.json").write_text(json.dumps(body(event(2), "text")))  # type: ignore[arg-type]
    (spool / "8-empty.json").write_bytes(b"")
    (spool / "9-deep.json").write_text("[" * 100_000)
    store(spool, "99.json", body(event(3)))
    ids, said = read_ids(small)
    assert ids == {"hw-1", "hw-2", "hw-3"}
    for name in ("1-cut", "2-no", "3-cut", "4-no", "5-no", "6-a", "7-odd", "9-deep"):
        assert len([line for line in said if name in line]) == 1, name
    assert len(said) == 8


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_what_is_readable_around_damaged_lines_is_read(
    small: Bench, spool: Path, packed: bool
) -> None:
    lines = [json.dumps(event(number)) for number in range(1, 5)]
    damaged = [
        '{"module": "install", broken',
        '{"module": "install", "hwid": "torn',
        '{"other": 1}',
    ]
    text = "\n".join([lines[0], damaged[0], lines[1], damaged[1], damaged[2], *lines[2:], ""])
    path = spool / ("1.ndjson.gz" if packed else "1.ndjson")
    path.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    ids, said = read_ids(small)
    assert ids == {"hw-1", "hw-2", "hw-3", "hw-4"}
    first, summary = said
    assert f"{path.name}, line 2, holds something that is no JSON" in first
    assert "3 parts of spool files could not be read, in 1 file(s)" in summary


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("Jun 11 2024 12:34:56+01:00", "2024-06-11T11:34:56Z"),
        ("Jun 11 2024 12:34:56.120 -0430", "2024-06-11T17:04:56.120Z"),
        ("Jun 11 2024 12:34:56 Z", "2024-06-11T12:34:56Z"),
        ("Jun 11 2024 12:34:56", "2024-06-11T12:34:56Z"),
    ],
)
def test_the_times_of_a_cef_message(small: Bench, spool: Path, written: str, told: str) -> None:
    header = "CEF:0|Bitdefender|GravityZone|6.4|70000|Registration|3|"
    text = f"{header}BitdefenderGZModule=registration start={written} dvchost=a"
    (spool / "1.cef").write_text(text)
    (record,) = read(small).records["events"]
    assert (record["_event_time"], record["_extra"]["start"]) == (told, told)


def test_the_line_of_a_damaged_cef_message_is_named(small: Bench, spool: Path) -> None:
    message = (
        "CEF:0|Bitdefender|GravityZone|6.4|70000|Install|3|BitdefenderGZModule=install hwid=hw-"
    )
    (spool / "1.cef").write_text(f"{message}1\n\n{message[:30]}\n{message}2\n")
    ids, (said,) = read_ids(small)
    assert ids == {"hw-1", "hw-2"}
    assert "1.cef, line 3, holds a line that is no CEF message" in said


def test_an_empty_spool_is_no_trouble(small: Bench) -> None:
    run = read(small)
    assert not run.records["events"]
    assert not [line for line in news(run) if "pool" in line]


def test_without_a_spool_the_stream_is_skipped(small: Bench) -> None:
    del small.config["events_spool"]
    run = small.run()
    (line,) = news(run)
    assert "'events' is skipped" in line
    assert "events_spool" in line
    assert_truth(small, run)


@pytest.mark.parametrize("missing", ["nowhere", "a-file"])
def test_a_spool_that_is_no_folder_fails_the_stream(
    small: Bench, tmp_path: Path, missing: str
) -> None:
    (tmp_path / "a-file").write_text("{}")
    run = small.run(config={"events_spool": str(tmp_path / missing)}, succeeds=False)
    said = errors(run)
    assert "'events' failed" in said[0]
    assert "events_spool" in said[0]
    assert "Failed streams: events." in said[-1]
    assert_truth(small, run)


def test_the_spool_may_be_a_url(small: Bench, spool: Path) -> None:
    store(spool, "1.json", body(event(1)))
    ids, _ = read_ids(small, config={"events_spool": spool.as_uri()})
    assert ids == {"hw-1"}


def test_an_object_store_without_credentials_fails_the_stream(
    small: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    run = small.run(config={"events_spool": "s3://bucket/events"}, succeeds=False)
    failure, last = errors(run)
    assert "'events' failed: events_spool cannot be listed (NoCredentialsError" in failure
    assert "credentials, rights" in failure
    assert "Failed streams: events." in last
    assert_truth(small, run)


def test_unusual_texts_and_numbers_are_kept(small: Bench, spool: Path) -> None:
    text = '{"module": "new-incident", "attack_entry": 4169751531, "username": "\\ud800 \\u2603",'
    text += ' "file_name": "a\\u0000b", "severity_score": NaN, "created": "2025-01-01T00:00:00Z"}'
    (spool / "1.json").write_text(text)
    (record,) = read(small).records["events"]
    assert record["attack_entry"] == 4169751531
    assert record["username"].endswith("☃")
    assert record["severity_score"] is None
    assert record["_extra"] == {"severity_score": "NaN"}
