"""What a run had to say for itself, read from its log: the one place that knows how it is said."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

_CALLS = re.compile(r"Requests: \d+ \((.*)\)")
_WAITS = re.compile(r"Waited: (.*); repeated requests: (\d+)")
_SECONDS = re.compile(r"([\d.]+) s\b")
_LISTS = {
    "Skipped streams": "skipped",
    "Failed streams": "failed",
    "Streams that drifted": "drifted",
}


@dataclass(frozen=True)
class RunMetrics:
    """The figures of one run.

    Attributes:
        rows: Records that the tap wrote, by stream.
        requests: Requests to the vendor, by call.
        waited_s: Seconds that requests were held back.
        retries: Requests that were repeated.
        skipped: Streams that the key may not read.
        failed: Streams that failed.
        drifted: Streams with fields unknown to their schema, or values of another type.
        newest: The bookmark by stream.
        errors: What was said at level ERROR.
    """

    rows: dict[str, int] = field(default_factory=dict)
    requests: dict[str, int] = field(default_factory=dict)
    waited_s: float = 0.0
    retries: int = 0
    skipped: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    drifted: tuple[str, ...] = ()
    newest: dict[str, datetime] = field(default_factory=dict)
    errors: tuple[str, ...] = ()


def read_metrics(lines: Iterable[str]) -> RunMetrics:
    """Read Meltano's log in JSON; what is no line of it is passed over."""
    rows: Counter[str] = Counter()
    said: dict[str, Any] = {}
    errors: list[str] = []
    for line in lines:
        entry = _entry(line)
        if entry.get("level") in {"error", "critical"}:
            errors.append(str(entry.get("event")))
        if not entry.get("producer"):
            continue
        metric = entry.get("metric_info") or {}
        if metric.get("metric") == "record_count":
            rows[metric["tags"]["stream"]] += metric["value"]
        said |= _summary(str(entry.get("event")))
    return RunMetrics(rows=dict(rows), errors=tuple(errors), **said)


def _entry(line: str) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) else {}


def _summary(text: str) -> dict[str, Any]:
    """Return what a line of the tap's own summary says."""
    if (found := _CALLS.fullmatch(text)) and found[1] != "none":
        calls = (call.rsplit(" ", 1) for call in found[1].split(", "))
        return {"requests": {name: int(count) for name, count in calls}}
    if found := _WAITS.fullmatch(text):
        waited = sum(float(seconds) for seconds in _SECONDS.findall(found[1]))
        return {"waited_s": waited, "retries": int(found[2])}
    title, _, names = text.partition(": ")
    return {_LISTS[title]: tuple(names.split(", "))} if title in _LISTS else {}
