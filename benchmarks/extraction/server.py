"""A vendor on loopback that is never the limit: pages spliced from rows that were serialised once.

    python benchmarks/extraction/server.py [--records 20000] [--port 0]

It prints its URL. ``PUT /control`` takes members of :class:`Behaviour` as JSON, the others have
their defaults then, and forgets what it counted; ``GET /control`` returns what it counted since.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import socket
import time
import zlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import uvicorn
import uvloop
from vendor.behaviour import Behaviour, Refused
from vendor.cortex_xdr import CortexXDR
from vendor.gravityzone import GravityZone

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]


@dataclass
class Counted:
    """What came in: the monotonic time of each request (s)."""

    arrivals: list[float] = field(default_factory=list)


class Vendor:
    """The application behind the socket."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._counted = Counted()
        self._cortex = CortexXDR()
        self._gravityzone = GravityZone()

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer a request of the vendor's clients, or of whoever controls it (ASGI)."""
        if scope["path"] == "/control":
            await self._control(scope["method"], receive, send)
            return
        self._counted.arrivals.append(time.monotonic())
        answered = asyncio.get_running_loop().time() + self._behaviour.latency_ms / 1000
        asked = await _body(receive)
        if asked is None:
            return
        status, body = self._answer(scope["path"], asked)
        headers = [(b"content-type", b"application/json")]
        if self._behaviour.gzip:
            headers.append((b"content-encoding", b"gzip"))
            body = zlib.compress(body, 1, wbits=31)
        await asyncio.sleep(answered - asyncio.get_running_loop().time())
        await _respond(send, status, body, headers)

    def _answer(self, path: str, asked: bytes) -> tuple[int, bytes]:
        try:
            if "/jsonrpc/" in path:
                service = path.rpartition("/")[2]
                return 200, self._gravityzone.reply(service, asked, self._behaviour)
            return 200, self._cortex.reply(path, asked, self._behaviour)
        except Refused as refusal:
            return 400, json.dumps({"not supported by the double": str(refusal)}).encode()

    async def _control(self, method: str, receive: Receive, send: Send) -> None:
        told = await _body(receive)
        if method == "PUT" and told:
            self._behaviour = Behaviour(**json.loads(told))
            self._counted = Counted()
        body = json.dumps(dataclasses.asdict(self._counted)).encode()
        await _respond(send, 200, body, [(b"content-type", b"application/json")])


async def _body(receive: Receive) -> bytes | None:
    """Return the body of a request, ``None`` when the client has gone before it was sent."""
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def _respond(
    send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]
) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})


async def serve(behaviour: Behaviour, port: int) -> None:
    """Serve until the process is told to end."""
    vendor = Vendor(behaviour)
    config = uvicorn.Config(
        vendor, http="httptools", lifespan="off", log_config=None, timeout_keep_alive=120
    )
    with socket.create_server(("127.0.0.1", port)) as listener:
        print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        await uvicorn.Server(config).serve(sockets=[listener])


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--records", type=int, default=Behaviour.records)
    parser.add_argument("--port", type=int, default=0)
    given = parser.parse_args()
    uvloop.run(serve(Behaviour(records=given.records), given.port))


if __name__ == "__main__":
    main()
