"""API keys of both levels, and what a user reads when one is not accepted."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from edr_sandbox.serving import Fault, Reply, Request

from tests.conftest import Bench
from tests.cortex_xdr.tenants import INCIDENTS, NOW, assert_complete, small_world
from tests.support.running import Run

REFUSED = {"reply": {"err_code": 401, "err_msg": "Public API request unauthorized"}}


def errors(run: Run) -> list[str]:
    return [line for line in run.stderr.splitlines() if "| ERROR" in line]


def assert_refused(run: Run, level: str) -> None:
    (error,) = errors(run)
    assert "does not accept the key (HTTP 401)" in error
    for hint in ("api_key,", "api_key_id", f"now '{level}'", "expiration", "clock"):
        assert hint in error
    assert not any(run.records.values())
    assert run.exit_code == 1


def test_a_standard_key_goes_verbatim_and_unsigned(make: Callable[..., Bench]) -> None:
    bench = make(small_world(), level="standard")
    assert_complete(bench, bench.run())
    for entry in bench.server.log:
        assert entry.request.headers["authorization"] == bench.config["api_key"]
        assert "x-xdr-nonce" not in entry.request.headers


def test_an_advanced_key_never_leaves_the_machine(small: Bench) -> None:
    assert_complete(small, small.run(config={"api_key_id": 7}))
    for entry in small.server.log:
        headers = entry.request.headers
        assert headers["x-xdr-auth-id"] == "7"
        assert small.config["api_key"] not in str(dict(headers))
        assert abs(int(headers["x-xdr-timestamp"]) - entry.at * 1000) < 60_000


def test_each_attempt_is_signed_afresh(small: Bench) -> None:
    small.switches.set(transient_500=3, transient_call=INCIDENTS)
    assert_complete(small, small.run())
    attempts = small.server.calls(INCIDENTS)
    assert [entry.status for entry in attempts] == [500, 500, 500, 200]
    assert len({entry.request.headers["x-xdr-nonce"] for entry in attempts}) == 4
    assert len({entry.request.headers["authorization"] for entry in attempts}) == 4


@pytest.mark.parametrize("status", [403, 500])
@pytest.mark.parametrize(
    ("level", "sent", "shown"),
    [
        ("standard", slice(None), "(key)"),
        ("standard", slice(100), "(key)"),
        ("advanced", slice(None), "(signature)"),
    ],
)
def test_what_the_vendor_repeats_of_a_request_is_not_said(
    make: Callable[..., Bench], level: str, sent: slice, shown: str, status: int
) -> None:
    bench = make(small_world(), level=level)
    handle = bench.server.simulator.handle

    def repeating(request: Request) -> Reply:
        if INCIDENTS not in request.path:
            return handle(request)
        extra = f"invalid header '{request.headers['authorization'][sent]}'"
        refusal = {"err_code": status, "err_msg": "no", "err_extra": extra}
        return Reply({"reply": refusal}, status)

    bench.server.simulator.handle = repeating
    run = bench.run(succeeds=status == 403)
    assert f"invalid header '{shown}'" in run.stderr


@pytest.mark.parametrize("level", ["standard", "advanced"])
def test_the_wrong_level(make: Callable[..., Bench], level: str) -> None:
    bench = make(small_world(), level=level)
    other = {"standard": "advanced", "advanced": "standard"}[level]
    assert_refused(bench.run(config={"auth_type": other}, succeeds=False), other)
    assert len(bench.server.log) <= 2


@pytest.mark.parametrize("wrong", [{"api_key": "K" * 128, "api_key_id": "7"}])
def test_a_wrong_key(small: Bench, wrong: dict[str, str]) -> None:
    assert_refused(small.run(config=wrong, succeeds=False), "advanced")


def test_an_expired_key(small: Bench) -> None:
    small.world.key_expiration = NOW - 1
    assert_refused(small.run(succeeds=False), "advanced")


def test_a_wrong_clock_is_shown_against_the_servers(small: Bench) -> None:
    small.server.simulator.clock = lambda: time.time() - 3600
    run = small.run(succeeds=False)
    assert_refused(run, "advanced")
    assert "the server says " in errors(run)[0]


def test_a_signature_that_is_refused_once(small: Bench) -> None:
    small.server.faults.append(Fault(call=INCIDENTS, status=401, body=REFUSED))
    run = small.run()
    assert_complete(small, run)
    assert not errors(run)


def test_a_key_that_dies_during_a_run_ends_it(small: Bench) -> None:
    """What was read before stays, with its bookmark."""
    small.server.faults.append(Fault(call=INCIDENTS, status=401, body=REFUSED, times=99))
    run = small.run(succeeds=False)
    assert "does not accept the key" in errors(run)[0]
    assert_complete(small, run, streams=("alerts", "events", "endpoints"))
    assert "alerts" in run.state["bookmarks"]
    small.server.faults.clear()
    rest = small.run(run.state)
    assert_complete(small, run, rest)
