"""JSON in and out, tolerant of what vendors and attackers put into it.

``msgspec`` does the work; the standard library takes over for the texts that it refuses: lone
surrogates, ``NaN``, numbers beyond a double and bytes that are not UTF-8. Nothing is dropped: what
JSON cannot hold is kept as text.
"""

from __future__ import annotations

import hashlib
import json
import math
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeVar

import msgspec

_DECODER = msgspec.json.Decoder()
# Loaders read a thousand levels at most, and some code on the way takes two calls for each.
_LEVELS = 100
_DEEPEST = 5_000
NO_DOCUMENT = object()
"""Stands in a body for what is no JSON document."""
T = TypeVar("T")
_CANONICAL = msgspec.json.Encoder(order="deterministic")


class TooDeep(ValueError):
    """A document is nested deeper than anything that can be read."""


def decode(body: bytes) -> Any:
    """Decode a JSON document; what is nested too deeply for loaders comes as :func:`shallow`.

    Raises:
        ValueError: It is no JSON.
        TooDeep: It is nested more than some thousand levels deep.
    """
    try:
        return _decode(body)
    except RecursionError:
        return shallow(_with_room(lambda: _decode(body)))


def shallow(value: Any, levels: int = _LEVELS) -> Any:
    """Return a value with all that is nested deeper than ``levels`` as JSON text."""
    if not isinstance(value, dict | list):
        return value
    if not levels:
        return _with_room(lambda: _CANONICAL.encode(value)).decode()
    if isinstance(value, list):
        return [shallow(item, levels - 1) for item in value]
    return {name: shallow(item, levels - 1) for name, item in value.items()}


def decode_concatenated(body: bytes) -> Iterator[tuple[int, Any]]:
    """Decode JSON documents that follow each other, with or without white space between them.

    Yields each with the line on which it begins, from 1. :data:`NO_DOCUMENT` stands for what is
    none, up to the next line that begins with a brace, as one inside a document does not where
    each has a line of its own or is indented.
    """
    text = body.decode("utf-8", "surrogateescape")
    position = _skip_blanks(text, 0)
    line = 1 + text.count("\n", 0, position)
    while position < len(text):
        begin = position
        try:
            value, position = _decode_next(text, begin)
        except ValueError:
            value, position = NO_DOCUMENT, text.find("\n{", begin)
            position = len(text) if position < 0 else position
        yield line, value
        position = _skip_blanks(text, position)
        line += text.count("\n", begin, position)


def fingerprint(*parts: Any) -> str:
    """Return 32 hex digits that identify the parts, whatever the order of their object keys."""
    return hashlib.sha256(_CANONICAL.encode(parts)).hexdigest()[:32]


def _decode(body: bytes) -> Any:
    try:
        return _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        # Bytes that are not UTF-8 become lone surrogates, which are written out with the others.
        return _without_surrogates(_LENIENT.decode(body.decode("utf-8", "surrogateescape")))


def _decode_next(text: str, position: int) -> tuple[Any, int]:
    """Return the document at a position, and where it ends; raises ``ValueError``."""
    try:
        return _decode_first(text, position)
    except RecursionError:
        value, end = _with_room(partial(_decode_first, text, position))
        return shallow(value), end


def _decode_first(text: str, position: int) -> tuple[Any, int]:
    value, position = _LENIENT.raw_decode(text, position)
    return _without_surrogates(value), position


def _with_room(function: Callable[[], T]) -> T:
    """Call a function that needs some thousand levels of recursion."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _DEEPEST))
    try:
        return function()
    except RecursionError as error:
        raise TooDeep("nested too deeply") from error
    finally:
        sys.setrecursionlimit(limit)


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
