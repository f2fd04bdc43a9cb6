"""Serve a simulated vendor on loopback, with faults on demand and a log of every request.

A simulator is any object with the two methods of :class:`Simulator`. It knows nothing of sockets;
this module knows nothing of vendors.
"""

from __future__ import annotations

import gzip
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol, Self

from typing_extensions import override

CONTROL_PREFIX = "/_sandbox/"


@dataclass(frozen=True)
class Request:
    """One HTTP request as it arrived; header names are lower-case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the decoded body; raises ``ValueError`` when it is not JSON."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """What is sent back: ``body`` is bytes, or anything that ``json.dumps`` takes."""

    body: Any = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def payload(self) -> bytes:
        """Return the body as it goes over the wire."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class Simulator(Protocol):
    """What a simulated vendor offers to the server."""

    def handle(self, request: Request) -> Reply:
        """Answer a vendor request."""

    def control(self, command: str, arguments: dict[str, Any]) -> Any:
        """Carry out a control command and return something JSON can hold."""

    def name_of(self, request: Request) -> str:
        """Name the vendor call of a request, for faults and the log (``incidents.getIncident``)."""


@dataclass
class Fault:
    """A misbehaviour for the next ``times`` requests whose call name contains ``call``.

    ``kind``: ``reply`` (send ``status``/``headers``/``body`` instead of the real answer),
    ``truncate`` (half of the real body under its full Content-Length, then close), ``reset``
    (TCP reset in mid-body), ``stall`` (silence for ``seconds``, then close), ``delay`` (``seconds``
    before the real answer). ``skip`` requests pass before it begins.
    """

    kind: str = "reply"
    call: str = ""
    times: int = 1
    skip: int = 0
    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = b""
    seconds: float = 0.0


@dataclass(frozen=True)
class Exchange:
    """One answered request, for assertions on what a client asked and when."""

    call: str
    request: Request
    status: int
    at: float
    fault: str | None = None


class Server:
    """A simulator behind an HTTP/1.1 server on a free loopback port; a context manager.

    ``before_reply`` hooks run after a vendor request was answered by the simulator and before the
    answer is sent: tests change the world there, between two pages of one client.
    """

    def __init__(self, simulator: Simulator, port: int = 0) -> None:
        self.simulator = simulator
        self.faults: list[Fault] = []
        self.log: list[Exchange] = []
        self.before_reply: list[Callable[[Request, Reply], None]] = []
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", port), _handler_for(self))
        self._http.daemon_threads = True
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    @property
    def url(self) -> str:
        """Base URL, without a trailing slash."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(timeout=5)

    def calls(self, name: str = "") -> list[Exchange]:
        """Return the exchanges whose call name contains ``name``."""
        with self._lock:
            return [exchange for exchange in self.log if name in exchange.call]

    def answer(self, request: Request) -> tuple[Reply, Fault | None]:
        """Return the answer to a request and the fault that applies to it, if any."""
        if request.path.startswith(CONTROL_PREFIX):
            return self._control(request), None
        call = self.simulator.name_of(request)
        with self._lock:
            fault = self._due_fault(call)
        if fault is not None and fault.kind == "reply":
            reply = Reply(fault.body, fault.status, fault.headers)
        else:
            reply = self.simulator.handle(request)
            for hook in list(self.before_reply):
                hook(request, reply)
        with self._lock:
            kind = fault.kind if fault else None
            self.log.append(Exchange(call, request, reply.status, time.time(), kind))
        return reply, fault

    def _due_fault(self, call: str) -> Fault | None:
        for fault in self.faults:
            if fault.call in call and fault.times > 0:
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                return fault
        return None

    def _control(self, request: Request) -> Reply:
        command = request.path.removeprefix(CONTROL_PREFIX).strip("/")
        try:
            arguments = request.json() if request.body else {}
            if command == "faults":
                self.faults.append(Fault(**arguments))
                return Reply({"faults": len(self.faults)})
            if command == "log":
                return Reply([[entry.call, entry.status, entry.at] for entry in self.log])
            return Reply(self.simulator.control(command, arguments))
        except (KeyError, TypeError, ValueError) as error:
            return Reply({"error": f"{command}: {error}"}, status=400)


def _handler_for(server: Server) -> type[BaseHTTPRequestHandler]:  # noqa: C901 (a class)
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body of an answer are two packets: the second one would wait 40 ms for the first.
        disable_nagle_algorithm = True
        server_version = "nginx"
        sys_version = ""

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.command, self.path, headers, self.rfile.read(length))
            reply, fault = server.answer(request)
            self._send(reply, fault, gzip_allowed="gzip" in headers.get("accept-encoding", ""))

        do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 (names of the base class)

        def _send(self, reply: Reply, fault: Fault | None, *, gzip_allowed: bool) -> None:
            kind = fault.kind if fault else ""
            if fault and kind in {"stall", "delay"}:
                time.sleep(fault.seconds)  # a slow vendor is the point of these faults
            if kind == "stall":
                self.close_connection = True
                return
            payload = reply.payload()
            if "Date" in reply.headers:  # a server with a clock of its own
                self.send_response_only(reply.status)
            else:
                self.send_response(reply.status)
            if gzip_allowed and len(payload) > 1024 and "Content-Encoding" not in reply.headers:
                payload = gzip.compress(payload, 1)
                self.send_header("Content-Encoding", "gzip")
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if "Content-Type" not in reply.headers:
                self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            if kind in {"truncate", "reset"}:
                self.wfile.write(payload[: len(payload) // 2])
                self.wfile.flush()
                self.close_connection = True
                if kind == "reset":
                    linger = struct.pack("ii", 1, 0)
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    self.connection.close()
                return
            self.wfile.write(payload)

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Stay silent: the log is in memory."""

        @override
        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except (BrokenPipeError, ConnectionResetError, ValueError):
                self.close_connection = True

    return Handler
