"""Events of the push service in the Common Event Format (section 3.4 of the API reference)."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

# A syslog header may stand in front; the seventh bar ends the CEF header.
_MESSAGE = re.compile(r"^(?:[^|{]{0,300}?\s)?CEF:(\d+)" + r"\|((?:\\.|[^\\|])*)" * 6 + r"\|(.*)$")
_MEMBER = re.compile(r"(?:^|(?<=\s))([\w.\[\]-]+)=")
_ESCAPED = re.compile(r"\\(.)")
_HEADER = ("deviceVendor", "deviceProduct", "deviceVersion", "signatureId", "name", "severity")
# What the other formats call the same.
_COMMON = {
    "BitdefenderGZModule": "module",
    "BitdefenderGZCompanyId": "companyId",
    "BitdefenderGZComputerFQDN": "computer_fqdn",
    "deviceExternalId": "computer_id",
    "dvchost": "computer_name",
    "dvc": "computer_ip",
}
_TIMES = frozenset({"BitdefenderGZDetectionTime", "start", "end", "rt"})
_TIME_SHAPES = ("%b %d %Y %H:%M:%S%z", "%b %d %Y %H:%M:%S.%f%z")


def is_message(line: str) -> bool:
    """Whether a line is a CEF message."""
    return _MESSAGE.match(line) is not None


def event_of(line: str) -> dict[str, Any] | None:
    """Return the event of a CEF message, or ``None`` when the line is none.

    The members that all formats share have their common names, those of the extension their own;
    ``_cef`` holds the header. Times are ISO texts where they can be understood.
    """
    message = _MESSAGE.match(line)
    if message is None:
        return None
    _, *header, extension = message.groups()
    event: dict[str, Any] = {"_cef": dict(zip(_HEADER, map(_plain, header), strict=True))}
    names = list(_MEMBER.finditer(extension))
    ends = [following.start() for following in names[1:]] + [len(extension)]
    for name, end in zip(names, ends, strict=True):
        value = _plain(extension[name.end() : end].rstrip())
        event[_COMMON.get(name[1], name[1])] = _iso(value) if name[1] in _TIMES else value
    return event


def _plain(text: str) -> str:
    return _ESCAPED.sub(lambda escape: {"n": "\n", "r": "\r"}.get(escape[1], escape[1]), text)


def _iso(text: str) -> str:
    # Without a zone they are in UTC, as all times of the push service.
    for zoned in (text.replace(" Z", "Z"), f"{text}Z"):
        for shape in _TIME_SHAPES:
            try:
                return datetime.strptime(zoned, shape).isoformat()  # noqa: DTZ007 (all have %z)
            except ValueError:
                continue
    return text
