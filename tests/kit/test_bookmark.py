"""Where a stream stands, and where it begins again."""

from __future__ import annotations

from typing import Any

import pytest
from edr_tap_kit import documents
from edr_tap_kit.bookmark import Bookmark
from hypothesis import given
from hypothesis import strategies as st

CEILING = "2026-06-01T00:00:00.000Z"
VALUES = st.datetimes().map(lambda moment: f"{moment.isoformat()}Z")


def at(state: dict[str, Any], start_date: str | None = None, ceiling: str = CEILING) -> Bookmark:
    """Return the bookmark of the next run, as a stream makes it."""
    bookmark = Bookmark(state, "changed", ceiling)
    bookmark.begin(start_date)
    return bookmark


def test_a_first_run_has_none_and_an_advance_is_remembered() -> None:
    state: dict[str, Any] = {}
    bookmark = at(state)
    assert bookmark.value is None
    bookmark.advance("2026-01-02T00:00:00Z")
    assert at(state).value == "2026-01-02T00:00:00Z"
    assert state["replication_key"] == "changed"


def test_a_row_without_a_value_moves_nothing() -> None:
    state: dict[str, Any] = {}
    at(state).advance(None)
    assert at(state).value is None


def test_the_bookmark_never_passes_the_ceiling() -> None:
    """Nor does a row beyond it move it so far: the vendor's clock may be behind."""
    bookmark = at({})
    bookmark.advance("2026-01-02T00:00:00Z")
    bookmark.advance("2099-01-01T00:00:00Z")
    assert bookmark.value == "2026-01-02T00:00:00Z"
    bookmark.advance(CEILING)
    assert bookmark.value == CEILING


@given(st.lists(VALUES, max_size=10))
def test_the_bookmark_is_the_newest_value_below_the_ceiling_and_never_goes_back(
    values: list[str],
) -> None:
    bookmark = at({})
    reached = ""
    for value in values:
        bookmark.advance(value)
        assert (bookmark.value or "").removesuffix("Z") >= reached
        reached = (bookmark.value or "").removesuffix("Z")
    below = [value.removesuffix("Z") for value in values if value[:19] < CEILING[:19]]
    assert reached == max(below, default="")


def test_sub_seconds_are_compared_as_instants() -> None:
    bookmark = at({})
    bookmark.advance("2026-01-01T00:00:00Z")
    bookmark.advance("2026-01-01T00:00:00.5Z")
    assert bookmark.value == "2026-01-01T00:00:00.5Z"
    bookmark.advance("2026-01-01T00:00:00Z")
    assert bookmark.value == "2026-01-01T00:00:00.5Z"


@pytest.mark.parametrize(
    ("before", "now", "forgets"),
    [
        (None, None, False),
        ("2026-02-01T00:00:00Z", "2026-02-01T00:00:00Z", False),
        ("2026-02-01T00:00:00Z", "2026-01-01T00:00:00Z", True),
        ("2026-02-01T00:00:00Z", None, True),
        ("2026-02-01T00:00:00Z", "2026-02-15T00:00:00Z", False),
        (None, "2026-01-01T00:00:00Z", False),
    ],
)
def test_a_start_date_moved_earlier_reads_again(
    before: str | None, now: str | None, forgets: bool
) -> None:
    state: dict[str, Any] = {}
    at(state, before).advance("2026-03-01T00:00:00Z")
    assert at(state, now).value == (None if forgets else "2026-03-01T00:00:00Z")


def test_a_killed_re_read_resumes() -> None:
    state: dict[str, Any] = {}
    at(state, "2026-02-01T00:00:00Z").advance("2026-03-01T00:00:00Z")
    assert at(state, "2026-01-01T00:00:00Z").value is None
    at(state, "2026-01-01T00:00:00Z").advance("2026-01-10T00:00:00Z")
    assert at(state, "2026-01-01T00:00:00Z").value == "2026-01-10T00:00:00Z"


def test_a_gap_that_a_later_start_date_left_is_read_when_it_moves_back() -> None:
    state: dict[str, Any] = {}
    at(state, "2026-01-01T00:00:00Z").advance("2026-02-01T00:00:00Z")
    at(state, "2026-04-01T00:00:00Z").advance("2026-05-01T00:00:00Z")  # February, March left out
    assert at(state, "2026-04-01T00:00:00Z").value == "2026-05-01T00:00:00Z"
    assert at(state, "2026-01-01T00:00:00Z").value is None


def test_an_empty_range_that_was_read_counts_like_rows() -> None:
    state: dict[str, Any] = {}
    at(state).read_through("2026-02-01T00:00:00Z")
    assert at(state).value == "2026-02-01T00:00:00Z"
    at(state).advance("2026-01-01T00:00:00Z")
    assert at(state).value == "2026-02-01T00:00:00Z"
    at(state).read_through("2099-01-01T00:00:00Z")
    assert at(state, "2025-01-01T00:00:00Z").value == "2026-02-01T00:00:00Z"


def test_times_of_a_loaded_state_are_utc_texts() -> None:
    bookmark = {"replication_key_value": "2026-01-01T02:00:00+02:00", "read_through": 1700000000}
    state = {"bookmarks": {"alerts": {**bookmark, "partitions": [], "own": 1}}}
    assert documents.bookmarks(state)["alerts"] == {
        "replication_key_value": "2026-01-01T00:00:00Z",
        "read_through": "2023-11-14T22:13:20Z",
        "own": 1,
    }
