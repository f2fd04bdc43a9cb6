"""One request: its retries, its waits, its deadline and what its errors say."""

from __future__ import annotations

import itertools
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from edr_sandbox.serving import Fault, Reply, Request, Server
from edr_tap_kit import codec
from edr_tap_kit.budget import Budget
from edr_tap_kit.connection import Sign
from edr_tap_kit.errors import KeyRefused, RunError, StreamError, TransientFault
from edr_tap_kit.report import Report
from edr_tap_kit.settings import Settings
from edr_tap_kit.transport import SOON, Answer, Call, Interpreter, Transport, limited

SECRET = "5ecret-key"


class Echo:
    """A vendor that answers with the body it was sent."""

    def handle(self, request: Request) -> Reply:
        return Reply({"echo": request.json() if request.body else None})

    def control(self, command: str, arguments: dict[str, Any]) -> Any:
        raise NotImplementedError

    def name_of(self, request: Request) -> str:
        return request.path


def by_key(headers: dict[str, str]) -> None:
    """Sign as the taps do: in a header."""
    headers["Authorization"] = SECRET


def interpret(_: Call, answer: Answer) -> Any:
    if answer.status == 429:
        raise limited(answer)
    if answer.status == 401:
        raise KeyRefused("dead")
    if answer.status >= 500:
        raise TransientFault(f"HTTP {answer.status}", wait=answer.retry_after())
    if answer.status != 200:
        raise StreamError(f"HTTP {answer.status}")
    return answer.json()


class Lab:
    """A transport whose sleep is recorded instead of slept."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.waits: list[float] = []
        self.report = Report(logging.getLogger("tests.transport"))

    def transport(
        self, sign: Sign = by_key, read: Interpreter = interpret, **changes: Any
    ) -> Transport:
        values: dict[str, Any] = {
            "api_key": SECRET, "start_date": None, "end_date": None, "lookback_minutes": None,
            "page_size": None, "requests_per_second": 10_000, "max_parallel_requests": 4,
            "request_timeout": 5, "max_retries": 3, "backoff_seconds": 1, "verify_ssl": True,
            "ca_bundle": None, "user_agent": "tests/1", "tenant": None, **changes,
        }  # fmt: skip
        logger = logging.getLogger("tests.transport")
        return Transport(
            Settings(**values), sign, read, Budget(10_000), self.report, logger,
            sleep=self.waits.append,
        )  # fmt: skip

    def call(self, body: Any = None, path: str = "/list") -> Call:
        return Call("list", f"{self.url}{path}", body)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(Echo()) as running:
        yield running


@pytest.fixture
def lab(server: Server) -> Lab:
    return Lab(server.url)


def in_seconds(seconds: int) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        (lambda: "7", 7), (lambda: "0", 0), (lambda: "1.5", 1.5), (lambda: "60, 60", 60),
        (lambda: "-5", 0), (lambda: in_seconds(120), 120), (lambda: in_seconds(-120), 0),
        (lambda: "soon", 1.1), (lambda: "", 1.1), (lambda: None, 1.1),
    ],
    ids=["seconds", "zero", "fraction", "list", "negative", "date", "past", "text", "empty", "no"],
)  # fmt: skip
def test_retry_after_is_obeyed(
    server: Server, lab: Lab, header: Callable[[], str | None], wait: float
) -> None:
    text = header()
    headers = {} if text is None else {"Retry-After": text}
    server.faults.append(Fault(status=429, headers=headers))
    assert lab.transport().send(lab.call({"a": 1})) == {"echo": {"a": 1}}
    assert lab.waits == pytest.approx([wait], abs=1.2 if wait > 2 else 0.2)
    assert lab.report.retries["list"] == 1


def test_a_retry_after_longer_than_a_run_ends_the_stream(server: Server, lab: Lab) -> None:
    server.faults.append(Fault(status=429, headers={"Retry-After": "3600"}))
    with pytest.raises(StreamError, match="asks to wait 3600 s"):
        lab.transport().send(lab.call())
    assert lab.waits == []


def test_without_a_word_the_wait_doubles_up_to_a_minute(server: Server, lab: Lab) -> None:
    server.faults.append(Fault(status=503, times=8))
    lab.transport(max_retries=8).send(lab.call())
    for wait, about in zip(lab.waits, [1, 2, 4, 8, 16, 32, 60, 60], strict=True):
        assert about <= wait <= about * 1.25


@pytest.mark.parametrize("max_retries", [0, 1, 3])
def test_max_retries_are_attempts_after_the_first(
    server: Server, lab: Lab, max_retries: int
) -> None:
    server.faults.append(Fault(status=503, times=99))
    with pytest.raises(StreamError, match=rf"HTTP 503 \({max_retries + 1} attempts\)"):
        lab.transport(max_retries=max_retries).send(lab.call())
    assert len(server.log) == max_retries + 1
    assert len(lab.waits) == max_retries


def test_silence_ends_the_run_until_something_was_answered(server: Server, lab: Lab) -> None:
    transport = lab.transport(max_retries=1)
    silence = Fault(kind="stall", times=99)
    server.faults.append(silence)
    with pytest.raises(RunError, match=rf"\(2 attempts\). Nothing at {server.url} answered"):
        transport.send(lab.call())
    assert not transport.answered
    server.faults.remove(silence)
    transport.send(lab.call())
    assert transport.answered
    server.faults.append(silence)
    with pytest.raises(StreamError, match=r"\(2 attempts\)"):
        transport.send(lab.call())


@pytest.mark.parametrize("refusals", [1, 2])
def test_a_key_is_refused_twice_before_it_is_dead(server: Server, lab: Lab, refusals: int) -> None:
    server.faults.append(Fault(status=401, times=refusals))
    if refusals == 1:
        assert lab.transport().send(lab.call()) == {"echo": None}
    else:
        with pytest.raises(KeyRefused):
            lab.transport().send(lab.call())
    assert len(server.log) == 2


@pytest.mark.parametrize("kind", ["truncate", "reset", "stall"])
def test_a_broken_answer_is_asked_for_again(server: Server, lab: Lab, kind: str) -> None:
    server.faults.append(Fault(kind=kind))
    body = {"a": "x" * 100_000}
    assert lab.transport().send(lab.call(body)) == {"echo": body}
    assert len(lab.waits) == 1


def test_silence_ends_at_the_time_out(server: Server, lab: Lab) -> None:
    server.faults.append(Fault(kind="delay", seconds=1.5, times=9))
    begun = time.monotonic()
    with pytest.raises(RunError, match=r"no answer within 0.2 s"):
        lab.transport(request_timeout=0.2, max_retries=0).send(lab.call())
    assert time.monotonic() - begun < 1


def test_a_dripping_body_meets_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        lab = Lab(f"http://127.0.0.1:{listener.getsockname()[1]}")
        stop = threading.Event()

        def drip() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                while not stop.wait(0.05):
                    connection.sendall(b" ")

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        begun = time.monotonic()
        with pytest.raises(RunError, match=r"no answer within 0.4 s"):
            lab.transport(request_timeout=0.4, max_retries=0).send(lab.call())
        assert time.monotonic() - begun < 2
        stop.set()
        thread.join(5)


def test_a_connection_is_used_again(server: Server, lab: Lab) -> None:
    opened = []
    accept = server._http.get_request
    server._http.get_request = lambda: opened.append(1) or accept()  # type: ignore[method-assign]
    transport = lab.transport()
    for size in (300_000, 0, 5, 300_000):
        transport.send(lab.call({"a": "x" * size}))
    assert len(opened) == 1


def test_an_unreachable_host_is_named_without_the_path(lab: Lab) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    call = Call("list", f"http://127.0.0.1:{port}/{SECRET}", None)
    with pytest.raises(RunError) as caught:
        lab.transport(max_retries=0).send(call)
    assert f"Nothing at http://127.0.0.1:{port} answered" in str(caught.value)
    assert "ConnectionRefusedError" in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("url", ["http://[broken", "ftp://host/", "http://", "https://:x"])
def test_an_unusable_url_is_said(lab: Lab, url: str) -> None:
    with pytest.raises(RunError, match="usable URL"):
        lab.transport().send(Call("list", url, None))


def test_redirects_are_handed_on_and_never_followed(server: Server, lab: Lab) -> None:
    server.faults.append(Fault(status=302, headers={"Location": f"{server.url}/elsewhere"}))
    with pytest.raises(StreamError, match="HTTP 302"):
        lab.transport().send(lab.call())
    assert [exchange.call for exchange in server.log] == ["/list"]


def test_netrc_is_never_used(
    server: Server, lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login thief password thief\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    lab.transport().send(lab.call())
    assert server.log[0].request.headers["authorization"] == SECRET


@pytest.mark.parametrize("key", ["line\nbreak", "letter\u20ac"])
def test_a_key_that_no_header_can_carry_is_said_without_it(lab: Lab, key: str) -> None:
    with pytest.raises(RunError, match="travels as a header") as caught:
        lab.transport(lambda headers: headers.update(Authorization=key)).send(lab.call())
    assert key not in str(caught.value)
    assert lab.waits == []


def test_every_attempt_is_signed_anew(server: Server, lab: Lab) -> None:
    count = itertools.count(1)
    server.faults.append(Fault(status=503, times=2))
    lab.transport(lambda headers: headers.update(Authorization=str(next(count)))).send(lab.call())
    keys = [exchange.request.headers["authorization"] for exchange in server.log]
    assert keys == ["1", "2", "3"]


def test_headers_and_method_are_those_of_the_call(server: Server, lab: Lab) -> None:
    lab.transport().send(Call("list", f"{server.url}/x", {"a": [1, None]}, method="PUT"))
    request = server.log[0].request
    assert (request.method, request.json()) == ("PUT", {"a": [1, None]})
    assert request.headers["user-agent"] == "tests/1"
    assert request.headers["content-type"] == "application/json"


def test_a_call_that_was_begun_is_repeated_meanwhile(server: Server, lab: Lab) -> None:
    server.faults.append(Fault(status=503, times=2))
    assert lab.transport().begin(lab.call({"a": 1})).result() == {"echo": {"a": 1}}
    assert len(lab.waits) == 2


def test_a_call_that_was_begun_fails_where_its_result_is_wanted(server: Server, lab: Lab) -> None:
    server.faults.append(Fault(status=401, times=2))
    begun = lab.transport().begin(lab.call())
    with pytest.raises(KeyRefused, match="dead"):
        begun.result()
    assert len(server.log) == 2


@pytest.mark.parametrize(
    ("fault", "waits"),
    [(TransientFault("busy", wait=7), [7]), (KeyRefused("a replica that lags"), [])],
)
def test_what_an_answer_hides_that_looks_good_is_repeated(
    server: Server, lab: Lab, fault: Exception, waits: list[float]
) -> None:
    faults = [fault]

    def read(call: Call, answer: Answer) -> Any:
        if faults:
            raise faults.pop()
        return interpret(call, answer)

    assert lab.transport(read=read).begin(lab.call({"a": 1})).result() == {"echo": {"a": 1}}
    assert len(server.log) == 2
    assert lab.waits == waits
    assert lab.report.retries["list"] == len(waits)


def test_an_answer_is_read_where_its_result_is_wanted(lab: Lab) -> None:
    readers = []

    def decode(body: bytes) -> Any:
        readers.append(threading.get_ident())
        return codec.decode(body)

    call = replace(lab.call({"a": 1}), decode=decode)
    assert lab.transport().begin(call).result() == {"echo": {"a": 1}}
    assert readers == [threading.get_ident()]


@pytest.mark.parametrize(
    ("took", "enough"),
    [([SOON / 2], 0), ([SOON * 2], 3), ([0.5], 7), ([0.5, SOON / 2], 0), ([SOON / 2, 0.5], 0),
     ([SOON / 2, *12 * [0.5]], 7)],
    ids=["at once", "soon", "late", "once late", "late at last", "late since"],
)  # fmt: skip
def test_how_many_in_flight_are_enough(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, took: list[float], enough: int
) -> None:
    """Ten a second, as long as they took of late; none where answers come at once."""
    moments = itertools.accumulate(part for each in took for part in (0, each))
    clock = SimpleNamespace(time=time.time, monotonic=moments.__next__)
    monkeypatch.setattr("edr_tap_kit.transport.time", clock)
    transport = lab.transport(requests_per_second=10)
    for _ in took:
        transport.send(lab.call())
    assert transport.enough() == enough
