"""Every shape of time becomes the same instant, in UTC, with the digits that were given."""

from __future__ import annotations

import calendar
import math
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from edr_tap_kit import times
from hypothesis import given
from hypothesis import strategies as st

from tests.kit.instants import instant_of_number, instant_of_utc_text

BERLIN = ZoneInfo("Europe/Berlin")
FIRST_SECOND, LAST_SECOND = -62_135_596_800, 253_402_300_799

# Wall-clock times: what a text shows, whatever its offset.
MOMENTS = st.integers(FIRST_SECOND + 10**6, LAST_SECOND - 10**6).map(
    lambda seconds: datetime(1970, 1, 1) + timedelta(seconds=seconds)  # noqa: DTZ001
)
DIGITS = st.text("0123456789", min_size=0, max_size=12)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1579284369, "2020-01-17T18:06:09Z"),
        (1579284369143, "2020-01-17T18:06:09.143Z"),
        (1579284369000, "2020-01-17T18:06:09.000Z"),
        (1579284369143704, "2020-01-17T18:06:09.143704Z"),
        (1579284369143704812, "2020-01-17T18:06:09.143704812Z"),
        (1579284369143.7048, "2020-01-17T18:06:09.1437048Z"),
        (1579284369.5, "2020-01-17T18:06:09.5Z"),
        (1579284369.0, "2020-01-17T18:06:09Z"),
        (0, "1970-01-01T00:00:00Z"),
        (-1, "1969-12-31T23:59:59Z"),
        (-1.5, "1969-12-31T23:59:58.5Z"),
        ("2026-01-31T10:00:00Z", "2026-01-31T10:00:00Z"),
        ("2026-01-31t10:00:00z", "2026-01-31T10:00:00Z"),
        (" 2026-01-31T10:00:00Z\n", "2026-01-31T10:00:00Z"),
        ("2026-01-31T10:00:00.120000+02:00", "2026-01-31T08:00:00.120000Z"),
        ("2026-01-31T10:00:00,5-0530", "2026-01-31T15:30:00.5Z"),
        ("2026-01-31 10:00:00 +01", "2026-01-31T09:00:00Z"),
        ("2026-01-31T10:00Z", "2026-01-31T10:00:00Z"),
        ("2026-01-31", "2026-01-31T00:00:00Z"),
        ("1579284369", "2020-01-17T18:06:09Z"),
        ("1579284369143", "2020-01-17T18:06:09.143Z"),
        (" 1579284369143.704812 ", "2020-01-17T18:06:09.143704812Z"),
        ("1579284369143704812", "2020-01-17T18:06:09.143704812Z"),
        ("2024-02-29T23:59:59-12:00", "2024-03-01T11:59:59Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z"),
    ],
    ids=repr,
)
def test_known_times(value: object, text: str) -> None:
    assert times.to_utc_text(value) == text


@pytest.mark.parametrize(
    "value",
    [
        "", "x", "2026", "20260131", "202601311000", "20260131100000", "-1579284369", "1579284369.",
        "2026-13-01", "2026-02-30", "2026-01-31T24:00:00Z", "2026-01-31T10:00:61Z",
        "2026-06-30T23:59:60Z",  # a leap second has no other name: it stays as it is, in _extra
        "2026-01-31T10:00:00+24:00", "2026-01-31T10:00:00Zjunk", "2026-01-31T10:00:00.Z",
        "٢٠٢٦-01-31T10:00:00Z", "2026-01-31T10:00:00.٣Z", "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "10000-01-01T00:00:00Z",
        10**20, -(10**11) + 1, 10**400, 1e300, math.nan, math.inf, True, None, [], {},
    ],
    ids=lambda value: repr(value)[:30],
)  # fmt: skip
def test_garbage_is_a_value_error(value: object) -> None:
    with pytest.raises(ValueError, match=r"not a time|year|month|day|hour|second|offset"):
        times.to_utc_text(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("2026-01-15T12:00:00", "2026-01-15T11:00:00Z"),
        ("2026-07-15T12:00:00", "2026-07-15T10:00:00Z"),
        ("2026-10-25T02:30:00", "2026-10-25T00:30:00Z"),  # twice that night: the first of the two
        ("2026-03-29T02:30:00", "2026-03-29T01:30:00Z"),  # not on any clock that night
        ("2026-07-15", "2026-07-14T22:00:00Z"),
        ("2026-07-15T12:00:00Z", "2026-07-15T12:00:00Z"),
        ("2026-07-15T12:00:00+00:00", "2026-07-15T12:00:00Z"),
    ],
)
def test_naive_zone_is_for_naive_times_alone(value: str, text: str) -> None:
    assert times.to_utc_text(value, BERLIN) == text


@given(st.integers(-(10**20), 10**20))
def test_epoch_integers_keep_the_instant(value: int) -> None:
    instant = instant_of_number(value)
    if abs(value) < 10**20 and FIRST_SECOND <= math.floor(instant) <= LAST_SECOND:
        assert instant_of_utc_text(times.to_utc_text(value)) == instant
    else:
        with pytest.raises(ValueError, match="not a time"):
            times.to_utc_text(value)


@given(st.just(0.0) | st.floats(-6e10, -1e-6) | st.floats(1e-6, 9e15))
def test_epoch_floats_keep_all_their_digits(value: float) -> None:
    assert instant_of_utc_text(times.to_utc_text(value)) == instant_of_number(value)


@given(
    MOMENTS, DIGITS, st.integers(-1439, 1439), st.sampled_from("T t"), st.sampled_from(["", ":"])
)
def test_texts_keep_the_instant_and_the_digits(
    moment: datetime, digits: str, offset: int, separator: str, colon: str
) -> None:
    hours, minutes = divmod(abs(offset), 60)
    fraction = f".{digits}" if digits else ""
    sign = "-" if offset < 0 else "+"
    text = f"{moment.isoformat(separator)}{fraction}{sign}{hours:02d}{colon}{minutes:02d}"
    emitted = times.to_utc_text(text)
    instant = calendar.timegm(moment.timetuple()) - offset * 60
    assert instant_of_utc_text(emitted) == instant + Fraction(int(digits or 0), 10 ** len(digits))
    assert emitted.removesuffix("Z").partition(".")[2] == digits
    assert times.to_utc_text(emitted) == emitted


@given(st.text(max_size=40))
def test_no_text_does_more_than_a_value_error(text: str) -> None:
    try:
        emitted = times.to_utc_text(text)
    except ValueError:
        return
    instant_of_utc_text(emitted)


@given(MOMENTS, DIGITS, MOMENTS, DIGITS)
def test_sort_key_orders_by_instant(
    one: datetime, one_digits: str, other: datetime, other_digits: str
) -> None:
    texts = [
        times.to_utc_text(f"{moment.isoformat()}{f'.{digits}' if digits else ''}Z")
        for moment, digits in ((one, one_digits), (other, other_digits), (one, other_digits))
    ]
    for left in texts:
        for right in texts:
            if instant_of_utc_text(left) < instant_of_utc_text(right):
                assert times.sort_key(left) < times.sort_key(right)


@given(MOMENTS, DIGITS)
def test_epoch_ms_rounds_down(moment: datetime, digits: str) -> None:
    text = times.to_utc_text(f"{moment.isoformat()}{f'.{digits}' if digits else ''}Z")
    assert times.epoch_ms(text) == math.floor(instant_of_utc_text(text) * 1000)


@given(st.integers(FIRST_SECOND * 1000, LAST_SECOND * 1000))
def test_epoch_ms_and_seconds_come_back(milliseconds: int) -> None:
    assert times.epoch_ms(times.from_epoch_ms(milliseconds)) == milliseconds
    seconds = milliseconds // 1000
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    assert datetime.fromisoformat(times.from_epoch_seconds(seconds)) == moment


def test_earliest_seconds_is_the_first_moment_that_can_be_written() -> None:
    assert times.from_epoch_seconds(times.EARLIEST_SECONDS) == "0001-01-01T00:00:00Z"
    with pytest.raises(OverflowError):
        times.from_epoch_seconds(times.EARLIEST_SECONDS - 1)
