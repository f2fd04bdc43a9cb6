"""What a key may not read is skipped with one WARNING; a dead key or a wrong URL ends the run."""

from __future__ import annotations

import socket

import pytest
from edr_sandbox.gravityzone.switches import API_AREAS
from edr_sandbox.serving import Fault

from tests.conftest import Bench
from tests.gravityzone.checking import (
    DETAILS,
    INVENTORY,
    assert_truth,
    errors,
    news,
)
from tests.gravityzone.tables import choosing, read
from tests.support.running import Run


def without(area: str) -> tuple[str, ...]:
    return tuple(each for each in API_AREAS if each != area)


def assert_skipped(run: Run, streams: str, *words: str) -> None:
    """Assert that all that is news is one line, of streams that were skipped, with these words."""
    (line,) = news(run)
    assert f"'{streams}' is skipped" in line
    for each in words:
        assert each in line


@pytest.mark.parametrize(
    ("refusal", "area", "skipped", "others"),
    [
        ("403", "network", "endpoints", ["incidents", "alerts"]),
        ("-32000", "network", "endpoints", ["incidents", "alerts"]),
        ("-32001", "network", "endpoints", ["incidents", "alerts"]),
        ("403", "incidents", "incidents, alerts", ["endpoints"]),
        ("-32001", "incidents", "incidents, alerts", ["endpoints"]),
    ],
)
def test_an_area_that_is_not_enabled(
    small: Bench, refusal: str, area: str, skipped: str, others: list[str]
) -> None:
    small.switches.area_refusal = refusal
    small.switches.enabled_apis = without(area)
    run = small.run()
    assert_skipped(
        run,
        skipped,
        "not allowed to access the selected API",
        f"Enable the API '{area.title()}' on the key",
    )
    assert_truth(small, run, streams=others)


@pytest.mark.parametrize(
    ("area", "skipped", "others"),
    [
        ("network", "endpoints", ["incidents", "alerts"]),
        ("incidents", "incidents, alerts", ["endpoints"]),
    ],
)
def test_a_licence_that_is_missing(
    small: Bench, area: str, skipped: str, others: list[str]
) -> None:
    small.switches.licence_missing = (area,)
    run = small.run()
    assert_skipped(run, skipped, "valid license", "licence")
    assert_truth(small, run, streams=others)


@pytest.mark.parametrize("status", ["403", "200"])
@pytest.mark.parametrize(
    ("denied", "skipped", "others"),
    [
        (("network",), "endpoints", ["incidents", "alerts"]),
        (("incidents",), "incidents, alerts", ["endpoints"]),
        (("incidents", "general", "companies"), "incidents, alerts", ["endpoints"]),
        (without("incidents"), "endpoints", ["incidents", "alerts"]),
    ],
    ids=["network", "incidents", "and the key itself", "all but incidents"],
)
def test_a_right_that_is_missing(
    small: Bench, status: str, denied: tuple[str, ...], skipped: str, others: list[str]
) -> None:
    """Whatever is denied first: the key is not dead as long as anything is accepted."""
    small.switches.area_refusal = status
    small.switches.right_missing = denied
    run = small.run()
    assert_skipped(
        run,
        skipped,
        "The user does not have the required rights",
        "Give the key's account the right for it",
    )
    assert_truth(small, run, streams=others)


def test_a_right_that_is_missing_where_the_key_cannot_be_asked_for(small: Bench) -> None:
    """An old installation has no call that describes the key, and nothing else is selected."""
    small.switches.right_missing = ("network",)
    small.switches.missing_methods = ("general.getApiKeyDetails", "companies.getCompanyDetails")
    run = small.run(catalog=choosing("endpoints"))
    assert_skipped(run, "endpoints")
    assert len(small.server.log) < 10


def test_companies_below_that_may_not_be_listed(small: Bench) -> None:
    small.switches.right_missing = ("network.getCompaniesList",)
    _, customer = small.world.inventory.companies
    run = read(small, "companies", config={"company_ids": [customer]})
    assert [row["id"] for row in run.records["companies"]] == [customer]
    assert not news(run), "a customer has none"


def test_a_key_that_is_dead_without_a_word(small: Bench) -> None:
    small.switches.right_missing = (*API_AREAS, "general")
    run = small.run(succeeds=False)
    (line,) = errors(run)
    assert "does not accept the key" in line
    assert "api_key" in line
    assert "The user does not have the required rights" in line
    assert not news(run)
    assert not any(run.records.values())
    assert len(small.server.log) < 12


def test_details_that_are_not_offered(small: Bench) -> None:
    small.switches.missing_methods = (DETAILS,)
    first = small.run()
    assert_skipped(first, "alerts", "The selected API is not available. This installation")
    assert_truth(small, first, streams=["incidents", "endpoints"])
    small.switches.missing_methods = ()
    second = small.run(first.state)
    assert_truth(small, first, second)


def test_a_dead_key(small: Bench) -> None:
    run = small.run(config={"api_key": "0123456789abcdef" * 4}, succeeds=False)
    (line,) = errors(run)
    assert "does not accept the key" in line
    assert "api_key" in line
    assert not any(run.records.values())


def test_a_key_that_dies_in_the_middle_of_a_run(small: Bench) -> None:
    small.server.faults.append(Fault(call=DETAILS, status=401, times=99, skip=5, body=b"<html>"))
    run = small.run(succeeds=False)
    (line,) = errors(run)
    assert "does not accept the key" in line
    again = small.run(run.state, succeeds=False)
    small.server.faults.clear()
    assert_truth(small, run, again, small.run(again.state))


def test_an_address_where_nothing_of_the_api_exists(small: Bench) -> None:
    run = small.run(config={"api_url": f"{small.server.url}/elsewhere"}, succeeds=False)
    (line,) = errors(run)
    assert "URL" in line


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, b"<html>Welcome to the console</html>"), (302, b""), (503, b"<html>Maintenance</html>")],
)
def test_an_address_where_something_else_answers(small: Bench, status: int, body: bytes) -> None:
    small.server.faults.append(Fault(status=status, times=999, body=body))
    run = small.run(config={"max_retries": 1}, succeeds=False)
    assert errors(run)
    assert len(errors(run)) == 1 or status == 503
    assert not any(run.records.values())


def test_an_unreachable_host(small: Bench) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but nobody listens: refused
        port = taken.getsockname()[1]
        config = {"api_url": f"http://127.0.0.1:{port}", "max_retries": 1}
        run = small.run(config=config, succeeds=False)
    (line,) = errors(run)
    assert f"127.0.0.1:{port}" in line
    assert "ConnectionRefusedError" in line
    assert not small.server.log


@pytest.mark.parametrize(
    ("call", "failed", "others"),
    [
        (INVENTORY, "endpoints", ["incidents", "alerts"]),
        ("incidents.getIncidentsList", "incidents, alerts", ["endpoints"]),
        (DETAILS, "alerts", ["incidents", "endpoints"]),
    ],
    ids=["endpoints", "incidents", "alerts"],
)
def test_a_stream_that_fails_leaves_the_others_alone(
    small: Bench, call: str, failed: str, others: list[str]
) -> None:
    skip = 1 if call == DETAILS else 0  # its name is in that of the list, too
    small.server.faults.append(Fault(call=call, skip=skip, times=999))
    run = small.run(config={"max_retries": 1}, succeeds=False)
    said = errors(run)
    assert sum(f"'{failed}' failed" in line for line in said) == 1
    named = ", ".join(sorted(failed.split(", ")))
    assert f"Failed streams: {named}." in said[-1]
    assert_truth(small, run, streams=others)
    small.server.faults.clear()
    assert_truth(small, run, small.run(run.state))


def test_a_parameter_refused_for_every_incident_is_not_taken_for_vanished(small: Bench) -> None:
    small.server.faults.append(Fault(call=DETAILS, skip=1, status=400, times=999))
    run = small.run(succeeds=False)
    assert any("'alerts' failed" in line for line in errors(run))
    small.server.faults.clear()
    assert_truth(small, run, small.run(run.state))
