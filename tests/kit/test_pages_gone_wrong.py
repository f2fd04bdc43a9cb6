"""A page that comes wrong once - an older answer, an empty one, rows twice - costs no row."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from edr_sandbox.serving import Reply, Request

from tests.kit.cli import CommandLine
from tests.kit.quick import CALLS, TAPS, Quick, quick, rows_of

CASES = [(tap, streams) for tap in TAPS for streams in CALLS[tap]]
LISTS = [
    (tap, streams) for tap, streams in CASES if (tap, streams) != ("tap-gravityzone", "alerts")
]
# Small enough for several pages; GravityZone lists ten incidents at least.
SMALL_PAGES = {"endpoints": 4, "incidents": 10, "alerts, events": 10, "alerts": 100}
SIZES = {"incidents": 26}


def spoil(
    bench: Quick, call: str, number: int, spoilt: Callable[[list[Reply]], Reply]
) -> list[Reply]:
    """Send ``spoilt`` of all answers of a call so far in the place of the one of that number."""
    simulator = bench.server.simulator
    handle, answers = simulator.handle, list[Reply]()

    def handled(request: Request) -> Reply:
        reply = handle(request)
        if not simulator.name_of(request).endswith(call):
            return reply
        answers.append(Reply(json.loads(json.dumps(reply.body)), reply.status))
        return spoilt(answers) if len(answers) == number else answers[-1]

    simulator.handle = handled  # type: ignore[method-assign]
    return answers


def assert_unharmed(bench: Quick, streams: str, answers: list[Reply], number: int) -> None:
    run = bench.run(config={"page_size": SMALL_PAGES[streams], "max_parallel_requests": 1})
    bench.assert_truth(run)
    assert len(answers) > number, "the answer that was spoilt was the last one"


@pytest.mark.parametrize("number", [2, 3])
@pytest.mark.parametrize(("tap", "streams"), CASES)
def test_the_answer_before_comes_once_again(
    forked: CommandLine, tmp_path: Path, tap: str, streams: str, number: int
) -> None:
    """A cache or a replica that lags answers with the body of another request."""
    with quick(tap, forked, tmp_path, **SIZES) as bench:
        answers = spoil(bench, bench.calls[streams], number, lambda answers: answers[-2])
        assert_unharmed(bench, streams, answers, number)


def empty(reply: Reply, *, counted: bool) -> Reply:
    """Return an answer without its rows: with its counts, or with none."""
    body = json.loads(json.dumps(reply.body))
    rows_of(Reply(body)).clear()
    outer: dict[str, Any] = body["result"] if "result" in body else body["reply"]
    if not counted:
        zero = {"total", "pagesCount", "total_count", "result_count"}
        outer |= {name: 0 for name in outer if name in zero}
        outer |= {"hasMoreRecords": False} if "hasMoreRecords" in outer else {}
    return Reply(body)


@pytest.mark.parametrize("number", [2, 3])
@pytest.mark.parametrize(("tap", "streams"), LISTS)
def test_a_page_comes_once_without_its_rows(
    forked: CommandLine, tmp_path: Path, tap: str, streams: str, number: int
) -> None:
    """Its counts say that there are rows."""
    with quick(tap, forked, tmp_path, **SIZES) as bench:
        answers = spoil(
            bench, bench.calls[streams], number, lambda answers: empty(answers[-1], counted=True)
        )
        assert_unharmed(bench, streams, answers, number)


@pytest.mark.parametrize(
    ("tap", "streams"),
    [
        ("tap-cortex-xdr", "alerts, events"),
        ("tap-cortex-xdr", "incidents"),
        ("tap-cortex-xdr", "endpoints"),
        ("tap-gravityzone", "endpoints"),
    ],
)
def test_a_page_comes_once_without_rows_and_counts(
    forked: CommandLine, tmp_path: Path, tap: str, streams: str
) -> None:
    """The page before told of more rows; a window of GravityZone may well be empty."""
    with quick(tap, forked, tmp_path, **SIZES) as bench:
        answers = spoil(
            bench, bench.calls[streams], 2, lambda answers: empty(answers[-1], counted=False)
        )
        assert_unharmed(bench, streams, answers, 2)


@pytest.mark.parametrize(("tap", "streams"), LISTS)
def test_rows_that_come_twice_on_a_page_are_one(
    forked: CommandLine, tmp_path: Path, tap: str, streams: str
) -> None:
    def doubled(answers: list[Reply]) -> Reply:
        rows = rows_of(answers[-1])
        rows[:] = [row for row in rows for _ in range(2)]
        return answers[-1]

    with quick(tap, forked, tmp_path, **SIZES) as bench:
        spoil(bench, bench.calls[streams], 1, doubled)
        bench.assert_truth(bench.run(config={"page_size": SMALL_PAGES[streams]}))
