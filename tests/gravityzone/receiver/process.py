"""A receiver as an operator starts it, and requests to it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple, Self

SECRET = "Bearer 5up3r-s3cret-of-the-receiver"
COMMAND = str(Path(sys.executable).parent / "tap-gravityzone-receiver")


def environment(**more: str) -> dict[str, str]:
    """Return an environment without settings of taps but those given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TAP_")}
    return {**kept, "TAP_GRAVITYZONE_RECEIVER_AUTHORIZATION": SECRET, **more}


class Reply(NamedTuple):
    """A status and a body."""

    status: int
    text: str


class ReceiverProcess:
    """A running receiver; a context manager that ends it as an operator would."""

    def __init__(self, spool: Path | str, *options: str, **variables: str) -> None:
        self._arguments = [COMMAND, "--spool", str(spool), "--port", "0", *options]
        self._environment = environment(**variables)
        self._tls = "--certfile" in options
        self.log = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.stop()

    def start(self) -> None:
        """Start, and wait until it listens."""
        self.process = subprocess.Popen(
            self._arguments, env=self._environment, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stderr
        for line in self.process.stderr:
            self.log += line
            if '"listening"' in line:
                self.port = json.loads(line)["port"]
                return
        raise AssertionError(f"it did not start: {self.log}")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal, wait for the end and return the exit status."""
        self.process.send_signal(number)
        _, rest = self.process.communicate(timeout=30)
        self.log += rest
        return self.process.returncode

    def connect(self) -> http.client.HTTPConnection:
        """Return a new connection."""
        if not self._tls:
            return http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=20, context=context)

    def request(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """Send a request on a connection of its own; ``_`` in names of headers stands for ``-``."""
        connection = self.connect()
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, named)
            answer = connection.getresponse()
            return Reply(answer.status, answer.read().decode())
        finally:
            connection.close()

    def post(self, body: bytes | str, **headers: str) -> Reply:
        """Post a body as the push service does."""
        content = body.encode() if isinstance(body, str) else body
        return self.request("POST", "/", content, **{"Authorization": SECRET, **headers})


def rpc(*events: dict[str, Any], sent: int = 1_763_800_000_123) -> str:
    """Return a body of the format jsonRPC."""
    body = {"jsonrpc": "2.0", "method": "addEvents", "params": {"events": events}, "id": sent}
    return json.dumps(body)


def event(number: int) -> dict[str, Any]:
    """Return an event of its own."""
    return {"module": "install", "hwid": f"hw-{number}", "companyId": "5f0d0d0d0d0d0d0d0d0d0d0d"}
