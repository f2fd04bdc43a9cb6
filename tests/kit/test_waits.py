"""A wait that a vendor asks for is kept, however it is written; measured where requests arrive."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from edr_sandbox.serving import Fault, Reply, Request

from tests.kit.cli import CommandLine
from tests.kit.quick import Quick, errors, quick

HTML = b"<html><body>nginx</body></html>"
RPC_LIMIT = {"id": "1", "jsonrpc": "2.0", "error": {"code": -32003, "message": "Server error"}}
TEXT_LIMIT = {"reply": {"err_code": 500, "err_msg": "Rate limit exceeded", "err_extra": None}}
CORTEX, GRAVITYZONE = "tap-cortex-xdr", "tap-gravityzone"

# (tap, status, body, header as it is written, seconds); a date is made when it is sent.
FORMS: list[tuple[str, int, Any, str, float]] = [
    (CORTEX, 429, HTML, "1", 1),
    (CORTEX, 429, {"reply": {"err_code": 429, "err_msg": "Too many"}}, "0.4, 0.4", 0.4),
    (CORTEX, 429, b"", "date", 1),
    (CORTEX, 503, HTML, "0.4", 0.4),
    (CORTEX, 500, TEXT_LIMIT, "0.4", 0.4),
    (CORTEX, 200, TEXT_LIMIT, "0.4", 0.4),
    (GRAVITYZONE, 429, HTML, "1", 1),
    (GRAVITYZONE, 429, RPC_LIMIT, "0.4, 0.4", 0.4),
    (GRAVITYZONE, 429, b"", "date", 1),
    (GRAVITYZONE, 503, HTML, "0.4", 0.4),
    (GRAVITYZONE, 200, RPC_LIMIT, "0.4, 0.4", 0.4),
]


def refuse_once(bench: Quick, call: str, refusal: Callable[[], tuple[Reply, float]]) -> list[float]:
    """Refuse the first request of a call; the list receives the moment until which to wait."""
    simulator = bench.server.simulator
    handle, until = simulator.handle, list[float]()

    def refusing(request: Request) -> Reply:
        if until or not simulator.name_of(request).endswith(call):
            return handle(request)
        reply, moment = refusal()
        until.append(moment)
        return reply

    simulator.handle = refusing  # type: ignore[method-assign]
    return until


@pytest.mark.parametrize(("tap", "status", "body", "written", "seconds"), FORMS)
def test_a_wait_is_kept(
    forked: CommandLine,
    tmp_path: Path,
    tap: str,
    status: int,
    body: Any,
    written: str,
    seconds: float,
) -> None:
    def refusal() -> tuple[Reply, float]:
        if written != "date":
            return Reply(body, status, {"Retry-After": written}), time.time() + seconds
        moment = math.ceil(time.time() + seconds)
        return Reply(body, status, {"Retry-After": formatdate(moment, usegmt=True)}), moment

    with quick(tap, forked, tmp_path) as bench:
        call = bench.calls["incidents"]
        until = refuse_once(bench, call, refusal)
        run = bench.run()
        bench.assert_truth(run)
        refused, repeated, *_ = bench.server.calls(call)
        assert refused.request.body == repeated.request.body
        assert repeated.at >= until[0] - 0.01, "asked again before the wait was over"
        assert "repeated requests: 1" in run.stderr
        assert not errors(run)


@pytest.mark.parametrize(("tap", "limit"), [(CORTEX, TEXT_LIMIT), (GRAVITYZONE, RPC_LIMIT)])
def test_without_a_word_the_wait_grows(
    forked: CommandLine, tmp_path: Path, tap: str, limit: Any
) -> None:
    with quick(tap, forked, tmp_path) as bench:
        call = bench.calls["incidents"]
        for status, body in ((429, HTML), (200, limit), (429, b"")):
            bench.server.faults.append(Fault(call=call, status=status, body=body))
        bench.assert_truth(bench.run(config={"backoff_seconds": 0.1}))
        moments = [entry.at for entry in bench.server.calls(call)[:4]]
    for wait, before, after in zip((0.1, 0.2, 0.4), moments, moments[1:], strict=False):
        assert after - before >= wait
