"""Every shape of time that a vendor sends, as one: an RFC 3339 UTC text ending in ``Z``.

The sub-second digits are those that the vendor gave: none for whole seconds, three for epoch
milliseconds, as many as written otherwise.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Any

_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)"
    r"(?:[Tt ]((?:[01]\d|2[0-3]):\d\d)(?:(:\d\d)(?:[.,](\d+))?)?)?"
    r" ?([Zz]|[+-]\d\d(?::?\d\d)?)?",
    re.ASCII,
)
# As many digits as times since 2001 have, in each unit: others may be a date without its marks.
_EPOCH_TEXT = re.compile(r"(\d{10}|\d{13}|\d{16}|\d{19})(\.\d{1,9})?", re.ASCII)
_WHOLE = len("0001-01-01T00:00:00")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Written so often that tables pay.
_IN_AN_HOUR = tuple(
    f"{minutes:02d}:{seconds:02d}" for minutes in range(60) for seconds in range(60)
)
_FRACTIONS = tuple(f"{milliseconds:03d}" for milliseconds in range(1000))
_FINEST = 27  # digits of a second, all of which Decimal keeps beside a whole one
EARLIEST_SECONDS = -62_135_596_800  # the beginning of the year 1
# Numbers below a limit are in its unit: seconds until the year 5138, then ms, µs and ns.
_LEAST_MS, _NO_MS = 10**11, 10**14
_EPOCH_UNITS = ((_LEAST_MS, 0), (_NO_MS, 3), (10**17, 6), (10**20, 9))


def to_utc_text(value: Any, naive_zone: tzinfo = UTC) -> str:
    """Return a vendor time (ISO text or epoch number of s, ms, µs or ns) as RFC 3339 UTC text.

    A number may come as text.

    Args:
        value: What the vendor sent.
        naive_zone: The zone of texts without an offset.

    Raises:
        ValueError: The value is no time, or lies outside the years 1 to 9999.
    """
    if isinstance(value, str):
        return _from_iso(value.strip(), naive_zone)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_epoch(value)
    raise ValueError(f"not a time: {type(value).__name__}")


def text_in(naive_zone: tzinfo) -> Callable[[Any], str]:
    """Return :func:`to_utc_text` for a zone, quick for whole epoch milliseconds."""

    def to_text(value: Any) -> str:
        if type(value) is int and _LEAST_MS <= value < _NO_MS:  # what vendors send most
            return from_epoch_ms(value)
        return to_utc_text(value, naive_zone)

    return to_text


def position_ms(value: Any) -> int:
    """Return a vendor time (as :func:`to_utc_text` takes it, in UTC) as epoch ms, rounded down.

    Raises:
        ValueError: The value is no time, or lies outside the years 1 to 9999.
    """
    if type(value) is int and _LEAST_MS <= value < _NO_MS:
        return value
    return epoch_ms(to_utc_text(value))


def sort_key(utc_text: str) -> str:
    """Return what orders two texts of :func:`to_utc_text` by the instant they name."""
    return utc_text.removesuffix("Z")


def is_before(utc_text: str, other: str) -> bool:
    """Whether the instant of one text of :func:`to_utc_text` is earlier than another's."""
    if len(utc_text) == len(other):
        return utc_text < other
    return sort_key(utc_text) < sort_key(other)


def epoch_ms(utc_text: str) -> int:
    """Return the epoch milliseconds of a text of :func:`to_utc_text`, rounded down."""
    whole, _, fraction = utc_text.removesuffix("Z").partition(".")
    seconds = int(datetime.fromisoformat(f"{whole}Z").timestamp())
    return seconds * 1000 + int(fraction[:3].ljust(3, "0"))


def from_epoch_ms(milliseconds: int) -> str:
    """Return epoch milliseconds as RFC 3339 UTC text with three sub-second digits."""
    seconds, fraction = divmod(milliseconds, 1000)
    hours, seconds = divmod(seconds, 3600)
    return f"{_date_and_hour(hours)}:{_IN_AN_HOUR[seconds]}.{_FRACTIONS[fraction]}Z"


def from_epoch_seconds(seconds: int) -> str:
    """Return epoch seconds as RFC 3339 UTC text without sub-second digits."""
    return f"{_whole_seconds(_EPOCH + timedelta(seconds=seconds))}Z"


@lru_cache(4096)
def _date_and_hour(hours: int) -> str:
    return _whole_seconds(_EPOCH + timedelta(hours=hours))[: -len(":00:00")]


def _whole_seconds(moment: datetime) -> str:
    return moment.isoformat()[:_WHOLE]


def _from_epoch(value: float | Decimal) -> str:
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not exact.is_finite():
        raise ValueError("not a time: not a finite number")
    digits = next((digits for limit, digits in _EPOCH_UNITS if abs(exact) < limit), None)
    if digits is None:
        raise ValueError("not a time: out of range")
    scaled = exact.scaleb(-digits)
    if -int(scaled.as_tuple().exponent) > _FINEST:
        raise ValueError("not a time: finer than any clock")
    whole = math.floor(scaled)
    fraction = format(scaled - whole, "f").partition(".")[2] if digits or scaled != whole else ""
    fraction = fraction.ljust(digits, "0") if digits else fraction
    try:
        text = _whole_seconds(_EPOCH + timedelta(seconds=whole))
    except OverflowError as error:
        raise ValueError("not a time: outside the years 1 to 9999") from error
    return f"{text}.{fraction}Z" if fraction else f"{text}Z"


def _from_iso(text: str, naive_zone: tzinfo) -> str:
    match = _ISO.fullmatch(text)
    if match is None:
        if _EPOCH_TEXT.fullmatch(text):
            return _from_epoch(Decimal(text))
        raise ValueError("not a time")
    date, minute, second, fraction, offset = match.groups()
    whole = f"{date}T{minute or '00:00'}{second or ':00'}"
    moment = datetime.fromisoformat(whole)
    zone = _zone_of(offset) if offset else naive_zone
    if zone is not UTC:
        try:
            whole = _whole_seconds(moment.replace(tzinfo=zone).astimezone(UTC))
        except OverflowError as error:
            raise ValueError("not a time: outside the years 1 to 9999") from error
    return f"{whole}.{fraction}Z" if fraction else f"{whole}Z"


@lru_cache(256)
def _zone_of(offset: str) -> tzinfo:
    if offset in {"Z", "z"}:
        return UTC
    hours, minutes = int(offset[:3]), int(offset[0] + (offset[3:].lstrip(":") or "0"))
    return timezone(timedelta(hours=hours, minutes=minutes)) if hours or minutes else UTC
