"""Faults that pass: the run completes and equals the tenant, and asks no oftener than it must."""

from __future__ import annotations

import time
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

import pytest
from edr_sandbox.serving import Fault

from tests.conftest import Bench
from tests.cortex_xdr.tenants import ALERTS, INCIDENTS, assert_complete, on_the_wire, table

Catalog = Callable[..., dict[str, Any]]

TEXT = {"reply": {"err_code": 500, "err_msg": "reached max number of retries", "err_extra": None}}
LIMIT = {"reply": {"err_code": 429, "err_msg": "Rate limit exceeded", "err_extra": None}}
INSIDE = {"reply": {"err_code": 500, "err_msg": "temporarily down", "err_extra": None}}
LIMIT_AS_500 = {"reply": {"err_code": 500, "err_msg": "Rate limit exceeded"}}
FAULTS: dict[str, dict[str, Any]] = {
    "429, wait 0": {"status": 429, "headers": {"Retry-After": "0"}, "body": LIMIT},
    "429, wait a fraction": {"status": 429, "headers": {"Retry-After": "0.02"}},
    "429, a list": {"status": 429, "headers": {"Retry-After": "0, 0"}, "body": b"<html>"},
    "429 as 500": {"status": 500, "headers": {"Retry-After": "0"}, "body": LIMIT_AS_500},
    "500 with a transient text": {"status": 500, "body": TEXT},
    "500 without a text": {"status": 500},
    "599": {"status": 599},
    "502 in HTML": {"status": 502, "body": b"<html>Bad Gateway</html>"},
    "503, wait 0": {"status": 503, "headers": {"Retry-After": "0"}},
    "504": {"status": 504},
    "200 with HTML": {"status": 200, "body": b"<html>maintenance</html>"},
    "200 and empty": {"status": 200},
    "200 with half a JSON": {"status": 200, "body": b'{"reply": {"incidents": [{"inc'},
    "200 with a bare list": {"status": 200, "body": []},
    "200 with an error inside": {"status": 200, "body": INSIDE},
    "truncated": {"kind": "truncate"},
    "reset": {"kind": "reset"},
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_passing_fault_of_every_call_loses_nothing(small: Bench, name: str) -> None:
    """Each call meets the fault twice, in the middle of its pages."""
    for call in (ALERTS, INCIDENTS, "endpoints"):
        small.server.faults.append(Fault(call=call, times=2, skip=1, **FAULTS[name]))
    run = small.run(config={"page_size": 9})
    assert_complete(small, run)
    assert sum(entry.fault is not None for entry in small.server.log) == 6
    assert "repeated requests: 6" in run.stderr


def test_a_retry_after_date_in_the_past_is_no_wait(small: Bench, catalog: Catalog) -> None:
    date = formatdate(time.time() - 60, usegmt=True)
    small.server.faults.append(Fault(status=429, headers={"Retry-After": date}))
    run = small.run(catalog=catalog("incidents"))
    assert_complete(small, run, streams=("incidents",))
    assert "attempt 2 of 7 in 0.0 s" in run.stderr


def test_a_wait_beyond_all_measure_fails_the_stream(small: Bench) -> None:
    header = {"Retry-After": "86400"}
    small.server.faults.append(Fault(call=INCIDENTS, status=429, headers=header, times=9))
    run = small.run(succeeds=False)
    assert "asks to wait 86400 s" in run.stderr
    assert_complete(small, run, streams=("alerts", "events", "endpoints"))


def test_a_server_that_falls_silent_is_asked_again(small: Bench, catalog: Catalog) -> None:
    small.server.faults.append(Fault(kind="stall", seconds=1.2))
    run = small.run(config={"request_timeout": 0.6}, catalog=catalog("incidents"))
    assert_complete(small, run, streams=("incidents",))
    assert "no answer within 0.6 s" in run.stderr


@pytest.mark.parametrize("retries", [0, 2])
def test_attempts_end_after_max_retries(small: Bench, retries: int) -> None:
    small.server.faults.append(Fault(call=INCIDENTS, status=503, times=99))
    run = small.run(succeeds=False, config={"max_retries": retries})
    assert len(small.server.calls(INCIDENTS)) == retries + 1
    assert f"({retries + 1} attempts)" in run.stderr
    assert "Failed streams: incidents." in run.stderr


def test_a_page_that_is_short_by_mistake_is_asked_for_again(small: Bench, catalog: Catalog) -> None:
    """The total says that rows are missing; the second look finds them."""
    rows = sorted(on_the_wire(small, "incidents"), key=lambda row: row["modification_time"])
    body = {"reply": {"total_count": 14, "result_count": 3, "incidents": rows[:3]}}
    small.server.faults.append(Fault(status=200, body=body))
    run = small.run(config={"page_size": 9}, catalog=catalog("incidents"))
    assert_complete(small, run, streams=("incidents",))


def test_the_rate_of_the_tenant_is_kept_without_a_429(make: Callable[..., Bench]) -> None:
    bench = make(rate_limit=True, rate_per_second=20)
    run = bench.run(config={"requests_per_second": 18, "page_size": 6})
    assert_complete(bench, run)
    assert {entry.status for entry in bench.server.log} == {200}
    assert len(bench.server.log) > 10
    assert table("alerts", run)
