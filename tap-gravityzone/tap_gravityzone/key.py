"""Whether the vendor accepts the key, where a refusal of rights leaves that open.

The vendor answers -32001 for a dead key, for a right that the key's account lacks and for an API
that is not enabled alike (section 1.6 of its API reference). What tells them apart is whether it
accepts any other call.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from edr_tap_kit.errors import EdrTapError, RunError

_ONE_ROW = {"page": 1, "perPage": 1}
# Method, version and parameters. The calls that identify the key come first; an installation may
# lack them or deny them to the key, and then it is a cheap call for each API (section 2.5).
_TELLING: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    ("general.getApiKeyDetails", "v1.0", {}),
    ("companies.getCompanyDetails", "v1.0", {}),
    ("network.getEndpointsList", "v1.0", _ONE_ROW),
    ("policies.getPoliciesList", "v1.0", _ONE_ROW),
    ("quarantine/computers.getQuarantineItemsList", "v1.0", _ONE_ROW),
    ("reports.getReportsList", "v1.0", _ONE_ROW),
    ("packages.getPackagesList", "v1.0", _ONE_ROW),
    ("accounts.getAccountsList", "v1.0", _ONE_ROW),
    # Last, because so few of these are allowed a minute; the least rows a page are ten.
    ("incidents.getIncidentsList", "v1.2", {"page": 1, "perPage": 10}),
)

Send = Callable[[str, str, Mapping[str, Any]], Any]
"""Sends a call (method, version, parameters) and marks the key as accepted by the answer."""


class Key:
    """What the answers of a run tell of its key: one that was accepted once is not dead."""

    def __init__(self) -> None:
        self.accepted = False
        self._asked = False
        self._lock = threading.Lock()

    def is_dead(self, send: Send) -> bool:
        """Whether the vendor accepts no call at all; asked once a run, by ``send``.

        Raises:
            RunError: The answer leaves no doubt that it is, or the host is gone.
        """
        with self._lock:
            if not self.accepted and not self._asked:
                self._asked = True
                self._ask(send)
        return not self.accepted

    def _ask(self, send: Send) -> None:
        for call in _TELLING:
            try:
                send(*call)
            except RunError:
                raise
            except EdrTapError:
                pass  # says nothing of the key, unless the answer marked it as accepted
            if self.accepted:
                return
