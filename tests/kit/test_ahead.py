"""Reading ahead loses nothing, in whatever order answers come and however ties are ordered."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from typing import Any

import pytest
from edr_tap_kit.ahead import Ahead
from edr_tap_kit.errors import RequestRejected, RunError
from edr_tap_kit.pages import Page
from edr_tap_kit.pending import Pending
from edr_tap_kit.reading import read_ascending
from edr_tap_kit.scanning import read_counted
from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from tests.kit.vendor_table import NOW, Row, Table, identity, position


class Answer(Future[Any]):
    """A future of :class:`AnyOrder`."""

    def __init__(self, pool: AnyOrder) -> None:
        super().__init__()
        self._pool = pool

    @override
    def result(self, timeout: float | None = None) -> Any:
        while not self.done():
            self._pool.answer_one()
        return super().result(timeout)


class AnyOrder(Executor):
    """Requests in flight that are answered in any order, while others are being made."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._waiting: list[tuple[Answer, Callable[[], Any]]] = []
        self.most = 0

    @override
    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Answer:  # type: ignore[override] # one that is asked for
        future = Answer(self)
        self._waiting.append((future, lambda: fn(*args, **kwargs)))
        self.most = max(self.most, len(self._waiting))
        while self._waiting and self._chance.random() < 0.3:
            self.answer_one()
        return future

    def answer_one(self) -> None:
        future, call = self._waiting.pop(self._chance.randrange(len(self._waiting)))
        if not future.set_running_or_notify_cancel():
            return
        try:
            future.set_result(call())
        except Exception as error:  # noqa: BLE001 (what futures are for)
            future.set_exception(error)


class Unsteady(Table):
    """A table that orders the rows of one position anew in each answer."""

    @override
    def ranged(self, low: int | None, high: int | None, offset: int) -> Page:
        salt = self.requests

        def order(row: Row) -> Any:
            return row["at"], hash((row["id"], salt))

        return self.answer(self.rows(low, high, order), offset)


def ahead_of(
    table: Table, pool: Executor, *, most: int = 3, settled: int = NOW, enough: int = 99
) -> Iterator[Row]:
    def begin(low: int | None, high: int | None, offset: int) -> Pending[Page]:
        return Pending(pool.submit(table.ranged, low, high, offset), lambda page: page)

    pages = read_ascending(
        table.ranged,
        lambda at: read_counted(lambda offset: table.ranged(at, at, offset), identity),
        None, None, NOW, position, identity, lambda: Ahead(begin, most, settled, lambda: enough),
    )  # fmt: skip
    for rows in pages:
        yield from rows


@pytest.mark.parametrize("world", ["ties", "sparse", "to the present"])
def test_nothing_is_lost(world: str) -> None:
    for seed in range(700):
        chance = random.Random(seed)
        places = {"ties": range(13), "sparse": range(61), "to the present": range(NOW + 1)}[world]
        positions = [chance.choice(places) for _ in range(chance.randint(0, 60))]
        changes = [
            [(chance.choice(["change", "appear", "vanish", "tick"]), chance.randint(0, 60))
             for _ in range(chance.randint(0, 3))] for _ in range(chance.randint(0, 12))
        ]  # fmt: skip
        kind = chance.choice([Table, Unsteady])
        table = kind(positions, changes, chance.randint(8, 12))
        rows = list(ahead_of(table, AnyOrder(seed), settled=NOW - 5))
        assert {identity(row) for row in rows} >= table.throughout, f"seed {seed}"


@settings(max_examples=300, deadline=None)
@given(st.integers(50, 400), st.integers(10, 20), st.integers(0, 10**9))
def test_few_requests_more_than_pages(count: int, size: int, seed: int) -> None:
    table = Table([], [], size)
    table.at = {number: number for number in range(count)}
    pool = AnyOrder(seed)
    rows = list(ahead_of(table, pool, settled=10**6))
    assert [position(row) for row in rows] == list(range(count)), "in order, each once"
    assert table.requests <= -(-count // (size - 2)) + 3
    assert pool.most <= 3 + 1, "and the one that is waited for"


def test_nothing_is_asked_ahead_in_what_may_still_move() -> None:
    table = Table([], [], 10)
    table.at = {number: number for number in range(100)}
    pool = AnyOrder(1)
    assert len(list(ahead_of(table, pool, settled=0))) == 100
    assert pool.most == 1, "the one that is waited for"


def test_nothing_is_asked_ahead_where_answers_come_at_once() -> None:
    table = Table([], [], 10)
    table.at = {number: number for number in range(100)}
    pool = AnyOrder(1)
    assert len(list(ahead_of(table, pool, enough=0))) == 100
    assert pool.most == 0


def test_what_was_asked_ahead_and_may_still_move_is_asked_again() -> None:
    """A gap makes the pages behind it reach further than they were thought to."""
    table = Table([], [], 10)
    table.at = {number: number for number in (*range(30), *range(60, 90))}
    plain = []
    ranged = table.ranged

    def noting(low: int | None, high: int | None, offset: int) -> Page:
        if not offset:
            plain.append(low)
        return ranged(low, high, offset)

    table.ranged = noting  # type: ignore[method-assign] # this table's alone
    assert len(list(ahead_of(table, AnyOrder(1), settled=50))) == 60
    assert 25 in plain, "the page across the gap"


def test_a_tenant_that_refuses_offsets_is_asked_for_none_again() -> None:
    table = Table([], [], 10)
    table.at = {number: number for number in range(100)}
    refused = []
    ranged = table.ranged

    def refusing(low: int | None, high: int | None, offset: int) -> Page:
        if offset:
            refused.append(offset)
            raise RequestRejected("offsets are refused")
        return ranged(low, high, offset)

    table.ranged = refusing  # type: ignore[method-assign] # this table's alone
    assert len(list(ahead_of(table, AnyOrder(1)))) == 100
    assert len(refused) <= 3


def test_a_tenant_that_ignores_offsets_is_read_without_them() -> None:
    table = Table([], [], 10)
    table.at = {number: number for number in range(100)}
    ranged = table.ranged
    table.ranged = lambda low, high, _: ranged(low, high, 0)  # type: ignore[method-assign] # this table's alone
    for seed in range(20):
        table.requests = 0
        assert {identity(row) for row in ahead_of(table, AnyOrder(seed))} == set(range(100))
        assert table.requests <= 20


def test_the_end_of_the_run_is_not_hidden() -> None:
    table = Table([], [], 10)
    table.at = {number: number for number in range(100)}
    ranged = table.ranged

    def dying(low: int | None, high: int | None, offset: int) -> Page:
        if offset:
            raise RunError("the key is dead")
        return ranged(low, high, offset)

    table.ranged = dying  # type: ignore[method-assign] # this table's alone
    with pytest.raises(RunError, match="dead"):
        list(ahead_of(table, AnyOrder(1)))
