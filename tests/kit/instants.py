"""The instant that a time names, computed without the kit: seconds since 1970 as a fraction."""

from __future__ import annotations

import calendar
import re
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

_UTC_TEXT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.([0-9]+))?Z")


def instant_of_utc_text(text: str) -> Fraction:
    """Return the instant of an RFC 3339 UTC text; asserts that it is one."""
    match = _UTC_TEXT.fullmatch(text)
    assert match, f"{text} is no UTC text"
    seconds = calendar.timegm(datetime.fromisoformat(match[1]).timetuple())
    digits = match[2] or "0"
    return seconds + Fraction(int(digits), 10 ** len(digits))


def instant_of_number(value: float) -> Fraction:
    """Return the instant of an epoch number, its unit told by its size."""
    exact = Fraction(Decimal(repr(value)))
    for limit, digits in ((10**11, 0), (10**14, 3), (10**17, 6)):
        if abs(exact) < limit:
            return exact / 10**digits
    return exact / 10**9
