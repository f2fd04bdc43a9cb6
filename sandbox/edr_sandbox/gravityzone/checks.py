"""JSON-RPC errors, and checks of parameters: what is not allowed by name and shape is refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from edr_sandbox.gravityzone.dates import parse_request_date

PARSE_ERROR, INVALID_REQUEST, NO_METHOD, INVALID_PARAMS = -32700, -32600, -32601, -32602
SERVER_ERROR, NOT_AUTHORIZED, NOT_FOUND, TOO_MANY = -32000, -32001, -32002, -32003
MESSAGES = {
    PARSE_ERROR: "Parse error",
    INVALID_REQUEST: "Invalid request",
    NO_METHOD: "Method not found",
    INVALID_PARAMS: "Invalid params",
    SERVER_ERROR: "Server error",
    NOT_AUTHORIZED: "Authorization error",
    NOT_FOUND: "Resource not found",
    TOO_MANY: "Too many requests",
}
_HEX_ID = re.compile(r"[0-9a-f]{24}")

Check = Callable[[str, object], Any]


class RpcError(Exception):
    """A JSON-RPC error and the HTTP status that it travels with."""

    def __init__(self, code: int, details: str, status: int = 200) -> None:
        super().__init__(details)
        self.code = code
        self.details = details
        self.status = status

    def body(self) -> dict[str, Any]:
        """Return the ``error`` member of the answer."""
        return {"code": self.code, "message": MESSAGES[self.code], "data": {"details": str(self)}}


def refuse(details: str) -> RpcError:
    """Return the error for a bad parameter."""
    return RpcError(INVALID_PARAMS, details)


def boolean(name: str, value: object) -> bool:
    """Take ``true`` or ``false``."""
    if not isinstance(value, bool):
        raise refuse(f"The value of '{name}' should be a boolean.")
    return value


def text(name: str, value: object) -> str:
    """Take a string that is not empty."""
    if not isinstance(value, str) or not value:
        raise refuse(f"The value of '{name}' should be a string.")
    return value


def hex_id(name: str, value: object) -> str:
    """Take an identifier."""
    if not isinstance(value, str) or not _HEX_ID.fullmatch(value):
        raise refuse(f"The value of '{name}' must be exactly 24 hexadecimal characters.")
    return value


def date(name: str, value: object) -> str:
    """Take an ISO 8601 date with an offset, as text."""
    try:
        parse_request_date(text(name, value))
    except ValueError:
        raise refuse(f"The value of '{name}' should be an ISO 8601 date.") from None
    return str(value)


def integer(low: int, high: int | None = None) -> Check:
    """Take an integer within bounds, both included."""

    def check(name: str, value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise refuse(f"The value of '{name}' should be an integer.")
        if value < low or (high is not None and value > high):
            raise refuse(f"The value of '{name}' should be between {low} and {high or 'any'}.")
        return value

    return check


def some_of(*allowed: str) -> Check:
    """Take an array, not empty, of allowed strings; of any strings when none is named."""

    def check(name: str, value: object) -> list[str]:
        if not isinstance(value, list) or not value:
            raise refuse(f"The value of '{name}' should be an array.")
        for entry in value:
            if not isinstance(entry, str) or (allowed and entry not in allowed):
                raise refuse(f"The values of '{name}' should be among {', '.join(allowed)}.")
        return value

    return check


def one_of(*allowed: str | int) -> Check:
    """Take one of a few values."""

    def check(name: str, value: object) -> object:
        if isinstance(value, bool) or value not in allowed:
            raise refuse(f"The value of '{name}' should be one of {', '.join(map(str, allowed))}.")
        return value

    return check


def record(**members: Check) -> Check:
    """Take an object with no other members than these, each checked by its own check."""

    def check(name: str, value: object) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise refuse(f"The value of '{name}' should be an object.")
        for member in value:
            if member not in members:
                raise refuse(f"Unexpected parameter '{name}.{member}'.")
        return {
            member: members[member](f"{name}.{member}", entry) for member, entry in value.items()
        }

    return check
