"""The receiver as an ASGI application: one path for events, one for health, one for metrics.

A body is answered with 200 once it is durable, and with nothing else before. Nothing of a body, of
a header or of a secret is logged.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ipaddress
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tap_gravityzone.bodies import recognise
from tap_gravityzone.receiver.intake import Intake
from tap_gravityzone.receiver.metrics import Metrics
from tap_gravityzone.receiver.refusals import Refusals

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

HEALTH, METRICS = "/health", "/metrics"
_JSON = "application/json"


@dataclass(frozen=True)
class Rules:
    """What a request must fulfil; times in seconds, sizes in bytes.

    ``authorization`` is the exact value of the header. With an ``api_key``, the header
    ``Event-Push-Service-Md5`` must be right. No ``allowed`` networks are all networks.
    """

    authorization: str = field(repr=False)
    api_key: str | None = field(default=None, repr=False)
    path: str = "/"
    most_bytes: int = 8 << 20
    body_seconds: float = 20.0
    allowed: tuple[Network, ...] = ()


class Refused(Exception):
    """A request that is answered with another status than 200."""

    def __init__(self, status: int, reason: str, **headers: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.headers = headers


class Receiver:
    """The application; ``intake`` is running while it serves."""

    def __init__(self, rules: Rules, intake: Intake, metrics: Metrics, refusals: Refusals) -> None:
        self._rules = rules
        self._intake = intake
        self._metrics = metrics
        self._refusals = refusals

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers: Mapping[str, str] = {}
        try:
            body, kind = await self._answer(scope, receive)
            status = 200
        except Refused as refusal:
            status, kind, headers = refusal.status, _JSON, refusal.headers
            body = json.dumps({"error": refusal.reason}).encode()
            self._refusals.note(status, refusal.reason, scope.get("client"))
        await send({
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", kind.encode()),
                (b"content-length", str(len(body)).encode()),
                *((name.replace("_", "-").encode(), headers[name].encode()) for name in headers),
            ],
        })  # fmt: skip
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[bytes, str]:
        path, method = scope["path"], scope["method"]
        if path == self._rules.path:
            if method != "POST":
                raise Refused(405, "only POST", allow="POST")
            await self._take(scope, receive)
            return b"{}", _JSON
        if path == HEALTH:
            await self._check_health()
            return b'{"status": "ok"}', _JSON
        if path == METRICS:
            return self._metrics.text(), self._metrics.content_type
        raise Refused(404, "no such path")

    async def _take(self, scope: Scope, receive: Receive) -> None:
        self._check_source(scope)
        headers: dict[bytes, list[bytes]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name, []).append(value)
        self._check_authorization(headers)
        body = await self._body(headers, receive)
        self._check_integrity(headers, body)
        recognised = recognise(body)
        if recognised is None:
            raise Refused(400, "no format of the event push service")
        form, events = recognised
        begun = time.perf_counter()
        try:
            await self._intake.store(form, body)
        except OSError:
            raise Refused(503, "the spool cannot be written", retry_after="30") from None
        self._metrics.stored(form, events, len(body), time.perf_counter() - begun)

    async def _check_health(self) -> None:
        try:
            await self._intake.check()
        except OSError:
            raise Refused(503, "the spool cannot be written") from None

    def _check_source(self, scope: Scope) -> None:
        if not self._rules.allowed:
            return
        client = scope.get("client")
        try:
            address = ipaddress.ip_address(client[0] if client else "")
        except ValueError:
            raise Refused(403, "no source address") from None
        address = getattr(address, "ipv4_mapped", None) or address
        if not any(address in network for network in self._rules.allowed):
            raise Refused(403, "this source address is not allowed")

    def _check_authorization(self, headers: Mapping[bytes, list[bytes]]) -> None:
        given = headers.get(b"authorization", [])
        wanted = self._rules.authorization.encode()
        # Compared even where none came, so that all wrong ones take the same time.
        right = hmac.compare_digest(given[0] if given else b"", wanted)
        if not (right and len(given) == 1):
            raise Refused(401, "the authorization is missing or wrong")

    async def _body(self, headers: Mapping[bytes, list[bytes]], receive: Receive) -> bytes:
        most = self._rules.most_bytes
        announced = headers.get(b"content-length", [b""])[0]
        if announced.isdigit() and int(announced) > most:
            raise Refused(413, f"more than {most} bytes")
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(self._rules.body_seconds):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise Refused(400, "the body ended early")
                    parts.append(message.get("body", b""))
                    size += len(parts[-1])
                    if size > most:
                        raise Refused(413, f"more than {most} bytes")
                    if not message.get("more_body"):
                        return b"".join(parts)
        except TimeoutError:
            raise Refused(408, "the body took too long", connection="close") from None

    def _check_integrity(self, headers: Mapping[bytes, list[bytes]], body: bytes) -> None:
        if self._rules.api_key is None:
            return
        # md5(API key + md5(body)), in hexadecimal, by section 3.3 of the API reference.
        wanted = _md5(self._rules.api_key.encode() + _md5(body))
        given = headers.get(b"event-push-service-md5", [b""])[0].strip().lower()
        if not hmac.compare_digest(given, wanted):
            raise Refused(400, "Event-Push-Service-Md5 is missing or does not fit the body")


def _md5(content: bytes) -> bytes:
    return hashlib.md5(content, usedforsecurity=False).hexdigest().encode()
