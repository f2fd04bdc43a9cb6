"""Alerts to load: 80 fields of the shipped schema, about 6.8 kB each.

``events`` holds one to three objects of 64 mostly null fields, as Cortex XDR sends them.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SCHEMAS = Path(__file__).parents[2] / "tap-cortex-xdr" / "tap_cortex_xdr" / "schemas"
STREAM, KEY = "alerts", "alert_id"
_FIELDS, _EVENT_FIELDS = 80, 64
_DISTINCT = 1_000
# Records between two states, as the taps send them.
_STATE_EVERY = 1_000


def messages(rows: int) -> Iterator[bytes]:
    """Yield Singer lines: one SCHEMA, the records, a STATE after every thousand."""
    chance = random.Random(1)  # noqa: S311 (data, no secret)
    schema = _schema()
    yield _line({"type": "SCHEMA", "stream": STREAM, "schema": schema, "key_properties": [KEY]})
    number = 0
    # A thousand records over and over, each under a key of its own: the file is made quickly.
    distinct = [_record(chance, schema) for _ in range(min(rows, _DISTINCT))]
    while number < rows:
        head, tail = distinct[number % len(distinct)]
        yield head + b"%012d" % number + tail
        number += 1
        if number % _STATE_EVERY == 0 or number == rows:
            yield _line({"type": "STATE", "value": {"bookmarks": {STREAM: {"rows": number}}}})


def _schema() -> dict[str, Any]:
    full = json.loads((SCHEMAS / "alerts.json").read_text())
    events = json.loads((SCHEMAS / "events.json").read_text())["properties"]
    properties = full["properties"]
    flat = [name for name in properties if not _is(properties[name], "array") and name != KEY]
    lists = [name for name in properties if _is(properties[name], "array") and name != "events"]
    names = [KEY, *flat, *lists][: _FIELDS - 1]
    members = {name: events[name] for name in list(events)[:_EVENT_FIELDS]}
    items = {"type": "object", "properties": members}
    return {
        "type": "object",
        "properties": {
            **{name: properties[name] for name in names},
            "events": {"type": ["array", "null"], "items": items},
        },
    }


def _record(chance: random.Random, schema: dict[str, Any]) -> tuple[bytes, bytes]:
    """Return a RECORD line in two parts, between which its key goes."""
    properties = schema["properties"]
    values = {name: _value(chance, name, each, 0.35) for name, each in properties.items()}
    members = properties["events"]["items"]["properties"]
    values["events"] = [
        {name: _value(chance, name, each, 0.01) for name, each in members.items()}
        for _ in range(chance.randint(1, 3))
    ]
    values[KEY] = "<key>"
    message = {
        "type": "RECORD",
        "stream": STREAM,
        "record": values,
        "time_extracted": "2026-01-31T12:00:00+00:00",
    }
    head, tail = _line(message).split(b"<key>")
    return head, tail


def _value(chance: random.Random, name: str, schema: dict[str, Any], density: float) -> Any:
    if _is(schema, "null") and chance.random() > density:
        return None
    if schema.get("format") == "date-time":
        return f"2026-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}T12:00:00.123Z"
    if _is(schema, "array"):
        return [_value(chance, name, schema.get("items") or {"type": ["string"]}, 1)]
    if _is(schema, "object"):
        return {"name": name, "count": chance.randint(0, 9)}
    if _is(schema, "boolean"):
        return chance.random() < 0.5  # noqa: PLR2004 (a coin)
    if _is(schema, "integer"):
        return chance.randint(0, 10**12)
    return f"C:\\Windows\\{name[:8]}-{chance.randint(0, 10**4)}é.exe"


def _is(schema: dict[str, Any], kind: str) -> bool:
    return kind in schema["type"]


def _line(message: dict[str, Any]) -> bytes:
    text = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
    return text.encode() + b"\n"
