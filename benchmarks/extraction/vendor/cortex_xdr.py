"""Alerts and incidents as Cortex XDR answers for them: filtered, ascending, cut by offsets."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from edr_sandbox.cortex_xdr.fields import EVENT_FIELDS_V2
from edr_sandbox.cortex_xdr.world import World
from vendor.behaviour import Behaviour, Refused
from vendor.rows import Pattern, first_from

_COUNTED_UP_TO = 9_999
_MOST_ROWS = 100
_NOW = 1_764_547_200_000  # any moment will do for the samples
_FIELDS = 80
_EVENT_MEMBERS = 64
_MOST_EVENTS = 3
_NEWS = b',"field_of_a_newer_version":"some text"}'


@dataclass(frozen=True)
class Table:
    """The rows of one call, the list's name in its reply, and the field by which it filters."""

    list_key: str
    filter_field: str
    patterns: Sequence[Pattern]

    def reply(self, body: bytes, behaviour: Behaviour) -> bytes:
        """Return the body of an answer.

        Raises:
            Refused: The request asks for more than a time range in ascending order.
        """
        asked = json.loads(body)["request_data"]
        first, last = self._range(asked.get("filters") or (), behaviour.records)
        ascending = {"field": self.filter_field, "keyword": "asc"}
        if asked.get("sort", ascending) != ascending:
            raise Refused(f"sort {asked['sort']}")
        start, end = asked.get("search_from", 0), asked.get("search_to", _MOST_ROWS)
        if not 0 <= end - start <= _MOST_ROWS:
            raise Refused(f"{end - start} rows")
        numbers = range(first + start, min(first + end, last))
        rows = [self._row(number, behaviour.drift_every) for number in numbers]
        total = min(_COUNTED_UP_TO, max(0, last - first))
        return b'{"reply":{"total_count":%d,"result_count":%d,"%b":[%b]}}' % (
            total, len(rows), self.list_key.encode(), b",".join(rows),
        )  # fmt: skip

    def _row(self, number: int, drift_every: int) -> bytes:
        row = self.patterns[number % len(self.patterns)].row(number)
        return row[:-1] + _NEWS if drift_every and number % drift_every == 0 else row

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


class CortexXDR:
    """The calls, by their path."""

    def __init__(self) -> None:
        world = World(seed=3, alerts=600, incidents=200, endpoints=60, now=_NOW)
        self._nested = _alerts(_alerts_of_80_fields(world))
        self._hoisted = _alerts(world.truth("alerts", "v2"))
        incidents = [
            Pattern.of(row, "incident_id", row["modification_time"])
            for row in world.truth("incidents")
        ]
        self._incidents = Table("incidents", "modification_time", incidents)

    def reply(self, path: str, body: bytes, behaviour: Behaviour) -> bytes:
        """Return the body of an answer.

        Raises:
            Refused: There is no such call, or it does not do what is asked for.
        """
        match path.partition("/public_api/")[2].strip("/"):
            case "v1/incidents/get_incidents":
                table = self._incidents
            case "v2/alerts/get_alerts_multi_events":
                table = self._hoisted if behaviour.hoisted else self._nested
            case _:
                raise Refused(f"path {path}")
        return table.reply(body, behaviour)


def _alerts(rows: Sequence[dict[str, Any]]) -> Table:
    patterns = [Pattern.of(row, "alert_id", row["local_insert_ts"]) for row in rows]
    return Table("alerts", "server_creation_time", patterns)


def _alerts_of_80_fields(world: World) -> list[dict[str, Any]]:
    """Return alerts with one to three events of 64 members among their fields.

    The events are nested, as in the call's first version; fields of the second fill up the 80.
    """
    rows = []
    older, newer = world.truth("alerts", "v1_multi"), world.truth("alerts", "v2")
    for nested, hoisted in zip(older, newer, strict=True):
        if 1 <= len(nested["events"]) <= _MOST_EVENTS:
            events = [dict(list(event.items())[:_EVENT_MEMBERS]) for event in nested["events"]]
            further = {name: hoisted[name] for name in EVENT_FIELDS_V2 if name not in nested}
            row = {**nested, "events": events, **further}
            rows.append(dict(list(row.items())[:_FIELDS]))
    return rows
