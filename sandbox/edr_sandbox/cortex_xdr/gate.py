"""Who may pass: request signing, and the request budget of a tenant."""

from __future__ import annotations

import re
import time
from collections import defaultdict, deque
from email.utils import formatdate
from hashlib import sha256
from typing import TYPE_CHECKING, Literal

from edr_sandbox.cortex_xdr.replies import UNAUTHORIZED, Refusal, html_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from edr_sandbox.cortex_xdr.switches import Switches
    from edr_sandbox.serving import Request

SKEW_MS = 300_000
_NONCE = re.compile(r"[A-Za-z0-9]{64}")
_LIMITED = "Rate limit exceeded"


class Signing:
    """One API key of one security level, and the signatures that it has made."""

    def __init__(self, key: str, key_id: str, level: Literal["standard", "advanced"]) -> None:
        self.key = key
        self.key_id = key_id
        self.level = level
        self._seen: set[str] = set()

    def check(self, request: Request, switches: Switches, now_ms: int) -> None:
        """Refuse a request that is not signed exactly as this key has to sign."""
        headers = request.headers
        if headers.get("x-xdr-auth-id") != self.key_id:
            raise _unauthorized()
        if self.level == "standard":
            if headers.get("authorization") != self.key:
                raise _unauthorized()
            return
        nonce, stamp = headers.get("x-xdr-nonce", ""), headers.get("x-xdr-timestamp", "")
        if not _NONCE.fullmatch(nonce) or not re.fullmatch(r"[0-9]{1,15}", stamp):
            raise _unauthorized()
        if headers.get("authorization") != sha256((self.key + nonce + stamp).encode()).hexdigest():
            raise _unauthorized()
        if switches.clock_skew_check and abs(now_ms - int(stamp)) > SKEW_MS:
            raise _unauthorized()
        if switches.replay_check and nonce + stamp in self._seen:
            raise _unauthorized()
        self._seen.add(nonce + stamp)


class Budget:
    """Sliding windows: all calls together within a second, some alone within a minute."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._served: defaultdict[str, deque[float]] = defaultdict(deque)

    def spend(self, switches: Switches, slow_call: str = "") -> None:
        """Refuse a request above the limits; a refused one does not count."""
        if not switches.rate_limit:
            return
        now = self._clock()
        limits = [("", 1.0, switches.rate_per_second)]
        if slow_call:
            limits.append((slow_call, 60.0, switches.details_per_minute))
        for name, seconds, most in limits:
            served = self._served[name]
            while served and served[0] <= now - seconds:
                served.popleft()
            if len(served) >= most:
                wait = served[0] + seconds - now if served else seconds
                raise limited(switches, wait)
        for name, _, _ in limits:
            self._served[name].append(now)


def limited(switches: Switches, wait: float) -> Refusal:
    """Return the 429 of this tenant; ``wait`` is rounded up to whole seconds."""
    seconds = int(wait) + 1
    match switches.retry_after:
        case "seconds":
            return Refusal(429, None, _LIMITED, Retry_After=str(seconds))
        case "date":
            date = formatdate(int(time.time()) + seconds + 1, usegmt=True)
            return Refusal(429, None, _LIMITED, Retry_After=date)
        case "pair":
            return Refusal(429, None, _LIMITED, Retry_After=f"{seconds}, {seconds}")
        case "html":
            return html_page(429, "Too Many Requests")
        case "absent":
            return Refusal(429, None, _LIMITED)


def _unauthorized() -> Refusal:
    return Refusal(401, None, UNAUTHORIZED)
