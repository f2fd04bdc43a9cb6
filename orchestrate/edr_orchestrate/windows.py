"""Windows of the past, cut along the calendar in UTC."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal, NamedTuple

from typing_extensions import override

Length = Literal["day", "week", "month"]


class Window(NamedTuple):
    """The days from ``start`` to ``end``, which is exclusive; both begin at midnight UTC."""

    start: date
    end: date

    @override
    def __str__(self) -> str:
        """Return both ends, as state ids and partitions name them."""
        return f"{self.start}.{self.end}"


def windows(first: date, end: date, length: Length) -> Iterator[Window]:
    """Yield windows from ``first`` to ``end`` (exclusive), cut where a day, week or month begins.

    They neither overlap nor leave a gap. Weeks begin on Monday.
    """
    start = first
    while start < end:
        following = min(_next(start, length), end)
        yield Window(start, following)
        start = following


def beginning(day: date, length: Length) -> date:
    """Return where the day, week or month that holds a day begins."""
    match length:
        case "day":
            return day
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)


def window_from(start: date, length: Length) -> Window:
    """Return the window of a whole day, week or month that begins on ``start``."""
    return Window(start, _next(start, length))


def _next(day: date, length: Length) -> date:
    match length:
        case "day":
            return day + timedelta(days=1)
        case "week":
            return day + timedelta(days=7 - day.weekday())
        case "month":
            return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
