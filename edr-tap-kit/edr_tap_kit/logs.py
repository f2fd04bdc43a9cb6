"""Log lines that a terminal can show as they are, and that say whose they are.

Vendors hand on what attackers wrote. A line break, an escape sequence or a change of the writing
direction in it could forge lines, or hide them.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from functools import partial
from typing import Any


def plain(text: str) -> str:
    """Return the text with all that is not printable written as escapes of Python."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else _escaped(each) for each in text)


def install(plugin: str, **labels: str) -> None:
    """Have all log records of this process hold printable text alone, in one line.

    Records of a stream's logger (``<plugin>.<stream>``) carry ``stream_name``, and all of them the
    labels, which the SDK's structured format and Meltano's JSON hand on.
    """
    logging.setLogRecordFactory(partial(_record, f"{plugin}.", labels))


def _record(prefix: str, labels: dict[str, str], *args: Any, **kwargs: Any) -> logging.LogRecord:
    record = logging.LogRecord(*args, **kwargs)
    with suppress(TypeError, ValueError):  # arguments that do not fit: logging says so itself
        text = record.getMessage()
        if not text.isprintable():
            record.msg, record.args = plain(text), None
    if record.name.startswith(prefix):
        record.__dict__["stream_name"] = record.name.removeprefix(prefix)
    record.__dict__.update(labels)
    return record


def _escaped(letter: str) -> str:
    return letter.encode("unicode_escape").decode()
