"""Instants as epoch seconds, written in the time zone of a company as the vendor writes them."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

_REQUEST_DATE = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?(?:Z|[+-]\d{2}:?\d{2})"
)


def epoch(at: datetime | None = None) -> int:
    """Return an instant in whole epoch seconds; now when none is given."""
    if at is None:
        return int(time.time())
    if at.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return int(at.timestamp())


def parse_request_date(text: str) -> float:
    """Return the instant of a filter date; ``ValueError`` unless ISO 8601 with an offset."""
    if not _REQUEST_DATE.fullmatch(text):
        raise ValueError(f"not an ISO 8601 date with an offset: {text!r}")
    return datetime.fromisoformat(text).timestamp()


@lru_cache(maxsize=64)
def _last_sunday(year: int, month: int) -> float:
    """Return 01:00 UTC on the last Sunday of a month of 31 days."""
    last = datetime(year, month, 31, 1, tzinfo=UTC)
    return (last - timedelta(days=(last.weekday() + 1) % 7)).timestamp()


@lru_cache(maxsize=64)
def _offset_zone(minutes: int) -> timezone:
    return timezone(timedelta(minutes=minutes))


@dataclass(frozen=True, slots=True)
class Zone:
    """A time zone: minutes east of UTC in winter, and whether Europe's summer time applies."""

    minutes: int
    summer_time: bool = False

    def offset(self, instant: int) -> int:
        """Return the minutes east of UTC at an instant."""
        if not self.summer_time:
            return self.minutes
        year = time.gmtime(instant).tm_year
        summer = _last_sunday(year, 3) <= instant < _last_sunday(year, 10)
        return self.minutes + 60 * summer

    def write(self, instant: int, *, naive: bool = False) -> str:
        """Write an instant with this zone's numeric offset, or without any offset."""
        text = datetime.fromtimestamp(instant, _offset_zone(self.offset(instant))).isoformat()
        return text[:19] if naive else text


ZULU = Zone(0)
MIXED_ZONES = (Zone(120, summer_time=True), Zone(-300), Zone(330), ZULU)


def write_zulu_ms(instant: int, milliseconds: int = 0) -> str:
    """Write an instant as push events do (``2026-01-31T08:00:58.876Z``)."""
    return f"{ZULU.write(instant, naive=True)}.{milliseconds:03d}Z"
