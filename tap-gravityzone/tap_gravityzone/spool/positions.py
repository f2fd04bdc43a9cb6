"""How far each receiver's lines were read, inside the state of the ``events`` stream."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from tap_gravityzone.spool import names

_MEMBER = "receivers"


class Positions:
    """The time of the last line read, by receiver; changes the stream's state in place."""

    def __init__(self, state: dict[str, Any]) -> None:
        stored = state.get(_MEMBER)
        self._known = {
            receiver: moment
            for receiver, moment in (stored if isinstance(stored, dict) else {}).items()
            if _is_line_time(moment)
        }
        state[_MEMBER] = self._known

    def forget(self) -> None:
        """Have everything read from its beginning."""
        self._known.clear()

    def advance(self, receiver: str | None, moment: str) -> None:
        """Note that a receiver's lines were read up to a time (UTC text), never back."""
        if receiver is not None:
            self._known[receiver] = max(moment, self._known.get(receiver, ""))

    def less(self, minutes: int | None) -> Mapping[str, str]:
        """Return the positions, so many minutes earlier where a user wants to read again."""
        if not minutes:
            return dict(self._known)
        try:
            back = timedelta(minutes=minutes)
            return {
                receiver: names.to_text(names.to_moment(moment) - back)
                for receiver, moment in self._known.items()
            }
        except OverflowError:  # earlier than any time
            return {}


def _is_line_time(moment: Any) -> bool:
    try:
        names.to_moment(moment)
    except (TypeError, ValueError):
        return False
    return True
