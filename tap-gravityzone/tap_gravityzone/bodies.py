"""Bodies of the push service: their formats and the events in them.

Facts about the vendor: section 3.4 of its API reference. A body is a JSON-RPC call with many
events, Splunk objects one after the other, an event a line, or CEF messages a line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from edr_tap_kit import codec

from tap_gravityzone import cef


class Format(StrEnum):
    """A format of the push service, by its name in the vendor's settings."""

    JSON_RPC = "jsonRPC"
    SPLUNK = "splunk"
    QRADAR = "qradar"
    CEF = "cef"


class Pushed(NamedTuple):
    """An event and the id of the envelope that it came in, if there was one."""

    event: dict[str, Any]
    envelope_id: Any


class Unreadable(NamedTuple):
    """A part of a body that holds no event, and its line from 1, where others may follow it."""

    reason: str
    line: int | None


def recognise(body: bytes) -> tuple[Format, int] | None:
    """Return the format of a body and how many events it holds; ``None`` when it has no format."""
    lines = _cef_lines(body)
    if lines is not None:
        lines = list(filter(None, lines))
        return (Format.CEF, len(lines)) if all(map(cef.is_message, lines)) else None
    documents = [document for _, document in _documents(body)]
    forms = {_format_of(document) for document in documents}
    if len(forms) != 1 or None in forms:
        return None
    form = forms.pop() or Format.JSON_RPC
    events = [document["params"]["events"] for document in documents if form == Format.JSON_RPC]
    return form, sum(map(len, events)) if events else len(documents)


def events_in(body: bytes) -> Iterator[Pushed | Unreadable]:
    """Yield the events of a body, and what in it is none."""
    lines = _cef_lines(body)
    if lines is not None:
        for number, line in enumerate(lines, 1):
            if not line:
                continue
            event = cef.event_of(line)
            yield (
                Unreadable("a line that is no CEF message", number)
                if event is None
                else Pushed(event, None)
            )
        return
    for at, document in _documents(body):
        yield from _events_of(document, at)


def _events_of(document: Any, line: int | None) -> Iterator[Pushed | Unreadable]:
    if document is codec.NO_DOCUMENT:
        yield Unreadable("something that is no JSON", line)
        return
    match _format_of(document):
        case Format.JSON_RPC:
            events, envelope_id = document["params"]["events"], document.get("id")
        case Format.SPLUNK:
            events, envelope_id = [document["event"]], None
        case Format.QRADAR:
            events, envelope_id = [document], None
        case _:
            yield Unreadable("a body that carries no events", line)
            return
    for event in events:
        if isinstance(event, dict):
            yield Pushed(event, envelope_id)
        else:
            yield Unreadable("an event that is no object", line)


def _format_of(document: Any) -> Format | None:
    if not isinstance(document, Mapping):
        return None
    params = document.get("params")
    if isinstance(params, dict) and isinstance(params.get("events"), list):
        return Format.JSON_RPC
    if isinstance(document.get("event"), dict):
        return Format.SPLUNK
    return Format.QRADAR if "module" in document else None


def _documents(body: bytes) -> Iterator[tuple[int | None, Any]]:
    """Yield the documents of a body, each with its line where there may be others."""
    try:
        document = codec.decode(body)
    except ValueError:
        yield from codec.decode_concatenated(body)
    else:
        yield None, document


def _cef_lines(body: bytes) -> list[str] | None:
    """Return the lines of a body that begins as CEF does, blank ones as empty."""
    beginning = body[:400].lstrip(b"\xef\xbb\xbf \t\r\n")
    if beginning.startswith((b"{", b"[")) or b"CEF:" not in beginning:
        return None
    text = body.decode("utf-8", "backslashreplace").removeprefix("\ufeff")
    return [line.strip() for line in text.split("\n")]
