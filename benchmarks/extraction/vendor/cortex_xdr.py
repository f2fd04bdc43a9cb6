"""Alerts and incidents as Cortex XDR answers for them: filtered, ascending, cut by offsets.

A request that asks for anything that this double does not do is refused, so that no reader is
measured on an answer to another question.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from edr_sandbox.cortex_xdr.fields import EVENT_FIELDS_V2
from edr_sandbox.cortex_xdr.world import World
from vendor.rows import Pattern, first_from

_COUNTED_UP_TO = 9_999
_MOST_ROWS = 100
_NOW = 1_764_547_200_000
_FIELDS = 80
_EVENT_MEMBERS = 64
_MOST_EVENTS = 3


class Refused(Exception):
    """The double does not do what a request asks for."""


@dataclass(frozen=True)
class Table:
    """The rows of one call, the list's name in its reply, and the field by which it filters."""

    list_key: str
    filter_field: str
    patterns: Sequence[Pattern]

    def reply(self, body: bytes, records: int) -> bytes:
        """Return the body of the answer, of a table of so many records.

        Raises:
            Refused: The request asks for more than a time range in ascending order.
        """
        asked = json.loads(body)["request_data"]
        first, last = self._range(asked.get("filters") or (), records)
        sort = asked.get("sort") or {"field": self.filter_field, "keyword": "asc"}
        if sort != {"field": self.filter_field, "keyword": "asc"}:
            raise Refused(f"sort {sort}")
        start, end = asked.get("search_from", 0), asked.get("search_to", _MOST_ROWS)
        if not 0 <= end - start <= _MOST_ROWS:
            raise Refused(f"{end - start} rows")
        patterns = self.patterns
        rows = [
            patterns[number % len(patterns)].row(number)
            for number in range(first + start, min(first + end, last))
        ]
        total = min(_COUNTED_UP_TO, max(0, last - first))
        return b'{"reply":{"total_count":%d,"result_count":%d,"%b":[%b]}}' % (
            total, len(rows), self.list_key.encode(), b",".join(rows),
        )  # fmt: skip

    def _range(self, filters: Sequence[dict[str, Any]], records: int) -> tuple[int, int]:
        """Return the numbers of the first row that matches and of the one behind the last."""
        first, last = 0, records
        for each in filters:
            match each:
                case {"field": self.filter_field, "operator": "gte", "value": int(moment)}:
                    first = max(first, first_from(moment))
                case {"field": self.filter_field, "operator": "lte", "value": int(moment)}:
                    last = min(last, first_from(moment + 1))
                case _:
                    raise Refused(f"filter {each}")
        return first, last


def tables() -> dict[str, Table]:
    """Return the tables by the path of their call, behind ``/public_api``."""
    world = World(seed=3, alerts=600, incidents=200, endpoints=60, now=_NOW)
    incidents = Table(
        "incidents",
        "modification_time",
        [
            Pattern.of(row, "incident_id", row["modification_time"])
            for row in world.truth("incidents")
        ],
    )
    return {
        "v1/incidents/get_incidents": incidents,
        "v2/alerts/get_alerts_multi_events": _alerts(_nested_alerts(world)),
    }


def _alerts(rows: Sequence[dict[str, Any]]) -> Table:
    patterns = [Pattern.of(row, "alert_id", row["local_insert_ts"]) for row in rows]
    return Table("alerts", "server_creation_time", patterns)


def _nested_alerts(world: World) -> list[dict[str, Any]]:
    """Return alerts of 80 fields, among them one to three events of 64 members.

    The events are nested, as in the call's first version; fields of the second fill up the 80.
    """
    newer = world.truth("alerts", "v2")
    older = world.truth("alerts", "v1_multi")
    rows = []
    for nested, hoisted in zip(older, newer, strict=True):
        if not 1 <= len(nested["events"]) <= _MOST_EVENTS:
            continue
        events = [dict(list(event.items())[:_EVENT_MEMBERS]) for event in nested["events"]]
        further = {name: hoisted[name] for name in EVENT_FIELDS_V2 if name not in nested}
        row = {**nested, "events": events, **further}
        rows.append(dict(list(row.items())[:_FIELDS]))
    return rows
