"""What ordinary integrations do: the reader that the taps must be better than.

It follows the vendors' examples: a cursor on the obvious time, pages by offset, and the next run
begins behind the newest row. It meets no fault, and what it read before it was killed is kept.
"""

from __future__ import annotations

import base64
import json
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from edr_sandbox.serving import Reply, Request
from typing_extensions import override

from tests.schedules.cortex_xdr import CortexStage
from tests.schedules.gravityzone import GravityZoneStage, moment
from tests.schedules.stage import Plan, Row, Stage, Table


class Killed(Exception):
    """The plan kills the run here."""


class NaiveReader(ABC):
    """Reads one tenant run by run and keeps the newest answer by primary key."""

    stage: Stage

    def __init__(self) -> None:
        self.tables: dict[str, Table] = {}

    def run(self, plan: Plan) -> None:
        """Read once, as far as the plan lets it."""
        self.stage.begin(plan, self._die)
        with suppress(Killed):
            self.read()
        self.stage.end()

    @abstractmethod
    def read(self) -> None:
        """Read all streams."""

    def keep(self, stream: str, rows: list[Row]) -> None:
        """Upsert the rows of an answer."""
        names = self.stage.keys[stream]
        table = self.tables.setdefault(stream, {})
        table.update({tuple(str(row[name]) for name in names): row for row in rows})

    def lost(self) -> int:
        """Count the rows of the truth that are missing here, or held as they were."""
        return sum(
            self.tables.get(stream, {}).get(key) != row
            for stream in self.tables
            for key, row in self.stage.table(stream).items()
        )

    def ask(self, path: str, headers: dict[str, str], body: Row) -> Reply:
        """Send a request, and let happen what is due at it."""
        headers = {"content-type": "application/json", **headers}
        request = Request("POST", path, headers, json.dumps(body).encode())
        reply = self.stage.simulator.handle(request)
        self.stage.before_reply(request, reply)
        return reply

    def _die(self) -> None:
        raise Killed


class NaiveCortex(NaiveReader):
    """Incidents by modification time, alerts by detection time, endpoints newest first."""

    def __init__(self, stage: CortexStage) -> None:
        super().__init__()
        self.stage = stage
        self._next: dict[str, int | None] = {"modification_time": None, "creation_time": None}

    @override
    def read(self) -> None:
        by_change = {"field": "modification_time", "keyword": "asc"}
        by_detection = {"field": "creation_time", "keyword": "desc"}
        self._since("incidents", "modification_time", by_change, "modification_time")
        self._since("alerts", "creation_time", by_detection, "detection_timestamp")
        for _ in self._pages("endpoints", [], {"field": "last_seen", "keyword": "DESC"}):
            pass

    def _since(self, stream: str, name: str, sort: Row, column: str) -> None:
        start, newest = self._next[name], 0
        filters = [] if start is None else [{"field": name, "operator": "gte", "value": start}]
        for rows in self._pages(stream, filters, sort):
            newest = max(newest, *(_in_ms(row[column]) for row in rows))
        if newest:
            self._next[name] = newest + 1

    def _pages(self, stream: str, filters: list[Row], sort: Row) -> Iterator[list[Row]]:
        size, offset = self.stage.setting.page_size, 0
        while True:
            window = {"search_from": offset, "search_to": offset + size}
            data = {"filters": filters, "sort": sort, **window}
            path = f"/public_api/{self._paths()[stream]}"
            headers = {"authorization": self.stage.config("")["api_key"], "x-xdr-auth-id": "7"}
            reply = self.ask(path, headers, {"request_data": data}).body["reply"]
            rows = reply.get(stream) or []
            self.keep(stream, rows)
            if rows:
                yield rows
            if len(rows) < size:
                return
            offset += size

    def _paths(self) -> dict[str, str]:
        switches = self.stage.switches
        alerts = "v2/alerts/get_alerts_multi_events"
        if switches.v2_missing != "no":
            gone = switches.v1_multi_missing != "no"
            alerts = f"v1/alerts/get_alerts{'' if gone else '_multi_events'}"
        return {
            "incidents": "v1/incidents/get_incidents",
            "alerts": alerts,
            "endpoints": "v1/endpoints/get_endpoint",
        }


class NaiveGravityZone(NaiveReader):
    """Incidents by ``startDate`` and ``endDate``, newest first, each with its details."""

    def __init__(self, stage: GravityZoneStage) -> None:
        super().__init__()
        self.stage = stage
        self._next: datetime | None = None

    @override
    def read(self) -> None:
        newest = self._next
        met = []
        for rows in self._pages("incidents", "v1.2", "getIncidentsList", 10):
            self.keep("incidents", rows)
            met += [row["incidentId"] for row in rows]
            dates = [datetime.fromisoformat(row["lastUpdated"]) for row in rows]
            newest = max(dates) if newest is None else max(newest, *dates)
        for incident_id in met:
            self._read_alerts(incident_id)
        for rows in self._pages("network", "v1.1", "getNetworkInventoryItems", 10):
            self.keep("endpoints", [row for row in rows if row["type"] >= 5])
        self._next = newest and newest + timedelta(seconds=1)

    def _read_alerts(self, incident_id: str) -> None:
        found = self._call("incidents", "v1.2", "getIncident", {"id": incident_id})
        if found is not None:
            alerts = found["details"]["alerts"]
            self.keep("alerts", [{"incidentId": incident_id, **alert} for alert in alerts])

    def _pages(self, service: str, version: str, method: str, size: int) -> Iterator[list[Row]]:
        params: Row = {"filters": {"depth": {"allItemsRecursively": True}}}
        if service == "incidents":
            params = {"options": {"includeChildCompanies": True}, **self._window()}
        number = 1
        while True:
            paged = {**params, "page": number, "perPage": size}
            result = self._call(service, version, method, paged)
            if result is None and "filters" in params:
                del params["filters"]  # a window that is too long
                continue
            if result is None or not result["items"]:
                return
            yield result["items"]
            if not result.get("hasMoreRecords", number < result.get("pagesCount", 0)):
                return
            number += 1

    def _window(self) -> Row:
        if self._next is None:
            return {}
        start, end = self._next, max(self._next, moment(self.stage.now))
        written = {"startDate": start.isoformat(), "endDate": end.isoformat()}
        return {"filters": written}

    def _call(self, service: str, version: str, method: str, params: Row) -> Any:
        key = self.stage.config("")["api_key"]
        headers = {"authorization": f"Basic {base64.b64encode(f'{key}:'.encode()).decode()}"}
        body = {"id": "1", "jsonrpc": "2.0", "method": method, "params": params}
        return self.ask(f"/api/{version}/jsonrpc/{service}", headers, body).body.get("result")


def _in_ms(value: float) -> int:
    return int(value if value >= 10**11 else value * 1000)
