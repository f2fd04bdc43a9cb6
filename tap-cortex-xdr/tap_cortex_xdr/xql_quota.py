"""The tenant's XQL quota, watched so that a run leaves some of it to the analysts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from edr_tap_kit.errors import StreamError

_GRANTED = ("license_quota", "additional_purchased_quota")


class Quota:
    """How many query units are left, as the vendor's newest answer tells.

    Args:
        post: Sends a call and returns its reply.
        floor: Units that are to be left; ``None`` does without watching.
    """

    def __init__(self, post: Callable[[str, Mapping[str, Any]], Any], floor: float | None) -> None:
        self._post = post
        self._floor = floor
        self._left: float | None = None
        self._lock = threading.Lock()

    def check(self) -> None:
        """Refuse another query when less than the floor is left; asks once a run.

        Raises:
            StreamError: There is.
        """
        if self._floor is None:
            return
        with self._lock:  # queries that start together ask once
            if self._left is None:
                self._left = _left(self._post("v1/xql/get_quota", {}))
        if self._left is not None and self._left < self._floor:
            raise StreamError(
                f"{self._left:g} units of the XQL quota are left, less than xql_quota_floor "
                f"({self._floor:g}). The quota is renewed every night: the next run goes on from "
                "where this one stopped."
            )

    def learn(self, reply: Mapping[str, Any]) -> None:
        """Take the units that are left from the answer to a query."""
        left = reply.get("remaining_quota")
        if isinstance(left, int | float):
            self._left = left


def _left(reply: Any) -> float | None:
    if not isinstance(reply, dict):
        return None
    granted = [each for name in _GRANTED if isinstance(each := reply.get(name), int | float)]
    used = reply.get("used_quota")
    return sum(granted) - used if granted and isinstance(used, int | float) else None
