"""Each reader yields every row that existed throughout, however the table moves, and ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from edr_tap_kit import reading
from edr_tap_kit.errors import StreamError
from edr_tap_kit.reading import FilterNotHonoured, OrderNotHonoured, Page
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
    return reading.read_ascending(table.ranged, start, end, NOW, position, identity)


def bisected(table: Table, end: int = 10_000) -> Iterator[list[Row]]:
    def read_at(at: int) -> Iterator[list[Row]]:
        return reading.read_one_position(table.ranged, at, identity)

    for rows, _ in reading.read_by_bisection(table.unsorted, read_at, 0, end, NOW):
        yield rows


def naive(table: Table, *_: Any) -> Iterator[list[Row]]:
    """Read by offsets, as most taps do."""
    offset, more = 0, True
    while more:
        page = table.listed(offset)
        yield page.rows
        offset, more = offset + len(page.rows), page.more


@MANY
@given(POSITIONS, SCRIPTS, SIZES)
def test_keyset_stepping_loses_nothing(positions: list[int], script: Any, size: int) -> None:
    table = Table(positions, script, size)
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


@MANY
@given(POSITIONS, SCRIPTS, SIZES)
def test_overlapping_pages_lose_nothing_or_say_so(
    positions: list[int], script: Any, size: int
) -> None:
    table = Table(positions, script, size)
    seen: set[int] = set()
    with suppress(StreamError):
        for rows in reading.read_overlapping(table.listed, identity):
            seen.update(map(identity, rows))
        assert seen >= table.throughout
    assert table.requests <= 60 + 3 * (len(positions) + 3 * len(script))


@pytest.mark.parametrize("kind", ["appear", "vanish"])
@MANY
@given(positions=POSITIONS, script=SCRIPTS, size=SIZES, total_of=st.sampled_from(TOLD))
def test_agreeing_scans_lose_nothing_or_say_so(
    kind: str, positions: list[int], script: Any, size: int, total_of: Any
) -> None:
    script = [[(kind, rank) for _, rank in step] for step in script]
    table = Table(positions, script, size, total_of=total_of)
    seen: set[int] = set()
    with suppress(StreamError):
        scan = reading.read_agreeing_scans(lambda page: table.listed((page - 1) * size), identity)
        for rows in scan:
            seen.update(map(identity, rows))
        assert seen >= table.throughout
    assert table.requests <= 4 * (3 + (len(positions) + 3 * len(script)) // size)


@pytest.mark.parametrize("total_of", [lambda count: count + 1, lambda _: 0], ids=["more", "zero"])
def test_agreeing_scans_do_not_believe_a_total_that_lies(total_of: Any) -> None:
    table = Table([1] * 10, [], 4, total_of=total_of)
    seen = []
    with pytest.raises(StreamError, match="another number of rows"):  # noqa: PT012
        for rows in reading.read_agreeing_scans(lambda page: table.listed(page * 4 - 4), identity):
            seen += map(identity, rows)
    assert set(seen) == table.throughout, "what was read is handed over"


def test_without_a_total_there_is_nothing_to_agree_with() -> None:
    table = Table([1] * 10, [], 4, total_of=lambda _: None)
    scan = reading.read_agreeing_scans(lambda page: table.listed(page * 4 - 4), identity)
    assert read(scan) == table.throughout
    assert table.requests == 4, "one scan and a look at the first page"


def test_a_single_page_is_complete_whatever_the_total() -> None:
    table = Table([1, 2, 3], [], 4, total_of=lambda _: 99)
    assert (
        read(reading.read_agreeing_scans(lambda _: table.listed(0), identity)) == table.throughout
    )


def test_a_naive_offset_reader_loses_rows() -> None:
    """The counter-example: the same table and the same changes, read by offsets."""
    script = [[("vanish", 0)]]
    table = Table([1, 2, 3, 4, 5, 6, 7], list(script), 2)
    assert table.throughout - read(naive(table))
    for reader in (
        ascending, bisected, lambda table: reading.read_overlapping(table.listed, identity),
    ):  # fmt: skip
        table = Table([1, 2, 3, 4, 5, 6, 7], list(script), 2)
        assert read(reader(table)) >= table.throughout


def test_a_naive_offset_reader_meets_the_cap() -> None:
    with pytest.raises(AssertionError, match="offset 12 is refused"):
        read(naive(Table(list(range(30)), [], 4, cap=10)))
    for reader in (ascending, bisected):
        table = Table(list(range(30)), [], 4, cap=10)
        assert read(reader(table)) == table.throughout


def fixed(*rows: int) -> reading.RangeFetch:
    page = Page([{"id": number, "at": at} for number, at in enumerate(rows)], more=True)
    return lambda _low, _high, _offset: page


def test_ascending_does_not_believe_in_an_order_that_is_not_there() -> None:
    pages = reading.read_ascending(fixed(1, 3, 2), None, None, NOW, position, identity)
    with pytest.raises(OrderNotHonoured):
        next(pages)


def test_ascending_does_not_believe_in_a_filter_that_is_not_there() -> None:
    pages = reading.read_ascending(fixed(1, 2, 3), 2, None, NOW, position, identity)
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
        lambda *_: page, None, None, NOW, lambda row: row["at"], identity
    )
    with pytest.raises(OrderNotHonoured):
        list(pages)


def test_pages_of_one_row_are_refused() -> None:
    with pytest.raises(StreamError, match="raise page_size"):
        list(reading.read_overlapping(Table([1, 2, 3], [], 1).listed, identity))


def test_rows_that_vanish_faster_than_they_are_read_end_in_an_error() -> None:
    counter = iter(range(10**6))
    fetch = lambda _offset: Page([{"id": next(counter)} for _ in range(3)], more=True)  # noqa: E731
    with pytest.raises(StreamError, match="vanish faster"):
        list(reading.read_overlapping(fetch, identity))


@pytest.mark.parametrize("size", [2, 3, 7])
def test_overlapping_pages_of_a_quiet_table_overlap_by_one_row(size: int) -> None:
    table = Table([1] * 25, [], size)
    assert read(reading.read_overlapping(table.listed, identity)) == table.throughout
    assert table.requests <= 2 + 25 // (size - 1)


def test_keyset_stepping_ends_although_rows_change_for_ever() -> None:
    changes = [[("tick", 0), ("change", 2 * number), ("change", 2 * number + 1)]
               for number in range(1000)]  # fmt: skip
    table = Table([1, 2, 3, 4, 5, 6, 7], changes, 2)
    assert read(ascending(table)) >= table.throughout
    assert table.requests < 30
