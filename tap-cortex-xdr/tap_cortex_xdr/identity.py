"""Keys for rows that the vendor gives none: fingerprints of what a row says, however it is written.

The same value comes as a number or as text, with a fractional zero or without, and a member that is
null or left out (section 3.7 of the vendor's API reference). A row that is read again must keep its
key all the same.
"""

from __future__ import annotations

import re
from typing import Any

from edr_tap_kit import codec

# No longer than what 64 bits hold.
_INTEGER_TEXT = re.compile(r"-?[1-9][0-9]{0,17}|0")
_WHOLE_FLOATS = 2**53


def identity_of(value: Any) -> str:
    """Return 32 hex digits that identify a value, however the vendor writes it."""
    return codec.fingerprint(_normal(value))


def _normal(value: Any) -> Any:
    match value:
        case dict():
            return {name: _normal(each) for name, each in value.items() if each is not None}
        case list():
            return [_normal(each) for each in value]
        case str() if _INTEGER_TEXT.fullmatch(value):
            return int(value)
        case float() if value.is_integer() and abs(value) < _WHOLE_FLOATS:
            return int(value)
    return value
