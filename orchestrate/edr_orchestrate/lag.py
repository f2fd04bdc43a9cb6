"""Which tenants are behind: told once when it begins, and once when it is over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

import msgspec


class Watch(msgspec.Struct):
    """What a watcher remembers from look to look.

    Attributes:
        after: The last event of the log that was seen, by product.
        since: When each live unit was last read to its end, UTC; for one that never was, when it
            was first looked at.
        told: The units that are behind, as was told.
    """

    after: dict[str, int] = {}
    since: dict[str, datetime] = {}
    told: set[str] = set()

    def look(self, limits: Mapping[str, timedelta], now: datetime) -> Iterator[str]:
        """Yield what is new: units that are behind, or no longer so.

        Args:
            limits: How old the last complete run of each unit may be.
            now: The present, UTC.
        """
        for unit in self.since.keys() - limits:
            del self.since[unit]
        self.told.intersection_update(limits)
        for unit, limit in limits.items():
            age = now - self.since.setdefault(unit, now)
            behind = age > limit
            if behind and unit not in self.told:
                self.told.add(unit)
                yield (
                    f"{unit} is behind: it was last read to its end {_minutes(age)} ago, and "
                    f"{_minutes(limit)} are allowed."
                )
            elif not behind and unit in self.told:
                self.told.discard(unit)
                yield f"{unit} is up to date again."


def read_watch(text: str | None) -> Watch:
    """Return what was written, or a fresh watch."""
    return msgspec.json.decode(text, type=Watch) if text else Watch()


def write_watch(watch: Watch) -> str:
    """Return a watch as text."""
    return msgspec.json.encode(watch).decode()


def _minutes(span: timedelta) -> str:
    return f"{span.total_seconds() / 60:.0f} minutes"
