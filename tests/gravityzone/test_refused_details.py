"""Details that are refused, or fail, for some incidents: the others are read, and none is lost."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest
from edr_sandbox.serving import Reply, Request

from tests.conftest import Bench
from tests.gravityzone.checking import DETAILS, asked_details, assert_truth, errors, news
from tests.gravityzone.conftest import BenchMaker
from tests.gravityzone.test_parts import NO_LICENCE
from tests.support.running import Run

FAMILY = ("incidents", "alerts")
# Each run lists all incidents again, so that all of them are within reach.
EVERYTHING = {"lookback_minutes": 10**6}
Answer = Callable[[Request], Reply]


def no_licence(request: Request) -> Reply:
    return Reply({"id": request.json()["id"], "jsonrpc": "2.0", "error": NO_LICENCE})


def forbidden(_: Request) -> Reply:
    return Reply(b"<html>Forbidden</html>", 403)


def not_found(_: Request) -> Reply:
    return Reply(b"<html>Not found</html>", 404)


def broken(_: Request) -> Reply:
    return Reply(b"<html>Sorry</html>", 500)


@contextmanager
def answering(bench: Bench, incidents: Collection[str], answer: Answer) -> Iterator[None]:
    """Answer requests for the details of some incidents otherwise."""
    simulator = bench.server.simulator

    def handle(request: Request) -> Reply:
        if simulator.name_of(request) == DETAILS and request.json()["params"]["id"] in incidents:
            return answer(request)
        return type(simulator).handle(simulator, request)

    with patch.object(simulator, "handle", handle):
        yield


def asked(bench: Bench) -> list[str]:
    """Return the incidents whose details were asked for since the last call."""
    found = asked_details(bench.server.log)
    bench.server.log.clear()
    return found


def read_alerts(*runs: Run) -> set[str]:
    return {row["incidentId"] for run in runs for row in run.records["alerts"]}


def with_alerts(bench: Bench) -> set[str]:
    return {row["incidentId"] for row in bench.world.truth("alerts")}


@pytest.fixture
def tenant(make: BenchMaker) -> Bench:
    """A partner with four companies."""
    return make(companies=4, incidents=40)


@pytest.fixture
def refused(tenant: Bench) -> set[str]:
    """Seven incidents of one of its companies, among them the oldest of all.

    More than are tried again, and so few that five at random are not all among them.
    """
    incidents = sorted(tenant.world.incidents.by_id.values(), key=lambda one: one.updated)
    of_one = [one.id for one in incidents if one.company == incidents[0].company]
    assert len(of_one) >= 7
    return set(of_one[:7])


@pytest.mark.parametrize("answer", [no_licence, forbidden, not_found])
def test_a_company_that_is_refused_keeps_no_other_back(
    tenant: Bench, refused: set[str], answer: Answer
) -> None:
    others = {one.company for one in tenant.world.incidents.by_id.values() if one.id not in refused}
    with answering(tenant, refused, answer):
        first = tenant.run()
        assert read_alerts(first) == with_alerts(tenant) - refused
        (said,) = news(first)
        assert "Stream 'alerts': rows whose details cannot be read" in said
        assert f": {len(refused)}, the first: incidents.getIncident" in said
        new = tenant.world.add_incident(company_id=others.pop())
        assert new in read_alerts(tenant.run(first.state))


def test_refused_incidents_within_reach_are_read_once_they_may_be(
    tenant: Bench, refused: set[str]
) -> None:
    with answering(tenant, refused, no_licence):
        first = tenant.run(config=EVERYTHING)
        asked(tenant)
        second = tenant.run(first.state, config=EVERYTHING)
    assert 0 < len(asked(tenant)) <= 5, "a few are tried again, not all"
    (said,) = news(second)
    assert f": {len(refused)}, the first: incidents.getIncident" in said
    third = tenant.run(second.state, config=EVERYTHING)
    assert set(asked(tenant)) == refused
    assert_truth(tenant, first, third, streams=FAMILY)


def test_refused_incidents_out_of_reach_are_read_with_a_longer_look_back(
    tenant: Bench, refused: set[str]
) -> None:
    with answering(tenant, refused, no_licence):
        first = tenant.run()
    second = tenant.run(first.state)
    third = tenant.run(second.state, config=EVERYTHING)
    assert_truth(tenant, first, second, third, streams=FAMILY)


def test_news_that_are_all_refused_do_not_skip_a_stream_that_was_read(tenant: Bench) -> None:
    first = tenant.run()
    new = tenant.world.add_incident()
    with answering(tenant, {new}, no_licence):
        second = tenant.run(first.state)
    assert not any("is skipped" in line for line in news(second))
    third = tenant.run(second.state)
    assert_truth(tenant, first, second, third, streams=FAMILY)


def test_a_key_that_may_read_no_details_asks_for_a_few_alone(tenant: Bench) -> None:
    with answering(tenant, tenant.world.incidents.by_id, no_licence):
        first = tenant.run(config={"max_parallel_requests": 1})
    (said,) = news(first)
    assert "'alerts' is skipped: incidents.getIncident" in said
    assert len(asked(tenant)) == 1 + 5
    assert_truth(tenant, first, tenant.run(first.state), streams=FAMILY)


def test_an_incident_that_fails_each_time_fails_the_stream_and_keeps_no_other_back(
    tenant: Bench,
) -> None:
    oldest_first = sorted(with_alerts(tenant), key=lambda one: changed(tenant, one))
    poisoned = set(oldest_first[3:7:2])
    with answering(tenant, poisoned, broken):
        first = tenant.run(config={"max_retries": 1}, succeeds=False)
        (said, _) = errors(first)
        assert "Stream 'alerts' failed: 2 row(s) failed, the first: incidents.getIncident" in said
        assert read_alerts(first) == with_alerts(tenant) - poisoned
        asked(tenant)
        second = tenant.run(first.state, config={"max_retries": 1}, succeeds=False)
        assert set(asked(tenant)) == poisoned, "what was read is not read again"
    third = tenant.run(second.state)
    assert set(asked(tenant)) == poisoned
    assert_truth(tenant, first, second, third, streams=FAMILY)


def test_an_outage_ends_after_a_few_incidents(tenant: Bench) -> None:
    with answering(tenant, tenant.world.incidents.by_id, broken):
        config = {"max_retries": 0, "max_parallel_requests": 1}
        first = tenant.run(config=config, succeeds=False)
    assert len(asked(tenant)) == 3 + 5
    (said,) = (line for line in errors(first) if "'alerts' failed" in line)
    assert "3 row(s) failed and the rest was not tried" in said
    assert_truth(tenant, first, tenant.run(first.state), streams=FAMILY)


def changed(bench: Bench, incident: str) -> float:
    one = bench.world.incidents.by_id[incident]
    return max(one.processed, one.updated, one.changed)
