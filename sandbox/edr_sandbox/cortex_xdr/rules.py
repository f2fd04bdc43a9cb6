"""Makers of filter rules, by which the list calls are written down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edr_sandbox.cortex_xdr.query import Rule

if TYPE_CHECKING:
    from collections.abc import Callable

Row = dict[str, Any]
RANGE = ("gte", "lte")
EQUAL = ("eq", "neq")
PARTS = ("contains", "not_contains")


def at(name: str) -> Callable[[Row], Any]:
    """Return a reader of a field."""
    return lambda row: row.get(name)


def time(column: str, *operators: str) -> Rule:
    """Return a rule for a time in ms."""
    return Rule("time", operators or RANGE, column, of=at(column))


def texts(name: str, *operators: str, values: str = "") -> Rule:
    """Return a rule for a text, or for a list of them; ``in`` unless told otherwise."""
    allowed = frozenset(values.split()) or None
    return Rule("text", operators or ("in",), of=at(name), values=allowed)


def integers(name: str, *operators: str) -> Rule:
    """Return a rule for a whole number that is no time."""
    return Rule("integer", operators or ("in",), of=at(name))


def numbers(name: str) -> Rule:
    """Return a rule for a number with a fraction."""
    return Rule("number", (*EQUAL, *RANGE), of=at(name))


def flag(name: str) -> Rule:
    """Return a rule for a boolean."""
    return Rule("boolean", EQUAL, of=at(name))


def lower(name: str, values: str = "") -> Rule:
    """Return a rule for a value that requests spell in lower case."""
    of = lambda row: str(row.get(name)).lower()  # noqa: E731
    allowed = frozenset(values.split(",")) if values else None
    return Rule("text", ("in",), of=of, values=allowed)
