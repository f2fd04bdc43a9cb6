"""Where a stream stands: the newest replication value that has been written, and never more."""

from __future__ import annotations

from typing import Any

from edr_tap_kit import times

_VALUE = "replication_key_value"
# How far a stream was read without a row of its own, because it follows another one's reading.
_READ_THROUGH = "read_through"
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
        self.begun_anew = False

    @property
    def value(self) -> str | None:
        """How far this stream has been read, UTC text, or ``None`` before the first run."""
        texts = [self._state.get(name) for name in (_VALUE, _READ_THROUGH)]
        return max((text for text in texts if text), key=times.sort_key, default=None)

    def begin(self, start_date: str | None) -> None:
        """Note where a run reads from; forget the bookmark when that lies earlier than before.

        Noted before reading, so that a killed re-read resumes instead of starting over.
        """
        if _START in self._state:
            if _lies_before(start_date, self._state[_START]):
                self._state.pop(_VALUE, None)
                self._state.pop(_READ_THROUGH, None)
                self.begun_anew = True
            elif not _lies_before(self.value, start_date):
                return
            # Else what lies between the bookmark and start_date stays unread.
        self._state[_START] = start_date

    def advance(self, value: str | None) -> None:
        """Move to the value (UTC text) of a row that was written; never back."""
        if self._move(_VALUE, value):
            self._state["replication_key"] = self._replication_key

    def read_through(self, value: str | None) -> None:
        """Note that all rows up to ``value`` (UTC text) have been written, were there any."""
        self._move(_READ_THROUGH, value)

    def _move(self, name: str, value: str | None) -> bool:
        known = self._state.get(name)
        if value is None or value == known:
            return False
        # A value beyond the ceiling moves nothing, not even up to it: the ceiling is this machine's
        # time, at which the vendor may not have arrived yet.
        if times.is_before(self.ceiling, value):
            return False
        if known is not None and not times.is_before(known, value):
            return False
        self._state[name] = value
        return True


def _lies_before(moment: str | None, other: str | None) -> bool:
    """Whether a UTC text is earlier than another; ``None`` is the beginning of all."""
    if moment is None or other is None:
        return moment is None and other is not None
    return times.is_before(moment, other)
