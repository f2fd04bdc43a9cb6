"""Answers that are made to hurt: too large, packed bombs, floods of headers, other hosts."""

from __future__ import annotations

import gzip
import time
import tracemalloc
from collections.abc import Iterator

import pytest
from edr_sandbox.serving import Fault, Server
from edr_tap_kit import connection
from edr_tap_kit.errors import RunError, StreamError
from tap_cortex_xdr import xql

from tests.kit.test_transport import Echo, Lab

LIMIT = 1 << 20


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(connection, "LARGEST_BODY", LIMIT)
    with Server(Echo()) as running:
        yield running


@pytest.fixture
def lab(server: Server) -> Lab:
    return Lab(server.url)


@pytest.mark.parametrize("size", [LIMIT - 2, LIMIT + 1])
def test_a_body_has_a_limit(server: Server, lab: Lab, size: int) -> None:
    server.faults.append(Fault(status=200, body=b'"' + b"x" * (size - 2) + b'"'))
    if size < LIMIT:
        assert len(lab.transport().send(lab.call())) == size - 2
    else:
        with pytest.raises(StreamError, match="list: the answer is larger than 1 MiB"):
            lab.transport().send(lab.call())
    assert len(server.log) == 1, "no use in asking again"


def test_a_packed_bomb_is_left_before_it_is_unpacked(server: Server, lab: Lab) -> None:
    bomb = gzip.compress(bytes(200 << 20))
    server.faults.append(Fault(status=200, headers={"Content-Encoding": "gzip"}, body=bomb))
    tracemalloc.start()
    try:
        with pytest.raises(StreamError, match="larger than 1 MiB"):
            lab.transport().send(lab.call())
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 20 << 20


def test_a_bomb_packed_twice_is_left_as_well(server: Server, lab: Lab) -> None:
    bomb = gzip.compress(gzip.compress(bytes(100 << 20)))
    headers = {"Content-Encoding": "gzip, gzip"}
    server.faults.append(Fault(status=200, headers=headers, body=bomb))
    with pytest.raises(StreamError, match="larger than 1 MiB"):
        lab.transport().send(lab.call())


@pytest.mark.parametrize("size", [LIMIT // 2, LIMIT])
def test_a_row_packed_inside_a_body_has_the_same_limit(
    monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(xql, "LARGEST_BODY", LIMIT)
    rows = xql.lines(gzip.compress(b'{"a": "' + b"x" * size + b'"}\n{"a": "y"}\n'))
    if size < LIMIT:
        assert [len(row["a"]) for row in rows] == [size, 1]
    else:
        with pytest.raises(StreamError, match="not readable after 1 lines"):
            list(rows)


def test_layers_of_packing_have_a_limit(server: Server, lab: Lab) -> None:
    headers = {"Content-Encoding": ", ".join(["gzip"] * 50)}
    server.faults.append(Fault(status=200, headers=headers, body=b"x", times=9))
    with pytest.raises(RunError, match="connection failed"):
        lab.transport(max_retries=0).send(lab.call())


@pytest.mark.parametrize(
    "headers",
    [{f"x-{number}": "y" for number in range(200)}, {"x": "y" * 100_000}],
    ids=["many", "long"],
)
def test_headers_have_limits(server: Server, lab: Lab, headers: dict[str, str]) -> None:
    server.faults.append(Fault(status=200, headers=headers, times=9))
    with pytest.raises(RunError, match="connection failed"):
        lab.transport(max_retries=0).send(lab.call())


@pytest.mark.parametrize(
    ("date", "ahead"),
    [
        ("Fri, 31 Dec 9999 23:59:59 -0000", True), ("Mon, 01 Jan 0001 00:00:00 -0000", False),
        ("Fri, 31 Dec 9999 23:59:59 -2359", True), ("Mon, 01 Jan 0001 00:00:00 +2359", False),
        ("never", None), ("", None), ("x" * 1000, None),
    ],
)  # fmt: skip
def test_an_absurd_date_harms_nobody(
    server: Server, lab: Lab, monkeypatch: pytest.MonkeyPatch, date: str, *, ahead: bool | None
) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    headers = {"Date": date, "Retry-After": date}
    server.faults.append(Fault(status=503, headers=headers))
    server.before_reply.append(lambda _, reply: reply.headers.update(headers))
    transport = lab.transport()
    if ahead:
        with pytest.raises(StreamError, match="asks to wait"):
            transport.send(lab.call())
    else:
        transport.send(lab.call())
    skew = transport.clock_skew
    assert (None if skew is None else skew > 0) == ahead
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_carries_the_key_to_another_host(server: Server, lab: Lab, status: int) -> None:
    with Server(Echo()) as other:
        server.faults.append(Fault(status=status, headers={"Location": f"{other.url}/list"}))
        with pytest.raises(StreamError, match=f"HTTP {status}"):
            lab.transport().send(lab.call({"a": 1}))
        assert other.log == []
