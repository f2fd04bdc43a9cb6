"""Where a stream stands: the newest replication value that has been written, and never more."""

from __future__ import annotations

from typing import Any

from edr_tap_kit import times

_VALUE = "replication_key_value"
# Remembered so that a start_date that is moved earlier later on is read from again.
_START = "start_date"


class Bookmark:
    """The bookmark of one stream inside the SDK's state of that stream.

    Args:
        state: The stream's writable state; changed in place.
        replication_key: Name of the column whose values are remembered.
        ceiling: UTC text that the bookmark never passes: the start of the run, so that a row
            dated in the future does not hide those before it, or the end of the window being read.
    """

    def __init__(self, state: dict[str, Any], replication_key: str, ceiling: str) -> None:
        self._state = state
        self._replication_key = replication_key
        self.ceiling = ceiling

    @property
    def value(self) -> str | None:
        """The bookmark as UTC text, or ``None`` before the first run."""
        value = self._state.get(_VALUE)
        return None if value is None else times.to_utc_text(value)

    def begin(self, start_date: str | None) -> None:
        """Note where a run reads from; forget the bookmark when that lies earlier than before.

        Noted before reading, so that a killed re-read resumes instead of starting over.
        """
        if _START in self._state:
            read_from = self._state[_START]
            if read_from is None or (
                start_date is not None and times.sort_key(start_date) >= times.sort_key(read_from)
            ):
                return
            self._state.pop(_VALUE, None)
        self._state[_START] = start_date

    def advance(self, value: str | None) -> None:
        """Move to ``value`` (UTC text) or to the ceiling, whichever is earlier; never back."""
        if value is None:
            return
        reached = min(value, self.ceiling, key=times.sort_key)
        current = self.value
        if current is None or times.sort_key(reached) > times.sort_key(current):
            self._state["replication_key"] = self._replication_key
            self._state[_VALUE] = reached
