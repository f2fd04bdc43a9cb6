"""Events of the push service in the Common Event Format (section 3.4 of the API reference)."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from edr_tap_kit import times

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
_TIME = re.compile(
    r"([A-Z][a-z]{2} +\d{1,2} \d{4} \d\d:\d\d:\d\d)(\.\d+)? ?(Z|UTC|GMT|[+-]\d\d:?\d\d)?", re.ASCII
)


def is_message(line: str) -> bool:
    """Whether a line is a CEF message."""
    return _MESSAGE.match(line) is not None


def event_of(line: str) -> dict[str, Any] | None:
    """Return the event of a CEF message, or ``None`` when the line is none.

    The members that all formats share have their common names, those of the extension their own;
    ``_cef`` holds the header. Times are UTC texts where they can be understood.
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
        event[_COMMON.get(name[1], name[1])] = _utc(value) if name[1] in _TIMES else value
    return event


def _plain(text: str) -> str:
    return _ESCAPED.sub(lambda escape: {"n": "\n", "r": "\r"}.get(escape[1], escape[1]), text)


def _utc(text: str) -> str:
    """Return a time as UTC text; without a zone it is in UTC, as all times of the push service."""
    if (parts := _TIME.fullmatch(text)) is None:
        return text
    try:
        seconds = datetime.strptime(parts[1], "%b %d %Y %H:%M:%S").isoformat()  # noqa: DTZ007
        zone = parts[3] if parts[3] and parts[3][0] in "+-" else "Z"
        return times.to_utc_text(f"{seconds}{parts[2] or ''}{zone}")
    except ValueError:
        return text
