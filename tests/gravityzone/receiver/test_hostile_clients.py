"""Clients that are slow, too many, malformed or unauthorised do not disturb the others."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from tests.gravityzone.receiver.process import SECRET, ReceiverProcess, event, rpc

_HEAD = f"POST / HTTP/1.1\r\nHost: x\r\nAuthorization: {SECRET}\r\n"
_HEALTH = "GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


@contextmanager
def raw(receiver: ReceiverProcess, sent: bytes | str) -> Iterator[socket.socket]:
    """A bare connection on which something was sent."""
    with socket.create_connection(("127.0.0.1", receiver.port), timeout=20) as connection:
        connection.sendall(sent.encode() if isinstance(sent, str) else sent)
        yield connection


def rest(connection: socket.socket) -> bytes:
    """Return all that comes until the other side closes."""
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ("", b""),
        ("POST / HTTP/1.1\r\nHost: x\r\n", b""),
        (f"{_HEAD}Content-Length: 500\r\n\r\n{{", b"408"),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{", b"401"),
        (f"{_HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\nab", b"408"),
    ],
)
def test_slow_requests_are_ended(receiver: ReceiverProcess, sent: str, status: bytes) -> None:
    begun = time.monotonic()
    with raw(receiver, sent) as connection:
        assert status in rest(connection)[:12]
    assert time.monotonic() - begun < 15


@pytest.mark.parametrize(
    "sent",
    [
        "no http at all\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        f"{_HEAD}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        f"{_HEAD}Content-Length: -5\r\n\r\n",
        f"{_HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        f"{_HEAD}X: {'y' * 300_000}\r\n\r\n",
    ],
)
def test_malformed_requests_are_refused(
    spool: Path, receiver: ReceiverProcess, sent: str | bytes
) -> None:
    with raw(receiver, sent) as connection:
        assert rest(connection)[9:12] in (b"400", b"")
    assert receiver.post(rpc(event(1))).status == 200
    assert not [path for path in spool.rglob("*") if path.suffix == ".gz"]


def test_others_are_served_while_slow_clients_hold_connections(spool: Path) -> None:
    options = ("--connections", "200", "--head-seconds", "60", "--body-seconds", "60")
    with ReceiverProcess(spool, *options) as receiver, ExitStack() as stack:
        for number in range(45):
            sent = "" if number % 2 else f"{_HEAD}Content-Length: 5000\r\n\r\n{{"
            stack.enter_context(raw(receiver, sent))
        worst = 0.0
        for number in range(100):
            begun = time.monotonic()
            assert receiver.post(rpc(event(number))).status == 200
            worst = max(worst, time.monotonic() - begun)
        assert worst < 5


def test_no_source_takes_all_connections(spool: Path) -> None:
    options = ("--connections", "40", "--head-seconds", "60")
    with ReceiverProcess(spool, *options) as receiver, ExitStack() as stack:
        held = [stack.enter_context(raw(receiver, "")) for _ in range(12)]
        assert rest(held[-1]) == b""
        with socket.create_connection(
            ("127.0.0.1", receiver.port), timeout=20, source_address=("127.0.0.2", 0)
        ) as other:
            other.sendall(_HEALTH.encode())
            assert rest(other)[9:12] == b"200"
        held[0].close()
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:  # a connection that ended makes room
            with raw(
                receiver, "GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            ) as one:
                if rest(one)[9:12] == b"200":
                    return
        raise AssertionError("a closed connection is still counted")


def test_a_refusal_leaves_the_connection_usable(receiver: ReceiverProcess) -> None:
    with closing(receiver.connect()) as connection:
        for body, status in (
            (b"x" * 3_000_000, 413),
            (b"noise", 400),
            (rpc(event(1)).encode(), 200),
        ):
            connection.request("POST", "/", body, {"Authorization": SECRET})
            answer = connection.getresponse()
            answer.read()
            assert answer.status == status
