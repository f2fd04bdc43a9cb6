"""Each scan yields every row that existed throughout, or says that it may not have."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from random import Random
from typing import Any

import pytest
from edr_tap_kit.errors import RequestRejected, StreamError
from edr_tap_kit.pages import Page
from edr_tap_kit.scanning import numbered, read_agreeing_scans, read_counted, read_overlapping
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kit.vendor_table import POSITIONS, SCRIPTS, Row, Table, identity

SIZES = st.integers(2, 7)
MANY = settings(max_examples=400, deadline=None)
Counts = Callable[[int], int | None]


def read(pages: Generator[list[Row], None, bool], seen: set[int] | None = None) -> bool:
    """Read to the end, collect the rows seen, and return whether the reader calls it whole."""
    while True:
        try:
            rows = next(pages)
        except StopIteration as end:
            return bool(end.value)
        if seen is not None:
            seen.update(map(identity, rows))


def scans(table: Table) -> Generator[list[Row], None, bool]:
    pages = lambda: numbered(lambda page: table.listed((page - 1) * table.size))  # noqa: E731
    return read_agreeing_scans(pages, identity)


def counted(table: Table) -> Generator[list[Row], None, bool]:
    return read_counted(table.listed, identity)


@MANY
@given(POSITIONS, SCRIPTS, SIZES)
def test_overlapping_pages_lose_nothing_or_say_so(
    positions: list[int], script: Any, size: int
) -> None:
    table = Table(positions, script, size)
    seen: set[int] = set()
    with suppress(StreamError):
        for rows in read_overlapping(table.listed, identity):
            seen.update(map(identity, rows))
        assert seen >= table.throughout
    assert table.requests <= 60 + 3 * (len(positions) + 3 * len(script))


@pytest.mark.parametrize("reader", [scans, counted])
@MANY
@given(positions=POSITIONS, script=SCRIPTS, size=SIZES)
def test_whole_means_that_nothing_is_missing(
    reader: Any, positions: list[int], script: Any, size: int
) -> None:
    table = Table(positions, script, size)
    seen: set[int] = set()
    with suppress(StreamError):
        read(reader(table), seen)
        assert seen >= table.throughout
    assert table.requests <= 70 + 6 * (len(positions) + 3 * len(script))


@pytest.mark.parametrize("reader", [scans, counted])
@pytest.mark.parametrize(
    ("total_of", "whole"),
    [(lambda n: n, True), (lambda _: None, True), (lambda _: 0, True), (lambda n: n + 1, False),
     (lambda _: 3, True)],
    ids=["true", "none", "zero", "more", "fewer"],
)  # fmt: skip
def test_more_rows_counted_than_handed_out_are_not_whole(
    reader: Any, total_of: Counts, whole: bool
) -> None:
    table = Table([1] * 10, [], 4, total_of=total_of)
    seen: set[int] = set()
    assert read(reader(table), seen) == whole
    assert seen == table.throughout
    assert table.requests < 20


def test_scans_see_the_row_that_one_scan_misses() -> None:
    """One removed and one added between two pages: the count of the rows stays the same."""
    script = [[("vanish", 0), ("appear", 61)]]
    table = Table([1] * 10, list(script), 4)
    seen: set[int] = set()
    assert read(scans(table), seen)
    assert seen >= table.throughout
    naive = Table([1] * 10, list(script), 4)
    pages = numbered(lambda page: naive.listed((page - 1) * 4))
    assert naive.throughout - {identity(row) for page in pages for row in page.rows}


@pytest.mark.parametrize("reader", [scans, counted])
def test_a_row_that_stays_as_it_is_comes_once(reader: Any) -> None:
    rows = [row for rows in reader(Table([1] * 10, [], 4)) for row in rows]
    assert len(rows) == 10


def test_a_row_comes_again_when_it_differs_from_the_last_time() -> None:
    """Also when it is as it was before that: the newest is what a loader keeps."""
    states = iter("abaaaa")
    fetch = lambda _: Page([{"id": 1, "is": next(states)}], more=False, total=2)  # noqa: E731
    assert [row["is"] for rows in read_counted(fetch, identity) for row in rows] == ["a", "b", "a"]


def test_a_single_page_is_complete_by_itself() -> None:
    table = Table([1, 2, 3], [], 4)
    assert read(scans(table))
    assert table.requests == 1


def test_several_lists_are_counted_one_by_one() -> None:
    """Lists of nested companies overlap: their totals add up to more than there is."""
    table = Table([1, 2, 3], [], 4)

    def both() -> Iterator[Page]:
        yield table.listed(0)
        yield table.listed(0)

    assert read(read_agreeing_scans(both, identity))


def test_scans_that_never_agree_end_in_an_error() -> None:
    number = iter(range(10**6))
    fetch = lambda page: Page([{"id": next(number)}], more=page < 3)  # noqa: E731
    with pytest.raises(StreamError, match="kept changing"):
        read(read_agreeing_scans(lambda: numbered(fetch), identity))


def test_without_totals_an_empty_page_ends_a_list() -> None:
    """Whether another page follows a full one is a guess then."""
    fetch = lambda page: Page([{"id": 1}] if page == 1 else [], more=page == 1)  # noqa: E731
    assert read(read_agreeing_scans(lambda: numbered(fetch), identity))


def test_an_announced_page_that_stays_empty_ends_in_an_error() -> None:
    fetch = lambda page: Page([{"id": 1}] if page == 1 else [], more=page == 1, total=2)  # noqa: E731
    with pytest.raises(StreamError, match="kept changing"):
        read(read_agreeing_scans(lambda: numbered(fetch), identity))


def test_offsets_that_are_ignored_end_in_an_error() -> None:
    fetch = lambda _offset: Page([{"id": 1}, {"id": 2}], more=True)  # noqa: E731
    with pytest.raises(StreamError, match="the same rows"):
        list(read_overlapping(fetch, identity))


def test_pages_of_one_row_are_refused() -> None:
    with pytest.raises(StreamError, match="raise page_size"):
        list(read_overlapping(Table([1, 2, 3], [], 1).listed, identity))


def test_rows_that_vanish_faster_than_they_are_read_end_in_an_error() -> None:
    counter = iter(range(10**6))
    fetch = lambda _offset: Page([{"id": next(counter)} for _ in range(3)], more=True)  # noqa: E731
    with pytest.raises(StreamError, match="vanish faster"):
        list(read_overlapping(fetch, identity))


@pytest.mark.parametrize("size", [2, 3, 7])
def test_overlapping_pages_of_a_quiet_table_overlap_by_one_row(size: int) -> None:
    table = Table([1] * 25, [], size)
    assert read(counted(table))
    assert table.requests <= 2 + 25 // (size - 1)


def test_a_page_that_is_answered_twice_is_asked_for_again() -> None:
    table = Table([1] * 12, [], 4)
    offsets: list[int] = []

    def stale(offset: int) -> Page:
        offsets.append(offset)
        if len(offsets) == 3:
            return table.listed(offsets[-2])
        return table.listed(offset)

    seen: set[int] = set()
    assert read(read_counted(stale, identity), seen)
    assert seen == table.throughout


def test_rows_in_random_order_are_read_until_none_is_missing() -> None:
    table, random = Table([1] * 40, [], 10), Random(3)

    def shuffled(offset: int) -> Page:
        keys = list(table.at)
        random.shuffle(keys)
        rows = [{"id": key} for key in keys[offset : offset + 10]]
        return Page(rows, more=len(rows) == 10, total=40)

    seen: set[int] = set()
    assert read(read_counted(shuffled, identity), seen)
    assert seen == table.throughout


def refusing(table: Table, offset: int) -> Page:
    if offset + table.size > 10:
        raise RequestRejected("the window is too large.")
    return table.listed(offset)


def ending(table: Table, offset: int) -> Page:
    page = table.listed(offset)
    return page if offset < 10 else Page([], more=False, total=page.total)


@pytest.mark.parametrize("fetch", [refusing, ending])
def test_a_cap_on_offsets_is_passed_by_a_finer_position(fetch: Any) -> None:
    table = Table(list(range(25)), [], 4)

    def finer() -> Iterator[list[Row]]:
        yield table.rows(None, None, identity)

    seen: set[int] = set()
    assert read(read_counted(lambda offset: fetch(table, offset), identity, finer), seen)
    assert seen == table.throughout
    with pytest.raises(StreamError, match=r"too large|nothing beyond"):
        read(read_counted(lambda offset: fetch(table, offset), identity))


def broken() -> Iterator[list[Row]]:
    yield [{"id": 0}]
    raise StreamError("the tenant does not sort by it.")


def blind() -> Iterator[list[Row]]:
    yield [{"id": 0}]


@pytest.mark.parametrize("finer", [broken, blind])
def test_offsets_make_up_for_what_a_finer_position_misses(finer: Any) -> None:
    table = Table(list(range(25)), [], 4)
    seen: set[int] = set()
    assert read(read_counted(table.listed, identity, finer), seen)
    assert seen == table.throughout


@pytest.mark.parametrize("total_of", [lambda _: None, lambda _: 9_999], ids=["none", "pinned"])
def test_as_many_rows_as_offsets_may_reach_are_not_whole(total_of: Counts) -> None:
    table = Table([1] * 10, [], 5_000, total_of=total_of)
    table.at = dict.fromkeys(range(10_000), 1)
    assert not read(counted(table))
    assert read(read_counted(table.listed, identity, lambda: iter([[{"id": 0}]])))
