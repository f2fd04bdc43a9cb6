"""What GravityZone returns and no warehouse should hold: removed before a record is shaped.

Licence keys, passwords, the push service's authorisation, the credentials of proxies, and
installation links, which hand out a company's agent to whoever knows them.
"""

from __future__ import annotations

import re
from typing import Any

_SECRET = re.compile(
    r"((password|passphrase|secret|token)s?|passwd|pwd|authorization|"
    r"(licen[cs]e|api|private|secret|access)_?keys?)$|^install(ation)?_?link",
    re.IGNORECASE,
)
_PROXY = re.compile(r"prox(y|ies)", re.IGNORECASE)
_USER = re.compile(r"user(name)?$", re.IGNORECASE)
_IN_ADDRESS = re.compile(r"(?<=://)[^/?#\s]*@")


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
    """Return an address without credentials and without what follows, where signatures stand."""
    return without_secrets(re.split(r"[?#]", value)[0]) if isinstance(value, str) else value


def _is_secret(name: str, value: Any, within: str) -> bool:
    if value is None or value in (0, 1):
        return False  # a flag, which some answers write as a number: whether something is set
    if _SECRET.search(name):
        return True
    return bool(_USER.search(name) and _PROXY.search(f"{within}.{name}"))
