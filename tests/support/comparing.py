"""Whether a record is the vendor's row: every value there, nothing invented, times alike.

Written from the promises of the interface, without a look at the shaping code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

Row = dict[str, Any]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def assert_same_table(
    emitted: dict[tuple[Any, ...], Row],
    truth: Iterable[Row],
    key: Callable[[Row], tuple[Any, ...]],
    naive_offset: timedelta = timedelta(0),
) -> None:
    """Assert that the upserted records are exactly the vendor's rows, value by value."""
    rows = {key(row): row for row in truth}
    assert emitted.keys() == rows.keys(), (
        f"missing {sorted(rows.keys() - emitted.keys())[:5]}, "
        f"invented {sorted(emitted.keys() - rows.keys())[:5]}"
    )
    for identity, row in rows.items():
        difference = differences(row, emitted[identity], naive_offset)
        assert not difference, f"{identity}: {difference}"


def differences(row: Row, record: Row, naive_offset: timedelta = timedelta(0)) -> list[str]:
    """Return what differs between a vendor's row and its record."""
    extra = record.get("_extra") or {}
    found = []
    for name, value in row.items():
        in_column = name in record and same(value, record[name], naive_offset)
        in_extra = name in extra and extra[name] == value and record.get(name) is None
        if not (in_column or in_extra):
            found.append(f"{name}: {value!r} became {record.get(name)!r}")
    own = {name for name in record if name.startswith("_")}
    invented = {name for name in record.keys() - row.keys() - own if record[name] is not None}
    found += [f"{name}: invented as {record[name]!r}" for name in invented]
    found += [f"_extra.{name}: invented" for name in extra.keys() - row.keys()]
    return found


def same(value: Any, emitted: Any, naive_offset: timedelta = timedelta(0)) -> bool:
    """Whether an emitted value says what the vendor's says, in the shapes the interface allows."""
    if type(value) is type(emitted) and value == emitted:
        return True
    if value is None or emitted is None:
        return value is emitted
    if isinstance(emitted, dict):
        if not isinstance(value, dict):
            return value == [] and emitted == {}
        return value.keys() == emitted.keys() and all(
            same(value[name], emitted[name], naive_offset) for name in value
        )
    if isinstance(emitted, list):
        values = value if isinstance(value, list) else [value]
        return len(values) == len(emitted) and all(
            same(each, other, naive_offset) for each, other in zip(values, emitted, strict=True)
        )
    return same_time(value, emitted, naive_offset) or _same_scalar(value, emitted)


def _same_scalar(value: Any, emitted: Any) -> bool:
    if isinstance(emitted, bool):
        return value in (0, 1, "true", "false") and str(value).lower() in (
            ("1", "true") if emitted else ("0", "false")
        )
    if isinstance(emitted, str):
        text = str(value).lower() if isinstance(value, bool) else str(value)
        return isinstance(value, int | float) and emitted == text
    if isinstance(emitted, int | float):
        return (isinstance(value, str) and value == str(emitted)) or (
            isinstance(value, int | float) and not isinstance(value, bool) and value == emitted
        )
    return False


def same_time(value: Any, emitted: Any, naive_offset: timedelta) -> bool:
    """Whether a vendor's time and an emitted UTC text name the same instant, to the microsecond."""
    if not isinstance(emitted, str) or not emitted.endswith("Z"):
        return False
    try:
        moment = datetime.fromisoformat(emitted)
        if isinstance(value, str) and value.isdecimal():
            value = int(value)
        if isinstance(value, str):
            vendor = datetime.fromisoformat(value.strip())
            if vendor.tzinfo is None:
                vendor = vendor.replace(tzinfo=UTC) - naive_offset
        else:
            seconds = value if value < 10**11 else value / 1000
            vendor = _EPOCH + timedelta(seconds=seconds)
    except (TypeError, ValueError, OverflowError):
        return False
    return abs(moment - vendor) < timedelta(microseconds=1)
