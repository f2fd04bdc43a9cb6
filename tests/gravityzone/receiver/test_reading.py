"""The events stream over a spool: what is read, when, and what is said of the rest."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Bench
from tests.gravityzone.receiver.process import event, rpc
from tests.gravityzone.receiver.spools import at, line, stamp, write_open, write_sealed
from tests.support.running import Run


def seconds(run: Run) -> list[int]:
    """Return the numbers of the events that a run wrote, in its order."""
    return [int(row["hwid"][3:]) for row in run.records["events"]]


def said(run: Run) -> list[str]:
    return [one for one in run.warnings if "Spool" in one and "Said during" not in one]


def test_receivers_are_read_in_order_of_time(bench: Bench, spool: Path) -> None:
    write_sealed(spool / "receiver-a", 1, 4)
    write_sealed(spool / "receiver-a", 6, 7)
    write_open(spool / "receiver-a", 9)
    write_sealed(spool / "receiver-b", 2, 3, 5)
    write_open(spool / "receiver-b", 8, 10)
    run = bench.run()
    assert seconds(run) == list(range(1, 11))
    assert [row["_received_at"] for row in run.records["events"]] == [at(n) for n in range(1, 11)]


def test_a_run_goes_on_where_the_last_one_ended(bench: Bench, spool: Path) -> None:
    write_sealed(spool / "receiver-a", 1, 2)
    growing = write_open(spool / "receiver-a", 3, 4)
    first = bench.run()
    with growing.open("a") as file:
        file.write(line(5))
        file.write(line(6)[:-20])
    second = bench.run(first.state)
    with growing.open("a") as file:
        file.write(line(6)[-20:])
    third = bench.run(second.state)
    growing.unlink()
    write_sealed(spool / "receiver-a", 3, 4, 5, 6, 7)
    fourth = bench.run(third.state)
    assert [seconds(run) for run in (first, second, third, fourth)] == [[1, 2, 3, 4], [5], [6], [7]]
    assert not seconds(bench.run(fourth.state))


def test_late_segments_of_another_receiver_are_not_missed(bench: Bench, spool: Path) -> None:
    write_sealed(spool / "receiver-a", 10, 20)
    write_sealed(spool / "receiver-b", 5, 6)
    first = bench.run()
    write_sealed(spool / "receiver-b", 7, 8)
    write_sealed(spool / "receiver-c", 1, 2)
    assert seconds(bench.run(first.state)) == [1, 2, 7, 8]


def test_a_segment_that_is_just_being_sealed_is_read_once(bench: Bench, spool: Path) -> None:
    write_open(spool / "receiver-a", 1, 2)
    write_sealed(spool / "receiver-a", 1, 2)
    assert seconds(bench.run()) == [1, 2]


def test_dates_bound_what_is_read(bench: Bench, spool: Path) -> None:
    write_sealed(spool / "receiver-a", 1, 2, 3, 4, 5)
    shard = bench.run(config={"start_date": at(2), "end_date": at(4)})
    assert seconds(shard) == [2, 3]
    later = bench.run(shard.state, config={"start_date": at(2)})
    assert seconds(later) == [4, 5]
    earlier = bench.run(later.state, config={"start_date": at(1)})
    assert seconds(earlier) == [1, 2, 3, 4, 5]
    assert not seconds(bench.run(earlier.state, config={"start_date": at(1)}))


def test_a_lookback_that_is_asked_for_reads_again(bench: Bench, spool: Path) -> None:
    write_sealed(spool / "receiver-a", 1, 2)
    first = bench.run()
    assert not seconds(bench.run(first.state))
    assert seconds(bench.run(first.state, config={"lookback_minutes": 1})) == [1, 2]


def test_times_of_long_ago_lie_before_all_lines(bench: Bench, spool: Path) -> None:
    write_sealed(spool / "receiver-a", 1, 2)
    first = bench.run(config={"start_date": "0900-01-01T00:00:00Z"})
    assert seconds(first) == [1, 2]
    eleven_centuries = 60 * 24 * 365 * 1_100
    assert seconds(bench.run(first.state, config={"lookback_minutes": eleven_centuries})) == [1, 2]


@pytest.mark.parametrize(
    "position", [None, 5, "yesterday", {"receiver-a": 3}, {"receiver-a": "soon"}]
)
def test_a_damaged_position_reads_again(bench: Bench, spool: Path, position: Any) -> None:
    write_sealed(spool / "receiver-a", 1, 2)
    state = bench.run().state
    state["bookmarks"]["events"]["receivers"] = position
    assert seconds(bench.run(state)) == [1, 2]


def test_damage_is_said_and_holds_nothing_up(bench: Bench, spool: Path) -> None:
    bad = [line(2)[:30] + "\n", line(3).replace("2026", "9926", 1), "noise\n", "\n"]
    text = line(1) + "".join(bad) + line(4) + line(5, "no body of ours") + line(6, rpc(event(6)))
    damaged = write_sealed(spool / "receiver-a", 1, 6, text=text)
    cut = write_sealed(spool / "receiver-a", 7, 8, 9)
    cut.write_bytes(cut.read_bytes()[:-12])
    write_sealed(spool / "receiver-a", 10, 11)
    run = bench.run()
    assert seconds(run) == [1, 4, 6, 7, 8, 10, 11]
    assert len(said(run)) == 2
    assert f"{damaged}, line 2," in said(run)[0]
    assert str(cut) in said(run)[1]
    again = bench.run(run.state)
    assert not seconds(again)
    assert not said(again)


def test_the_end_of_a_damaged_segment_is_passed(bench: Bench, spool: Path) -> None:
    write_sealed(spool / "receiver-a", 1, 3, text=line(1) + "noise\n")
    state = bench.run().state
    assert not said(bench.run(state))


def test_bytes_that_are_no_text_are_kept(bench: Bench, spool: Path) -> None:
    body = "eyJtb2R1bGUiOiAiYXYiLCAiaHdpZCI6ICJody0xIiwgImZpbGVfcGF0aCI6ICL/In0="
    entry = {"received_at": at(1), "format": "qradar", "body_base64": body}
    write_sealed(spool / "receiver-a", 1, text=json.dumps(entry) + "\n")
    (row,) = bench.run().records["events"]
    assert "dcff" in row["file_path"]


def test_files_of_other_receivers_are_read_beside_segments(bench: Bench, spool: Path) -> None:
    write_sealed(spool / "receiver-a", 1)
    (spool / "receiver-a" / "by-hand.json").write_text(rpc(event(2)))
    (spool / "elsewhere").mkdir()
    (spool / "elsewhere" / "3.json.gz").write_bytes(gzip.compress(rpc(event(3)).encode()))
    first = bench.run()
    assert sorted(seconds(first)) == [1, 2, 3]
    assert first.state["bookmarks"]["events"]["receivers"] == {"receiver-a": at(1)}


def test_test_events_are_flagged_and_keys_last(bench: Bench, spool: Path) -> None:
    body = rpc({"module": "av", "_testEvent_": True, "hwid": "hw-1"}, event(2))
    write_sealed(spool / "receiver-a", 1, text=line(1, body))
    write_sealed(spool / "receiver-b", 9, text=line(9, body))
    run = bench.run()
    assert [row["_is_test"] for row in run.records["events"]] == [True, False] * 2
    assert len(run.table("events")) == 2


def test_a_killed_run_resumes_within_the_segment(bench: Bench, spool: Path) -> None:
    """States move while one long segment is read, and each is a place to go on from."""
    lines = [
        json.dumps({"received_at": f"2026-03-01T10:00:00.{n:06d}Z", "format": "jsonRPC",
                    "body": rpc(event(n))})
        for n in range(3_500)
    ]  # fmt: skip
    folder = spool / "receiver-a"
    folder.mkdir()
    name = f"{stamp(0)}--20260301T100000003499Z.ndjson.gz"
    (folder / name).write_bytes(gzip.compress("\n".join([*lines, ""]).encode()))
    run = bench.run()
    states = [state for state in run.states if "events" in state.get("bookmarks", {})]
    assert len(states) >= 3
    middle = states[len(states) // 2]
    resumed = seconds(bench.run(middle))
    assert 0 < len(resumed) < 3_500
    assert resumed == list(range(3_500 - len(resumed), 3_500))
