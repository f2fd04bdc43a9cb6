"""Names and lines of segments."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

RECEIVER = re.compile(r"receiver-[\w-]+")
QUARANTINE = ".quarantine"
_OPEN, _SEALED = ".open", ".ndjson.gz"
_SEGMENT = re.compile(r"(\d{8}T\d{12}Z)(?:--(\d{8}T\d{12}Z))?(\.open|\.ndjson\.gz)")
_IN_NAMES = "%Y%m%dT%H%M%S%fZ"
_IN_LINES = "%Y-%m-%dT%H:%M:%S.%fZ"
_ENCODER = msgspec.json.Encoder()


class Segment(NamedTuple):
    """A segment by what its name says; times are UTC texts, ``last`` of sealed ones only."""

    first: str
    last: str | None
    name: str


class Line(msgspec.Struct, omit_defaults=True):
    """A body and when it was received: UTC text, six digits."""

    received_at: str
    format: str
    body: str | None = None
    body_base64: str | None = None

    @property
    def content(self) -> bytes:
        """The body as it came."""
        if self.body_base64 is not None:
            return base64.b64decode(self.body_base64)
        return (self.body or "").encode("utf-8", "surrogatepass")


LINES = msgspec.json.Decoder(Line)


def encode_line(moment: datetime, form: str, body: bytes) -> bytes:
    """Return a line with its line end; bytes that are no UTF-8 are kept as base64."""
    line = Line(to_text(moment), form)
    try:
        line.body = body.decode()
    except UnicodeDecodeError:
        line.body_base64 = base64.b64encode(body).decode()
    return _ENCODER.encode(line) + b"\n"


def segment(name: str) -> Segment | None:
    """Return what a file name says, or ``None`` when it is no segment's."""
    match = _SEGMENT.fullmatch(name)
    if match is None or (match[2] is None) != (match[3] == _OPEN):
        return None
    first, last = (each and to_text(_parsed(each)) for each in match.group(1, 2))
    return Segment(str(first), last, name)


def open_name(first: datetime) -> str:
    """Return the name of a segment that begins to be written."""
    return f"{first.strftime(_IN_NAMES)}{_OPEN}"


def sealed_name(name: str, last: datetime) -> str:
    """Return what an open segment is called once it is sealed."""
    return f"{name.removesuffix(_OPEN)}--{last.strftime(_IN_NAMES)}{_SEALED}"


def to_text(moment: datetime) -> str:
    """Return a moment as lines show it; texts sort as moments do."""
    # Not strftime, which writes the year 900 with three digits.
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def to_moment(text: str) -> datetime:
    """Return the moment that a line shows; raises ``ValueError``."""
    return datetime.strptime(text, _IN_LINES).replace(tzinfo=UTC)


def _parsed(name: str) -> datetime:
    return datetime.strptime(name, _IN_NAMES).replace(tzinfo=UTC)
