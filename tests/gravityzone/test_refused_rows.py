"""Details of tables that are refused, or fail, for some rows: the others are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest
from edr_sandbox.serving import Reply, Request

from tests.conftest import Bench
from tests.gravityzone.checking import errors, news
from tests.gravityzone.conftest import BenchMaker
from tests.gravityzone.tables import read
from tests.gravityzone.test_parts import MARK
from tests.gravityzone.test_refused_details import Answer, broken, forbidden, no_licence, not_found

METHODS = {
    "endpoint_details": ("getManagedEndpointDetails", "endpointId"),
    "policy_details": ("getPolicyDetails", "policyId"),
    "package_details": ("getPackageDetails", "packageId"),
    "scan_task_details": ("getTaskStatus", "taskId"),
}


@pytest.fixture
def tree(make: BenchMaker) -> Bench:
    return make(companies=4, endpoints=20, incidents=4)


@contextmanager
def answering(
    bench: Bench, stream: str, answer: Answer, chosen: Callable[[int], bool]
) -> Iterator[list[str]]:
    """Answer otherwise for rows by their place in the order of asking; yield their ids."""
    simulator, (method, id_param) = bench.server.simulator, METHODS[stream]
    asked: dict[str, int] = {}
    spoilt: list[str] = []

    def handle(request: Request) -> Reply:
        body = request.json()
        if body["method"] == method:
            row = body["params"][id_param]
            if chosen(asked.setdefault(row, len(asked))):
                spoilt.append(row)
                return answer(request)
        return type(simulator).handle(simulator, request)

    with patch.object(simulator, "handle", handle):
        yield spoilt


@pytest.mark.parametrize(
    ("stream", "answer"),
    [
        *((stream, no_licence) for stream in METHODS),
        ("policy_details", forbidden),
        ("policy_details", not_found),
    ],
)
def test_rows_that_are_refused_keep_no_other_back(tree: Bench, stream: str, answer: Answer) -> None:
    whole = read(tree, stream).table(stream)
    with answering(tree, stream, answer, lambda place: place in (0, 2)) as spoilt:
        run = read(tree, stream, config={**MARK, "max_parallel_requests": 1})
    assert run.table(stream).keys() == {key for key in whole if key[0] not in spoilt}
    (said,) = (line for line in news(run) if "not marked" not in line)
    assert f"Stream '{stream}': rows whose details cannot be read are passed over: 2" in said
    assert METHODS[stream][0] in said
    assert not run.activated, "what was not read is not gone"


@pytest.mark.parametrize("stream", METHODS)
def test_rows_that_fail_each_time_keep_no_other_back(tree: Bench, stream: str) -> None:
    whole = read(tree, stream).table(stream)
    with answering(tree, stream, broken, lambda place: place in (0, 2)) as spoilt:
        config = {**MARK, "max_parallel_requests": 1, "max_retries": 1}
        run = read(tree, stream, config=config, succeeds=False)
    assert run.table(stream).keys() == {key for key in whole if key[0] not in spoilt}
    assert f"Stream '{stream}' failed: 2 row(s) failed, the first: " in errors(run)[0]
    assert not run.activated


def test_a_table_whose_rows_are_all_refused_asks_for_a_few_alone(tree: Bench) -> None:
    with answering(tree, "endpoint_details", no_licence, lambda _: True) as spoilt:
        run = read(tree, "endpoint_details", config={"max_parallel_requests": 1})
    (said,) = news(run)
    assert "Stream 'endpoint_details' is skipped" in said
    assert len(spoilt) == 1 + 5
