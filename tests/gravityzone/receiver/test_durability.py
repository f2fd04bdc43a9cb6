"""What was acknowledged is read, whatever happens to the receiver in between."""

from __future__ import annotations

import http.client
import json
import random
import resource
import signal
import threading
import time
from pathlib import Path

from tests.conftest import Bench
from tests.gravityzone.receiver.process import SECRET, ReceiverProcess, event, rpc

KILLS = 50
_POSTERS = 6
_MOST_BYTES = 64 << 10  # of a file, for a disk that is full


class Posters:
    """Threads that post events of their own, and know which were acknowledged."""

    def __init__(self, port: int, first: int) -> None:
        self._port = port
        self._numbers = iter(range(first, first + 10**6))
        self._stopping = threading.Event()
        self.acknowledged: list[int] = []
        self.tried = first
        self._threads = [threading.Thread(target=self._post) for _ in range(_POSTERS)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _post(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        while not self._stopping.is_set():
            number = next(self._numbers)
            self.tried = max(self.tried, number)
            try:
                connection.request("POST", "/", rpc(event(number)), {"Authorization": SECRET})
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException):
                break
            if answer.status == 200:
                self.acknowledged.append(number)
        connection.close()


def test_all_that_was_acknowledged_survives_kills(bench: Bench, spool: Path) -> None:
    """Short segments, so that kills also hit the sealing of one."""
    chance = random.Random(7)
    receiver = ReceiverProcess(spool, "--segment-seconds", "0.1")
    acknowledged: set[int] = set()
    read: set[int] = set()
    state = None
    first = 0
    for kill in range(KILLS):
        receiver.start()
        posters = Posters(receiver.port, first)
        time.sleep(chance.uniform(0.02, 0.4))  # the moment of the kill is the test
        receiver.stop(signal.SIGKILL)
        posters.stop()
        acknowledged |= set(posters.acknowledged)
        first = posters.tried + 1
        if kill % 10 == 0:
            run = bench.run(state)
            state = run.state
            read |= {int(row["hwid"][3:]) for row in run.records["events"]}
    run = bench.run(state)
    read |= {int(row["hwid"][3:]) for row in run.records["events"]}
    assert len(acknowledged) > KILLS
    assert not acknowledged - read
    whole = bench.run()
    assert {int(row["hwid"][3:]) for row in whole.records["events"]} == read
    assert not [line for line in whole.warnings if "Spool" in line]
    assert len([path for path in spool.iterdir() if path.is_dir()]) == 1, "it keeps its folder"


def test_a_full_disk_is_answered_with_503_and_loses_nothing(bench: Bench, spool: Path) -> None:
    """A limit on the size of files stands for the full disk: writes fail amid a line."""
    with ReceiverProcess(spool) as receiver:
        limits = (_MOST_BYTES, resource.RLIM_INFINITY)
        resource.prlimit(receiver.process.pid, resource.RLIMIT_FSIZE, limits)
        replies = [receiver.post(rpc(event(n), {"x": "y" * 9_000})).status for n in range(20)]
        taken = [number for number, status in enumerate(replies) if status == 200]
        assert set(replies) == {200, 503}
        assert taken == list(range(len(taken)))
        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(receiver.process.pid, resource.RLIMIT_FSIZE, unlimited)
        assert receiver.request("GET", "/health").status == 200
        assert receiver.post(rpc(event(100))).status == 200
    rows = bench.run().records["events"]
    assert [row["hwid"] for row in rows if "hwid" in row] == [f"hw-{n}" for n in (*taken, 100)]


def test_health_tells_that_the_disk_refuses(spool: Path) -> None:
    with ReceiverProcess(spool) as receiver:
        assert receiver.request("GET", "/health").status == 200
        resource.prlimit(receiver.process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        assert receiver.request("GET", "/health").status == 503


def test_a_torn_line_is_left_out_and_what_follows_is_read(bench: Bench, spool: Path) -> None:
    receiver = ReceiverProcess(spool)
    receiver.start()
    receiver.post(rpc(event(1)))
    receiver.stop(signal.SIGKILL)
    (torn,) = spool.rglob("*.open")
    with torn.open("ab") as file:
        file.write(b'{"received_at":"2026-01-01T00:00:00.000000Z","format":"jsonRPC","bo')
    first = bench.run()
    with receiver:
        receiver.post(rpc(event(2)))
    second = bench.run(first.state)
    assert [row["hwid"] for row in first.records["events"]] == ["hw-1"]
    assert [row["hwid"] for row in second.records["events"]] == ["hw-2"]


def test_a_clock_that_was_set_back_hides_nothing(bench: Bench, spool: Path) -> None:
    """The newest segment is dated tomorrow: what comes now must still lie behind it."""
    receiver = ReceiverProcess(spool)
    with receiver:
        receiver.post(rpc(event(1)))
    (sealed,) = spool.rglob("*.ndjson.gz")
    (folder,) = (path for path in spool.iterdir() if path.is_dir())
    sealed.unlink()
    line = {"received_at": "2099-01-01T00:00:00.000000Z", "format": "jsonRPC"}
    text = json.dumps({**line, "body": rpc(event(1))}) + "\n"
    (folder / "20990101T000000000000Z.open").write_text(text)
    with receiver:
        first = bench.run()
        receiver.post(rpc(event(2)))
        second = bench.run(first.state)
    assert [row["hwid"] for row in first.records["events"]] == ["hw-1"]
    assert [row["hwid"] for row in second.records["events"]] == ["hw-2"]
    assert second.records["events"][0]["_received_at"] > "2099-01-01T00:00:00.000000Z"


def test_several_receivers_share_a_spool(bench: Bench, spool: Path) -> None:
    with ReceiverProcess(spool) as one, ReceiverProcess(spool) as other:
        for number in range(10):
            (one if number % 2 else other).post(rpc(event(number)))
        first = bench.run()
        other.post(rpc(event(10)))
        one.post(rpc(event(11)))
        second = bench.run(first.state)
    assert [row["hwid"] for row in first.records["events"]] == [f"hw-{n}" for n in range(10)]
    assert [row["hwid"] for row in second.records["events"]] == ["hw-10", "hw-11"]
    assert len(list(spool.iterdir())) == 2
