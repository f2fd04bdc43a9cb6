"""How many events the receiver acknowledges durably, how fast, and what replaying them costs.

    python benchmarks/receiver.py [--seconds 10] [--replay 1000000]

Load comes from 50 connections of one process on the same machine, so that both share its cores. At
"most" each connection posts again as soon as it is answered; at "half" the posts are planned in
advance at half that rate, and a latency counts from the planned moment. "Of the floor" is the share
of what the disk allows: appends of the same bodies with an fsync for each group of 50.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import uvloop
from edr_sandbox.gravityzone.world import World
from typing_extensions import override

CONNECTIONS = 50
SECRET = "Bearer benchmark"  # noqa: S105 (opens nothing but a receiver of its own)
_BIN = Path(sys.executable).parent
_AT = 1_763_800_000


@dataclass
class Load:
    """Posts until a moment, so many a second or as fast as answers come; their latencies in s."""

    requests: list[bytes]
    until: float
    rate: float | None = None
    latencies: list[float] = field(default_factory=list)
    sent: int = 0

    def next_moment(self, begun: float) -> float:
        """Return when the next post is due."""
        self.sent += 1
        return begun + self.sent / self.rate if self.rate else time.perf_counter()


class Poster(asyncio.Protocol):
    """One connection."""

    def __init__(self, load: Load, begun: float) -> None:
        self._load = load
        self._begun = begun
        self._answer = b""
        self.ended = asyncio.get_running_loop().create_future()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._plan()

    @override
    def data_received(self, data: bytes) -> None:
        self._answer += data
        if not self._answer.endswith(b"\r\n\r\n{}"):
            return
        if not self._answer.startswith(b"HTTP/1.1 200"):
            self.ended.set_exception(RuntimeError(self._answer.decode()))
            return
        self._answer = b""
        self._load.latencies.append(time.perf_counter() - self._due)
        self._plan()

    def _plan(self) -> None:
        self._due = self._load.next_moment(self._begun)
        if self._due >= self._load.until:
            self._transport.close()
            self.ended.set_result(None)
            return
        wait = self._due - time.perf_counter()
        if wait > 0:
            asyncio.get_running_loop().call_later(wait, self._send)
        else:
            self._send()

    def _send(self) -> None:
        requests = self._load.requests
        self._transport.write(requests[len(self._load.latencies) % len(requests)])


async def run_load(port: int, requests: list[bytes], seconds: float, rate: float | None) -> Load:
    """Post for some seconds, at a rate or as fast as answers come."""
    begun = time.perf_counter()
    load = Load(requests, begun + seconds, rate)
    loop = asyncio.get_running_loop()
    posters = [
        (await loop.create_connection(lambda: Poster(load, begun), "127.0.0.1", port))[1]
        for _ in range(CONNECTIONS)
    ]
    await asyncio.gather(*(poster.ended for poster in posters))
    return load


def request_of(body: bytes) -> bytes:
    """Return a whole HTTP request."""
    head = f"POST / HTTP/1.1\r\nHost: x\r\nAuthorization: {SECRET}\r\nContent-Length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


def bodies_of(events_each: int) -> list[bytes]:
    """Return bodies with so many events of all types."""
    world = World(seed=3)
    bodies = []
    for number in range(200):
        events = [{**event, "benchmark": number} for event in world.push.events(events_each, _AT)]
        body = {"jsonrpc": "2.0", "method": "addEvents", "params": {"events": events}, "id": number}
        bodies.append(json.dumps(body).encode())
    return bodies


def appends_per_second(bodies: list[bytes], folder: Path, seconds: float) -> float:
    """Return the floor: bodies appended in groups of 50, each group with an fsync."""
    group = b"\n".join((bodies * CONNECTIONS)[:CONNECTIONS])
    count, deadline = 0, time.perf_counter() + seconds
    with (folder / "floor").open("wb", buffering=0) as file:
        while time.perf_counter() < deadline:
            file.write(group)
            os.fsync(file.fileno())
            count += CONNECTIONS
    return count / seconds


def start_receiver(spool: Path) -> tuple[subprocess.Popen[str], int]:
    """Start a receiver; return it and its port."""
    process = subprocess.Popen(
        [_BIN / "tap-gravityzone-receiver", "--spool", spool, "--port", "0"],
        stderr=subprocess.PIPE, text=True,
        env={**os.environ, "TAP_GRAVITYZONE_RECEIVER_AUTHORIZATION": SECRET},
    )  # fmt: skip
    assert process.stderr  # noqa: S101 (piped)
    for line in process.stderr:
        if '"listening"' in line:
            return process, json.loads(line)["port"]
    raise RuntimeError("the receiver did not start")


def measure(events_each: int, seconds: float) -> list[str]:
    """Return a row of the table."""
    bodies = bodies_of(events_each)
    requests = list(map(request_of, bodies))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        floor = appends_per_second(bodies, folder, 2)
        process, port = start_receiver(folder / "spool")
        try:
            uvloop.run(run_load(port, requests, 1, None))
            most = uvloop.run(run_load(port, requests, seconds, None))
            half_rate = len(most.latencies) / seconds / 2
            half = uvloop.run(run_load(port, requests, seconds, half_rate))
        finally:
            process.terminate()
            process.communicate()
    per_second = len(most.latencies) / seconds
    return [
        f"{events_each} ({statistics.mean(map(len, bodies)):,.0f} B)",
        f"{per_second * events_each:,.0f}",
        f"{per_second / floor:.2f}",
        f"{_percentile(most.latencies, 99):.0f}",
        f"{half_rate * events_each:,.0f}",
        f"{_percentile(half.latencies, 50):.1f}",
        f"{_percentile(half.latencies, 99):.1f}",
    ]


def replay(events: int) -> str:
    """Return what reading so many events costs, and that memory does not grow with them."""
    rows = []
    for count in (events // 10, events):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            fill(folder / "spool" / "receiver-benchmark", count)
            config = folder / "config.json"
            config.write_text(json.dumps({
                "api_url": "https://unused.example", "api_key": "unused",
                "events_spool": str(folder / "spool"),
            }))  # fmt: skip
            catalog = folder / "catalog.json"
            catalog.write_text(events_alone())
            begun = time.perf_counter()
            lines, used = run_tap(config, catalog)
            seconds = time.perf_counter() - begun
        if lines != count:
            raise RuntimeError(f"the tap read {lines:,} of {count:,} events")
        rows.append(f"| {lines:,} | {lines / seconds:,.0f} | {used.ru_maxrss / 1024:.0f} |")
    head = "| Events read | events/s | peak memory, MB |\n|---:|---:|---:|"
    return "\n".join([head, *rows])


def fill(folder: Path, count: int) -> None:
    """Write sealed segments of 10,000 events each, as a receiver would."""
    folder.mkdir(parents=True)
    world = World(seed=3)
    samples = [json.dumps(event)[:-1] for event in world.push.events(500, _AT)]
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    for start in range(0, count, 10_000):
        lines = []
        for number in range(start, min(start + 10_000, count)):
            moment += timedelta(microseconds=500)
            event = f'{samples[number % 500]}, "hwid": "hw-{number}"}}'
            body = (
                f'{{"jsonrpc":"2.0","method":"addEvents","params":{{"events":[{event}]}},"id":1}}'
            )
            text = moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            lines.append(json.dumps({"received_at": text, "format": "jsonRPC", "body": body}))
        first = moment - timedelta(microseconds=500 * (len(lines) - 1))
        name = f"{first:%Y%m%dT%H%M%S%f}Z--{moment:%Y%m%dT%H%M%S%f}Z.ndjson.gz"
        packed = gzip.compress("\n".join([*lines, ""]).encode(), compresslevel=1)
        (folder / name).write_bytes(packed)


def events_alone() -> str:
    """Return a catalog in which only ``events`` is selected."""
    found = subprocess.run(
        [_BIN / "tap-gravityzone", "--discover"], capture_output=True, check=True, text=True
    )
    catalog = json.loads(found.stdout)
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            if not entry["breadcrumb"]:
                entry["metadata"]["selected"] = stream["tap_stream_id"] == "events"
    return json.dumps(catalog)


def run_tap(config: Path, catalog: Path) -> tuple[int, resource.struct_rusage]:
    """Run the tap; return how many RECORD messages it wrote and what it used."""
    process = subprocess.Popen(
        [_BIN / "tap-gravityzone", "--config", config, "--catalog", catalog],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout  # noqa: S101 (piped)
    lines = sum(b'"type":"RECORD"' in line for line in process.stdout)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError("the tap failed")
    return lines, used


def _percentile(latencies: list[float], percent: int) -> float:
    """Return a percentile in milliseconds."""
    return statistics.quantiles(latencies, n=100)[percent - 1] * 1000


def main() -> None:
    """Measure and print tables in Markdown."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--replay", type=int, default=1_000_000)
    given = parser.parse_args()
    print(f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {platform.platform()}\n")
    print("| Events a body | events/s, most | of the disk's floor | p99 ms | events/s, half "
          "| p50 ms | p99 ms |\n|---|---:|---:|---:|---:|---:|---:|")  # fmt: skip
    for events_each in (1, 10):
        print(f"| {' | '.join(measure(events_each, given.seconds))} |", flush=True)
    if given.replay:
        print(f"\n{replay(given.replay)}")


if __name__ == "__main__":
    main()
