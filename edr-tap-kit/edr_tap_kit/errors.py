"""What can go wrong, by how far it reaches.

Every message is written for the person who runs the tap: what failed, where, and what to do.
No message ever carries a request header, a key or a response body.
"""

from __future__ import annotations

from typing import ClassVar


class EdrTapError(Exception):
    """Base of all errors whose text is meant for the user."""


class RunError(EdrTapError):
    """Ends the run: dead key, wrong URL, unreachable host, unusable settings or state."""


class KeyRefused(RunError):
    """The vendor does not accept the key."""


class StreamError(EdrTapError):
    """Ends one stream; the others go on and the run exits non-zero."""


class RequestRejected(StreamError):
    """The vendor refuses this very request for good; ``details`` is its own text."""

    def __init__(self, message: str, *, details: str = "") -> None:
        super().__init__(message)
        self.details = details


class Exhausted(StreamError):
    """A transient fault outlasted all repetitions; ``fault`` is the last one."""

    def __init__(self, message: str, fault: TransientFault) -> None:
        super().__init__(message)
        self.fault = fault


class StreamUnavailable(EdrTapError):
    """The key may not read this stream, or this tenant lacks it: skipped with one WARNING."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason}. {remedy}")
        self.reason = reason
        self.remedy = remedy


class RowVanished(EdrTapError):
    """A row that was listed a moment ago no longer exists."""


class TransientFault(Exception):
    """Worth another attempt; ``wait`` is what the server asked for, in seconds, if it did.

    ``remedy`` is what to do when it outlasts all attempts.
    """

    remedy: ClassVar[str] = "Run again; raise max_retries if it lasts."

    def __init__(self, message: str, *, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


class Unanswered(TransientFault):
    """Nobody answered, or somebody who does not speak the vendor's API."""
