"""What may go wrong, said to people: each message is whole, and says what to do."""

from __future__ import annotations

from singer_sdk.exceptions import MissingKeyPropertiesError


class LoaderError(Exception):
    """A fault that ends the run; its text is the message, and no traceback is shown."""


class MissingKey(LoaderError, MissingKeyPropertiesError):
    """A record without one of its stream's key properties."""


class BadValue(Exception):
    """A value that its property's declared type does not cover; names no stream yet."""


def shown(value: object) -> str:
    """Return a value as it may stand in a message: short, whatever its length."""
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


_LONGEST_SHOWN = 120
