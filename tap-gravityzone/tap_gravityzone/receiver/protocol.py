"""uvicorn's HTTP protocol with the limits that a receiver on the internet needs."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_MOST_HEAD_BYTES = 64 << 10


@dataclass
class Limits:
    """Limits of all connections of a server; times in seconds.

    A request's line and headers must arrive within ``head_seconds``, all of it within
    ``request_seconds``. ``open`` counts the connections of each source address.
    """

    head_seconds: float
    request_seconds: float
    most_connections: int
    most_of_one_source: int
    refused: Callable[[int, str, tuple[str, int] | None], None]
    open: Counter[str] = field(default_factory=Counter)


class LimitedProtocol(HttpToolsProtocol):
    """One connection; other arguments are those of uvicorn's protocol."""

    _timer: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _in_head = True
    _source: str | None = None

    @override
    def __init__(self, limits: Limits, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._limits = limits

    @override
    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        source = self.client[0] if self.client else ""
        if (
            self._limits.open.total() >= self._limits.most_connections
            or self._limits.open[source] >= self._limits.most_of_one_source
        ):
            self._limits.refused(503, "too many connections", self.client)
            transport.abort()
            return
        self._source = source
        self._limits.open[source] += 1
        self._wait(self._limits.head_seconds)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        if self._source is not None:
            self._limits.open -= Counter([self._source])
            self._source = None
        super().connection_lost(exc)

    @override
    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if self._in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > _MOST_HEAD_BYTES:
            self.send_400_response("The headers are too long.")

    @override
    def send_400_response(self, msg: str) -> None:
        self._limits.refused(400, "no valid HTTP request", self.client)
        super().send_400_response(msg)

    @override
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        self._wait(self._limits.head_seconds)

    @override
    def on_headers_complete(self) -> None:
        self._in_head, self._head_bytes = False, 0
        self._wait(self._limits.request_seconds)
        super().on_headers_complete()

    @override
    def on_message_complete(self) -> None:
        self._stop_waiting()
        super().on_message_complete()

    def _wait(self, seconds: float) -> None:
        self._stop_waiting()
        self._timer = self.loop.call_later(seconds, self._too_slow)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_slow(self) -> None:
        self._limits.refused(408, "the request took too long", self.client)
        self.transport.abort()
