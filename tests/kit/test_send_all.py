"""Several requests in flight: their order, their number and their errors."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from edr_tap_kit.errors import RowVanished, StreamError
from edr_tap_kit.transport import Call

from tests.kit.test_transport import Lab


def calls(count: int, taken: list[int] | None = None) -> Iterator[Call]:
    for number in range(count):
        if taken is not None:
            taken.append(number)
        yield Call(str(number), "http://127.0.0.1", None)


@pytest.mark.parametrize("width", [1, 2, 7])
def test_outcomes_come_in_the_order_of_the_calls(width: int) -> None:
    transport = Lab("").transport(max_parallel_requests=width)
    ended = [threading.Event() for _ in range(30)]

    def outcome(call: Call) -> str:
        number = int(call.name)
        if width > 1 and number % 2 == 0:  # every other call ends after the one behind it
            assert ended[number + 1].wait(timeout=30)
        ended[number].set()
        return call.name

    assert list(transport.send_all(calls(30), outcome)) == [str(number) for number in range(30)]


@pytest.mark.parametrize("width", [1, 3])
def test_never_more_in_flight_than_allowed(width: int) -> None:
    transport = Lab("").transport(max_parallel_requests=width)
    lock, flying, most = threading.Lock(), 0, 0
    together = threading.Barrier(width)

    def outcome(_: Call) -> None:
        nonlocal flying, most
        with lock:
            flying += 1
            most = max(most, flying)
        together.wait(timeout=30)  # passes only when as many as are allowed are in flight
        with lock:
            flying -= 1

    assert len(list(transport.send_all(calls(21), outcome))) == 21
    assert most == width


@pytest.mark.parametrize("width", [1, 4])
def test_an_error_surfaces_at_its_place_and_drops_what_is_behind(width: int) -> None:
    transport = Lab("").transport(max_parallel_requests=width)
    taken: list[int] = []

    def outcome(call: Call) -> str:
        if call.name == "5":
            raise StreamError("the sixth")
        return call.name

    seen = []
    with pytest.raises(StreamError, match="the sixth"):  # noqa: PT012
        for result in transport.send_all(calls(100, taken), outcome):
            seen.append(result)  # noqa: PERF402 (what came before the error counts)
    assert seen == ["0", "1", "2", "3", "4"]
    assert len(taken) <= 5 + width


def test_an_outcome_may_turn_an_error_into_a_value() -> None:
    transport = Lab("").transport()

    def outcome(call: Call) -> str | None:
        try:
            if int(call.name) % 2:
                raise RowVanished(call.name)  # noqa: TRY301
        except RowVanished:
            return None
        return call.name

    assert list(transport.send_all(calls(5), outcome)) == ["0", None, "2", None, "4"]


def test_a_consumer_that_stops_leaves_no_request_behind() -> None:
    transport = Lab("").transport()
    taken: list[int] = []
    results = transport.send_all(calls(1000, taken), lambda call: call.name)
    next(results)
    results.close()
    assert len(taken) < 10
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("request")]


def test_no_calls_no_outcomes() -> None:
    assert list(Lab("").transport().send_all(iter(()), lambda call: call)) == []
