"""What GravityZone returns and no warehouse should hold: removed before a record is shaped.

Licence keys, passwords, the push service's authorisation, the credentials of proxies, and
installation links, which hand out a company's agent to whoever knows them.
"""

from __future__ import annotations

import re
from typing import Any

_SECRET = re.compile(
    r"(passwords?|passwd|passphrase|secret|token|authorization|licen[cs]e_?key|api_?key|"
    r"private_?key)$|^install(ation)?_?link",
    re.IGNORECASE,
)
_PROXY = re.compile(r"proxy", re.IGNORECASE)
_USER = re.compile(r"user(name)?$", re.IGNORECASE)
_IN_ADDRESS = re.compile(r"(?<=://)[^/@\s]*@")


def without_secrets(value: Any, *, within: str = "") -> Any:
    """Return a vendor's value without secrets, at whatever depth; ``within`` is its own name."""
    if isinstance(value, list):
        return [without_secrets(each, within=within) for each in value]
    if isinstance(value, dict):
        return {
            name: without_secrets(each, within=f"{within}.{name}")
            for name, each in value.items()
            if not _is_secret(name, each, within)
        }
    if isinstance(value, str) and "://" in value:
        return _IN_ADDRESS.sub("", value)
    return value


def address_alone(value: Any) -> Any:
    """Return an address without credentials and without its query, where signatures stand."""
    return without_secrets(value.partition("?")[0]) if isinstance(value, str) else value


def _is_secret(name: str, value: Any, within: str) -> bool:
    if value is None or isinstance(value, bool):
        return False  # whether something is set or asked for
    if _SECRET.search(name):
        return True
    return bool(_USER.search(name) and _PROXY.search(f"{within}.{name}"))
