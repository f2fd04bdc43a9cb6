"""HTTP 500 is how this vendor says nearly everything; its text tells what to do about it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from edr_sandbox.serving import Fault

from tests.cortex_xdr.tenants import ENDPOINTS, INCIDENTS
from tests.kit.cli import CommandLine
from tests.kit.quick import Quick, errors, quick

PREFIX = "An error occurred while processing XDR public API"
TRANSIENT = [
    "reached max number of retries",
    "Request timed out",
    "Service temporarily down",
    "Please try again later",
    "The service is unavailable",
    "Internal error",
    "",
]
PERMANENT = [
    "Search size must fulfill the requirement: 0 < search_size <= 100",
    "incident management - No endpoint was found for creating the requested action",
    "TypeIsMandatory",
    "TypeNotSupported",
    "Invalid value for modification_time",
    "request_data is missing",
    "Unknown field first_sen",
]
UNLICENSED = ["No identity threat", "The feature is not enabled", "missing license"]
ENVELOPES: dict[str, Any] = {
    "reply": lambda text: {"reply": {"err_code": 500, "err_msg": PREFIX, "err_extra": text}},
    "data": lambda text: {
        "data": {"err_msg": PREFIX, "metadata": {"err_code": 500, "err_extra": text}}
    },
    "root": lambda text: {"err_msg": f"{PREFIX} - {text}", "metadata": {"err_code": 500}},
    "message": lambda text: {"errorCode": 500, "message": text, "details": None},
    "error": lambda text: {"error": text},
    "objects": lambda text: {
        "reply": {"err_code": 500, "err_msg": PREFIX,
                  "err_extra": [{"type": "error", "loc": ["x"], "msg": text}]}
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def forked() -> Iterator[CommandLine]:
    with CommandLine() as run:
        yield run


@pytest.fixture
def bench(forked: CommandLine, tmp_path: Path) -> Iterator[Quick]:
    with quick("tap-cortex-xdr", forked, tmp_path) as made:
        yield made


def fault(text: str, envelope: str = "reply", *, times: int = 1, status: int = 500) -> Fault:
    return Fault(call=INCIDENTS, status=status, times=times, body=ENVELOPES[envelope](text))


@pytest.mark.parametrize("status", [500, 599])
def test_transient_texts_are_asked_again(bench: Quick, status: int) -> None:
    bench.server.faults += [fault(text, status=status) for text in TRANSIENT]
    run = bench.run(config={"max_retries": len(TRANSIENT)})
    bench.assert_truth(run)
    assert len(bench.server.calls(INCIDENTS)) == len(TRANSIENT) + 1
    assert f"repeated requests: {len(TRANSIENT)}" in run.stderr


@pytest.mark.parametrize("text", PERMANENT)
def test_permanent_texts_are_not(bench: Quick, text: str) -> None:
    bench.server.faults.append(fault(text, times=999))
    run = bench.run(succeeds=False)
    assert not re.search(r"repeated requests: [1-9]", run.stderr)
    assert text in errors(run)[0]
    assert errors(run)[-1].endswith("Failed streams: incidents.")
    bench.assert_truth(run, streams=("alerts", "events", "endpoints"))


@pytest.mark.parametrize("text", ["", "Internal error", "Request timed out"])
def test_an_error_that_does_not_say_why_may_be_a_call_that_the_tenant_lacks(
    bench: Quick, text: str
) -> None:
    bench.server.faults.append(fault(text, times=999))
    run = bench.run(config={"max_retries": 1}, succeeds=False)
    assert "raise max_retries if it lasts" in errors(run)[0]
    assert ("the tenant may lack it: deselect it" in errors(run)[0]) == ("timed out" not in text)


@pytest.mark.parametrize("text", UNLICENSED)
def test_a_licence_that_is_missing_skips_the_stream(bench: Quick, text: str) -> None:
    bench.server.faults.append(fault(text, times=999))
    run = bench.run()
    assert "Stream 'incidents' is skipped" in run.warnings[0]
    assert text in run.warnings[0]
    assert len(bench.server.calls(INCIDENTS)) == 1
    bench.assert_truth(run, streams=("alerts", "events", "endpoints"))


@pytest.mark.parametrize("envelope", ENVELOPES)
def test_the_text_is_found_in_every_envelope(bench: Quick, envelope: str) -> None:
    bench.server.faults.append(fault("Rate limit exceeded", envelope))
    run = bench.run()
    bench.assert_truth(run)
    assert "rate limit reached" in run.stderr
    bench.server.faults.append(fault("Invalid value for sort", envelope, times=999))
    run = bench.run(succeeds=False)
    assert not re.search(r"repeated requests: [1-9]", run.stderr)
    assert "Invalid value for sort" in errors(run)[0]


@pytest.mark.parametrize("status", [401, 429, 500, 503])
def test_an_error_in_http_200_is_the_error_that_it_says(bench: Quick, status: int) -> None:
    body = {"reply": {"err_code": status, "err_msg": "unauthorized", "err_extra": None}}
    for call in (INCIDENTS, ENDPOINTS):
        bench.server.faults.append(Fault(call=call, status=200, body=body))
    run = bench.run()
    bench.assert_truth(run)
    assert len(bench.server.log) == 5
    assert not errors(run)
