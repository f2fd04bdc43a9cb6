"""Answers in another shape than expected: none is taken for read, none goes on for ever."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Bench
from tests.gravityzone.checking import INVENTORY, asked_details, assert_truth, news

EVERYTHING = {"lookback_minutes": 10**6}


def details_of(bench: Bench, incident: str, value: Any) -> None:
    """Answer with other details for one incident."""

    def hook(request: Any, reply: Any) -> None:
        if request.json().get("params", {}).get("id") == incident:
            reply.body["result"] = {**reply.body["result"], **value}

    bench.server.before_reply[:] = [hook]


@pytest.mark.parametrize(
    "value",
    [{"details": [{"id": "1"}]}, {"details": "none"}, {"details": {"alerts": {"id": "1"}}},
     {"details": {"alerts": "none"}}, {"details": {"alerts": [None, 7]}}, {"details": 5}],
    ids=repr,
)  # fmt: skip
def test_details_in_another_shape_are_said_and_read_again(small: Bench, value: Any) -> None:
    odd = small.world.truth("alerts")[0]["incidentId"]
    details_of(small, odd, value)
    first = small.run()
    (said,) = news(first)
    assert "something else in the place of its rows" in said
    small.server.before_reply.clear()
    small.server.log.clear()
    second = small.run(first.state)
    assert asked_details(small.server.log) == [odd]
    assert_truth(small, first, second)


def test_details_in_another_shape_that_lasts_are_read_twice_alone(small: Bench) -> None:
    odd = small.world.truth("alerts")[0]["incidentId"]
    details_of(small, odd, {"details": {"alerts": "none"}})
    state = small.run(config=EVERYTHING).state
    for repeated in ([odd], [], []):
        small.server.log.clear()
        state = small.run(state, config=EVERYTHING).state
        assert asked_details(small.server.log) == repeated
    small.server.before_reply.clear()
    small.world.triage(odd, status="closed")
    last = small.run(state, config=EVERYTHING)
    assert odd in {row["incidentId"] for row in last.records["alerts"]}


@pytest.mark.parametrize(
    "value",
    [{"details": None}, {"details": []}, {"details": {"alerts": None}},
     {"details": {"alerts": [None]}}],
    ids=repr,
)  # fmt: skip
def test_details_without_alerts_are_no_alerts(small: Bench, value: Any) -> None:
    details_of(small, small.world.truth("alerts")[0]["incidentId"], value)
    first = small.run(config=EVERYTHING)
    assert not news(first)
    small.server.log.clear()
    small.run(first.state, config=EVERYTHING)
    assert not asked_details(small.server.log)


def test_entries_that_are_no_objects_are_said(small: Bench) -> None:
    def hook(_: Any, reply: Any) -> None:
        if isinstance(reply.body.get("result"), dict) and reply.body["result"].get("items"):
            items = [*reply.body["result"]["items"], 7, None]
            reply.body["result"] = {**reply.body["result"], "items": items}

    small.server.before_reply.append(hook)
    run = small.run()
    assert_truth(small, run)
    assert sum("no objects were left out" in line for line in news(run)) == 2


def test_one_page_for_ever_ends_in_an_error(small: Bench) -> None:
    def hook(request: Any, reply: Any) -> None:
        if small.server.simulator.name_of(request) == INVENTORY:
            items = small.world.truth("endpoints")[:3]
            reply.body["result"] = {"page": 1, "perPage": 3, "items": items, "hasMoreRecords": True}

    small.server.before_reply.append(hook)
    run = small.run(succeeds=False)
    assert "kept changing" in run.stderr
    assert len(small.server.calls(INVENTORY)) < 20


def test_an_answer_to_another_request_is_not_believed(small: Bench) -> None:
    """The second list, by another stamp, is answered with the first one's body."""
    answers: list[Any] = []

    def hook(request: Any, reply: Any) -> None:
        if small.server.simulator.name_of(request).endswith("getIncident"):
            answers.append(dict(reply.body))
            if len(answers) == 3:
                reply.body.clear()
                reply.body.update(answers[0])

    small.server.before_reply.append(hook)
    run = small.run(config={"max_parallel_requests": 1})
    assert_truth(small, run)
    assert "the answer belongs to another request" in run.stderr
