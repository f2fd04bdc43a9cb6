"""JSON in and out, tolerant of what vendors and attackers put into it.

``msgspec`` does the work; the standard library takes over for the texts that it refuses: lone
surrogates, ``NaN``, numbers beyond a double and bytes that are not UTF-8. Nothing is dropped: what
JSON cannot hold is kept as text.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from typing import Any

import msgspec

_DECODER = msgspec.json.Decoder()
_TOO_DEEP = "nested too deeply"
_CANONICAL = msgspec.json.Encoder(order="deterministic")


def decode(body: bytes) -> Any:
    """Decode a JSON document; raises ``ValueError`` when it is none."""
    try:
        return _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    except RecursionError as error:
        raise ValueError(_TOO_DEEP) from error
    return _decode_leniently(body)


def decode_concatenated(body: bytes) -> Iterator[Any]:
    """Decode JSON documents that follow each other, with or without white space between them.

    Raises ``ValueError`` at the first place that is not JSON, after yielding all before it.
    """
    text = body.decode("utf-8", "surrogateescape")
    position = _skip_blanks(text, 0)
    while position < len(text):
        try:
            value, position = _LENIENT.raw_decode(text, position)
            value = _without_surrogates(value)
        except RecursionError as error:
            raise ValueError(_TOO_DEEP) from error
        yield value
        position = _skip_blanks(text, position)


def fingerprint(*parts: Any) -> str:
    """Return 32 hex digits that identify the parts, whatever the order of their object keys."""
    return hashlib.sha256(_CANONICAL.encode(parts)).hexdigest()[:32]


def _decode_leniently(body: bytes) -> Any:
    # Bytes that are not UTF-8 become lone surrogates, which are written out with the others.
    text = body.decode("utf-8", "surrogateescape")
    try:
        return _without_surrogates(_LENIENT.decode(text))
    except RecursionError as error:
        raise ValueError(_TOO_DEEP) from error


def _float_or_text(text: str) -> float | str:
    number = float(text)
    return number if math.isfinite(number) else text


def _int_or_text(text: str) -> int | str:
    try:
        return int(text)
    except ValueError:  # more digits than Python reads
        return text


_LENIENT = json.JSONDecoder(
    parse_constant=str, parse_float=_float_or_text, parse_int=_int_or_text, strict=False
)


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, list):
        return [_without_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {
            _without_surrogates(name): _without_surrogates(item) for name, item in value.items()
        }
    return value


def _skip_blanks(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t\r\n\ufeff":
        position += 1
    return position
