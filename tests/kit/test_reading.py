"""Each reader yields every row that existed throughout, however the table moves, and ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from edr_tap_kit import reading
from edr_tap_kit.pages import FilterNotHonoured, OrderNotHonoured, Page
from edr_tap_kit.scanning import read_counted, read_overlapping
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.kit.vendor_table import NOW, POSITIONS, SCRIPTS, Row, Table, identity, position

SIZES = st.integers(2, 7)
MANY = settings(max_examples=400, deadline=None)
TOLD: list[Callable[[int], int | None]] = [lambda n: n, lambda _: 0, lambda n: n * 9]
TOTALS: list[Callable[[int], int | None]] = [*TOLD, lambda _: None]


def read(pages: Iterator[list[Row]]) -> set[int]:
    return {identity(row) for rows in pages for row in rows}


def ascending(
    table: Table, start: int | None = None, end: int | None = None
) -> Iterator[list[Row]]:
    return reading.read_ascending(
        table.ranged, at_one_position(table), start, end, NOW, position, identity
    )


def bisected(table: Table, end: int = 10_000) -> Iterator[list[Row]]:
    windows = reading.read_by_bisection(table.unsorted, at_one_position(table), 0, end, NOW)
    for rows, _ in windows:
        yield rows


def at_one_position(table: Table) -> Callable[[int], Iterator[list[Row]]]:
    return lambda at: read_counted(lambda offset: table.ranged(at, at, offset), identity)


def naive(table: Table, *_: Any) -> Iterator[list[Row]]:
    """Read by offsets, as most taps do."""
    offset, more = 0, True
    while more:
        page = table.listed(offset)
        yield page.rows
        offset, more = offset + len(page.rows), page.more


@MANY
@given(POSITIONS, SCRIPTS, SIZES, st.sampled_from(TOTALS))
def test_keyset_stepping_loses_nothing(
    positions: list[int], script: Any, size: int, total_of: Callable[[int], int | None]
) -> None:
    table = Table(positions, script, size, total_of=total_of)
    most = 4 * (len(positions) + 3 * len(script)) + 10
    assert read(ascending(table)) >= table.throughout
    assert table.requests <= most


@MANY
@given(POSITIONS, SIZES, st.integers(0, 12), st.integers(0, 12))
def test_keyset_stepping_yields_its_range_and_nothing_else(
    positions: list[int], size: int, start: int, end: int
) -> None:
    table = Table(positions, [], size)
    wanted = {key for key, at in table.at.items() if start <= at <= end}
    yielded = [identity(row) for rows in ascending(table, start, end) for row in rows]
    assert set(yielded) == wanted
    ties = max((positions.count(at) for at in positions), default=0)
    if ties < size:
        assert len(yielded) == len(wanted), "without long ties, each row comes once"
        assert table.requests <= 2 + 2 * len(positions) // max(1, size - ties)


@MANY
@given(st.lists(st.integers(0, 30), max_size=60), SIZES)
def test_keyset_stepping_needs_offsets_inside_one_position_alone(
    positions: list[int], size: int
) -> None:
    longest = max((positions.count(at) for at in positions), default=0)
    table = Table(positions, [], size, cap=longest)
    assert read(ascending(table)) == table.throughout


@MANY
@given(POSITIONS, SCRIPTS, SIZES, st.sampled_from(TOTALS))
def test_bisection_loses_nothing(
    positions: list[int], script: Any, size: int, total_of: Callable[[int], int | None]
) -> None:
    table = Table(positions, script, size, total_of=total_of)
    assert read(bisected(table)) >= table.throughout
    assert table.requests <= 40 * (len(positions) + 3 * len(script) + 2)


@MANY
@given(POSITIONS, SIZES, st.sampled_from(TOTALS), st.integers(12, 10**12))
def test_bisection_windows_ascend_and_fit_into_one_answer(
    positions: list[int], size: int, total_of: Callable[[int], int | None], end: int
) -> None:
    table = Table(positions, [], size, total_of=total_of)
    assume(max((positions.count(at) for at in positions), default=0) < size)
    uppers, yielded = [], []
    windows = reading.read_by_bisection(table.unsorted, lambda _: iter(()), 0, end, NOW)
    for rows, upper in windows:
        assert len(rows) < size
        assert all(at <= upper for at in map(position, rows))
        assert all(at > uppers[-1] for at in map(position, rows) if uppers)
        uppers.append(upper)
        yielded += map(identity, rows)
    assert uppers == sorted(uppers)
    assert uppers[-1] == end
    assert sorted(yielded) == sorted(table.throughout), "each row comes once"


def test_a_naive_offset_reader_loses_rows() -> None:
    """The counter-example: the same table and the same changes, read by offsets."""
    script = [[("vanish", 0)]]
    table = Table([1, 2, 3, 4, 5, 6, 7], list(script), 2)
    assert table.throughout - read(naive(table))
    for reader in (
        ascending, bisected, lambda table: read_overlapping(table.listed, identity),
    ):  # fmt: skip
        table = Table([1, 2, 3, 4, 5, 6, 7], list(script), 2)
        assert read(reader(table)) >= table.throughout


def test_a_naive_offset_reader_meets_the_cap() -> None:
    with pytest.raises(AssertionError, match="offset 12 is refused"):
        read(naive(Table(list(range(30)), [], 4, cap=10)))
    for reader in (ascending, bisected):
        table = Table(list(range(30)), [], 4, cap=10)
        assert read(reader(table)) == table.throughout


def lists(*answers: list[int], more: bool = True) -> reading.RangeFetch:
    """Answer with these positions, one list after the other, the last for ever."""
    left = list(answers)

    def fetch(_low: int | None, _high: int | None, _offset: int) -> Page:
        positions = left.pop(0) if len(left) > 1 else left[0]
        return Page([{"id": at, "at": at} for at in positions], more)

    return fetch


def fixed(*rows: int) -> reading.RangeFetch:
    page = Page([{"id": number, "at": at} for number, at in enumerate(rows)], more=True)
    return lambda _low, _high, _offset: page


def no_crowd(at: int) -> Iterator[list[Row]]:
    raise AssertionError(f"{at} holds no more rows than a page")


@pytest.mark.parametrize("stale", [[1, 2], [9, 8]], ids=["another page", "another order"])
def test_a_wrong_answer_is_asked_for_again(stale: list[int]) -> None:
    answers = lists([5, 6], stale, stale, [6, 7], more=False)
    first = reading.read_ascending(answers, no_crowd, 5, None, NOW, position, identity)
    second = reading.read_ascending(answers, no_crowd, 6, None, NOW, position, identity)
    assert read(first) == {5, 6}
    assert read(second) == {6, 7}


def test_a_short_page_is_not_the_last_while_the_vendor_counts_more() -> None:
    pages = [Page([{"id": at, "at": at} for at in ats], more=False, total=4)
             for ats in ([1, 2], [2, 3, 4], [4])]  # fmt: skip
    reader = reading.read_ascending(
        lambda *_: pages.pop(0), no_crowd, None, None, NOW, position, identity
    )
    assert read(reader) == {1, 2, 3, 4}


def test_ascending_does_not_believe_in_an_order_that_is_not_there() -> None:
    pages = reading.read_ascending(fixed(1, 3, 2), no_crowd, None, None, NOW, position, identity)
    with pytest.raises(OrderNotHonoured):
        next(pages)


def test_ascending_does_not_believe_in_a_filter_that_is_not_there() -> None:
    pages = reading.read_ascending(fixed(1, 2, 3), no_crowd, 2, None, NOW, position, identity)
    with pytest.raises(FilterNotHonoured):
        next(pages)


@pytest.mark.parametrize(("low", "high"), [(2, None), (None, 2), (2, 2)])
def test_check_range(low: int | None, high: int | None) -> None:
    page = Page([{"at": at} for at in (1, 2, 3)], more=False)
    with pytest.raises(FilterNotHonoured):
        reading.check_range(page, low, high, position)
    reading.check_range(page, 1, 3, position)
    reading.check_range(Page([{"at": None}], more=False), 1, 3, lambda row: row["at"])


def test_rows_without_a_readable_position_do_not_end_in_a_loop() -> None:
    page = Page([{"id": 1, "at": None}, {"id": 2, "at": None}], more=True)
    pages = reading.read_ascending(
        lambda *_: page, no_crowd, None, None, NOW, lambda row: row["at"], identity
    )
    with pytest.raises(OrderNotHonoured):
        list(pages)


def test_keyset_stepping_ends_although_rows_change_for_ever() -> None:
    changes = [[("tick", 0), ("change", 2 * number), ("change", 2 * number + 1)]
               for number in range(1000)]  # fmt: skip
    table = Table([1, 2, 3, 4, 5, 6, 7], changes, 2)
    assert read(ascending(table)) >= table.throughout
    assert table.requests < 30
