"""A call that is refused for good: who is skipped, what fails, and what the user reads."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest
from edr_sandbox.serving import Fault

from tests.conftest import Bench
from tests.cortex_xdr.tenants import ALERTS, INCIDENTS, assert_complete
from tests.support.running import Run

Catalog = Callable[..., dict[str, Any]]

HTML = b"<html><body><h1>404 Not Found</h1></body></html>"
PATHS = {"incidents": INCIDENTS, "endpoints": "endpoints/get_endpoint", "alerts": "get_alerts"}

SAID = {
    402: ("licence or add-on is missing: No license", "ask the vendor for the licence"),
    403: ("role does not allow this: Insufficient", "Give the key a role with View rights"),
    404: ("does not know the call", "Deselect the stream"),
}


def refusal(status: int, extra: Any) -> dict[str, Any]:
    message = "An error occurred while processing XDR public API"
    return {"reply": {"err_code": status, "err_msg": message, "err_extra": extra}}


def errors(run: Run) -> list[str]:
    return [line for line in run.stderr.splitlines() if "| ERROR" in line]


@pytest.mark.parametrize(
    ("stream", "status"),
    [("incidents", 402), ("endpoints", 403), ("alerts", 403), ("alerts", 404), ("incidents", 404)],
)
def test_a_stream_that_the_key_may_not_read_is_skipped(
    small: Bench, stream: str, status: int
) -> None:
    reason, remedy = SAID[status]
    match status:
        case 402:
            small.switches.set(licence_missing=(PATHS[stream],))
        case 403:
            small.switches.set(role_missing=(PATHS[stream],))
        case _:
            for name in [name for name in small.server.simulator.calls if PATHS[stream] in name]:
                del small.server.simulator.calls[name]
    run = small.run()
    names = "alerts, events" if stream == "alerts" else stream
    warning, summary = run.warnings
    assert f"Stream '{names}' is skipped: " in warning
    assert f"(HTTP {status})" in warning
    assert reason in warning
    assert remedy in warning
    assert "Skipped streams" in summary
    others = {"incidents", "alerts", "endpoints", "events"} - set(names.split(", "))
    assert_complete(small, run, streams=tuple(others))
    assert run.exit_code == 0


def test_a_licence_refusal_dressed_as_500(small: Bench) -> None:
    body = refusal(500, "No identity threat module license")
    small.server.faults.append(Fault(call=INCIDENTS, body=body, times=99))
    run = small.run()
    assert "Stream 'incidents' is skipped" in run.warnings[0]
    assert len(small.server.calls(INCIDENTS)) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 400, "body": refusal(400, "Invalid JSON")},
        {"body": refusal(500, "Unsupported operator lte for modification_time")},
        {"body": refusal(500, [{"type": "value_error", "loc": ["x"], "msg": "Invalid value"}])},
        {"status": 200, "body": {"reply": {"incidents": "none"}}},
        {"status": 200, "body": {"reply": "an id"}},
    ],
)
def test_a_stream_that_fails_for_good_stops_no_other(small: Bench, fault: dict[str, Any]) -> None:
    small.server.faults.append(Fault(call=INCIDENTS, times=999, **fault))
    run = small.run(succeeds=False, config={"max_retries": 1, "page_size": 20})
    assert_complete(small, run, streams=("alerts", "events", "endpoints"))
    assert any("Stream 'incidents' failed: incidents/get_incidents" in line or
               "v1/incidents/get_incidents" in line for line in errors(run))  # fmt: skip
    assert "Failed streams: incidents." in errors(run)[-1]
    assert len(errors(run)) == 2
    assert "incidents" not in run.records or not run.records["incidents"]
    assert "in small time windows" not in run.stderr, "it is not refused for its sort"


def test_a_permanent_500_is_not_repeated(small: Bench, catalog: Catalog) -> None:
    body = refusal(500, "Search size must fulfill the requirement: 0 < search_size <= 100")
    small.server.faults.append(Fault(call="endpoints", body=body, times=99))
    small.run(succeeds=False, catalog=catalog("endpoints"))
    # Once sorted by first_seen, once by endpoint_id, and nothing of it again.
    assert len(small.server.log) == 2


def test_a_stream_that_fails_half_way_keeps_what_it_read(small: Bench, catalog: Catalog) -> None:
    chosen = catalog("alerts", "events")
    small.server.faults.append(Fault(call=ALERTS, status=503, times=99, skip=3))
    one_by_one = {"page_size": 6, "max_retries": 1, "max_parallel_requests": 1}
    run = small.run(config=one_by_one, succeeds=False, catalog=chosen)
    assert "Stream 'alerts, events' failed" in errors(run)[0]
    assert 0 < len(run.records["alerts"]) < 36
    small.server.faults.clear()
    rest = small.run(run.state, config={"page_size": 6, "lookback_minutes": 0}, catalog=chosen)
    assert_complete(small, run, rest, streams=("alerts", "events"))
    assert len(rest.records["alerts"]) < 36


@pytest.mark.parametrize("body", [HTML, {"message": "no Route matched with those values"}])
def test_a_wrong_url_ends_the_run(small: Bench, body: Any) -> None:
    small.server.faults.append(Fault(status=404, body=body, times=999))
    run = small.run(succeeds=False)
    assert "Check the URL setting" in errors(run)[-1]
    assert not any(run.records.values())


@pytest.mark.parametrize("status", [301, 302, 307])
def test_a_redirect_is_not_followed(small: Bench, status: int) -> None:
    target = f"{small.server.url}/elsewhere"
    small.server.faults.append(Fault(status=status, headers={"Location": target}, times=99))
    run = small.run(succeeds=False)
    assert "Set fqdn or api_url" in errors(run)[-1]
    assert len(small.server.log) == 1


def test_an_unreachable_host_ends_the_run(small: Bench) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        run = small.run(succeeds=False, config={"api_url": url, "max_retries": 1})
    assert f"Nothing at {url} answered" in errors(run)[-1]
    assert len(errors(run)) == 1
    assert not any(run.records.values())


@pytest.mark.parametrize("body", [b"<html>login</html>", {"status": "ok"}, [], "x", 7])
def test_an_address_of_something_else_ends_the_run(
    small: Bench, catalog: Catalog, body: Any
) -> None:
    small.server.faults.append(Fault(status=200, body=body, times=999))
    run = small.run(succeeds=False, config={"max_retries": 1}, catalog=catalog("incidents"))
    assert "answered as the API does: check the URL setting" in errors(run)[-1]
    assert len(small.server.log) == 2
