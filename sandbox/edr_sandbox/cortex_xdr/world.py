"""The state of a simulated tenant, and everything that may happen to it."""

from __future__ import annotations

import time
from copy import deepcopy
from random import Random
from threading import RLock
from typing import TYPE_CHECKING, Any

from edr_sandbox.cortex_xdr import generate
from edr_sandbox.cortex_xdr.drift import Drift
from edr_sandbox.cortex_xdr.fill import MAKERS, completed, fill
from edr_sandbox.cortex_xdr.plans import HIDDEN_KEY, PLANS
from edr_sandbox.cortex_xdr.populate import FIRST, Size, populate
from edr_sandbox.cortex_xdr.shapes import events_of, shaped
from edr_sandbox.cortex_xdr.tables import MOVES, Tables, new_tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from edr_sandbox.cortex_xdr.table import Row, Table

FUTURE = 1_893_456_000_000  # 2030-01-01


class World:
    """Everything that one tenant knows: incidents, alerts with their events, endpoints and more.

    Without ``now`` the clock runs; with it the clock stands there until ``now_ms`` is changed.
    ``counts`` replaces how many rows the tables of :data:`PLANS` begin with, by table.
    ``key_expiration`` is when the API key ends: epoch ms, or None for never.
    """

    def __init__(  # noqa: PLR0913
        self,
        seed: int = 7,
        *,
        incidents: int = 60,
        alerts: int = 300,
        endpoints: int = 80,
        audits: int = 120,
        now: int | None = None,
        counts: Mapping[str, int] | None = None,
    ) -> None:
        self.lock = RLock()
        self._counts = dict(counts or {})
        self._plan = (seed, Size(incidents, alerts, endpoints, audits), now)
        self.reset()

    def reset(self) -> None:
        """Forget everything that happened, and generate the tenant anew."""
        seed, size, now = self._plan
        with self.lock:
            self.now_ms = now
            self.key_expiration: int | None = self.now() + 200 * generate.DAY
            self.tables = Tables(new_tables(), self._further)
            self.drifts: dict[str, list[Drift]] = {name: [] for name in MOVES}
            self._rng = Random(seed)
            self._numbers = dict(FIRST)
            for stream, rows in populate(self._rng, size, self.now()).items():
                self._numbers[stream] += len(rows)
                for row in rows:
                    self.tables[stream].put(row)
            self._born, self._hosts = self.now(), list(self.tables["endpoints"].rows.values())
            self._further_rng = Random(f"{seed}:further")

    def now(self) -> int:
        """Return the time of this world in epoch ms."""
        return int(time.time() * 1000) if self.now_ms is None else self.now_ms

    # What is there

    def truth(self, stream: str, shape: str = "v2") -> list[Row]:
        """Return deep copies of all rows of a stream that the key may see, oldest first.

        Streams: ``incidents``, ``alerts``, ``events``, ``endpoints``, ``endpoint_summaries``,
        ``management_logs`` and the tables of :data:`PLANS`. ``shape`` (``v2``, ``v1_multi`` or
        ``v1``) matters to ``alerts`` and ``events`` alone. Drift is part of
        the truth; the disguises of the switches are not.
        """
        with self.lock:
            if stream == "events":
                alerts = self.tables["alerts"].visible()
                rows = [
                    {"alert_id": key, **event}
                    for key, row in alerts
                    for event in events_of(row, shape)
                ]
                return deepcopy(rows)
            if stream == "endpoint_summaries":
                stream, shape = "endpoints", "light"
            elif stream != "alerts":
                shape = ""
            rows = [self.emitted(stream, key, shape) for key, _ in self.tables[stream].visible()]
            return deepcopy(rows)

    def keys(self, stream: str) -> list[str]:
        """Return the keys of all rows of a table that the key may see, oldest first."""
        with self.lock:
            return [key for key, _ in self.tables[stream].visible()]

    def emitted(self, stream: str, key: str, shape: str = "", *, aligned: bool = True) -> Row:
        """Return a row as a call prints it, drift included; nested values are shared."""
        row = self.tables[stream].rows[key]
        out = shaped(shape, row, aligned=aligned)
        out.pop(HIDDEN_KEY, None)
        if self.drifts[stream]:
            moved = max((row.get(name) or 0 for name in MOVES[stream]), default=None)
            for drift in self.drifts[stream]:
                if drift.concerns(key, moved):
                    out = drift.applied(out)
        return out

    # What may happen; ``at`` is epoch ms and now by default

    def change_incident(self, incident_id: str, *, at: int | None = None, **fields: object) -> None:
        """Change fields of an incident, which moves its ``modification_time``."""
        self._change("incidents", incident_id, {"modification_time": self._at(at)} | fields)

    def future(self, incident_id: str, *, at: int | None = None) -> None:
        """Give an incident a ``modification_time`` that has not come yet (2030 by default)."""
        self._change("incidents", incident_id, {"modification_time": at or FUTURE})

    def add_incident(self, *, at: int | None = None, **fields: object) -> str:
        """Store an incident without alerts and return its id."""
        with self.lock:
            number, moment = self._next("incidents"), self._at(at)
            row = generate.incident(self._rng, number, moment, moment, [])
            return self._put("incidents", row | {"status": "new"} | fields)

    def add_alert(
        self,
        *,
        local_insert_ts: int | None = None,
        detection_timestamp: int | None = None,
        at: int | None = None,
        **fields: object,
    ) -> str:
        """Store an alert and return its id; its events keep their distance to the detection."""
        with self.lock:
            stored = self._at(at) if local_insert_ts is None else local_insert_ts
            host = self._any_endpoint()
            row = generate.alert(self._rng, self._next("alerts"), stored, host)
            row["last_modified_ts"] = None
            if detection_timestamp is not None:
                offset = detection_timestamp - row["detection_timestamp"]
                row["detection_timestamp"] = detection_timestamp
                for event in row["events"]:
                    event["event_timestamp"] += offset
            return self._put("alerts", row | fields)

    def change_alert(self, alert_id: str, *, at: int | None = None, **fields: object) -> None:
        """Change fields of an alert, which moves its ``last_modified_ts`` and nothing else."""
        self._change("alerts", alert_id, {"last_modified_ts": self._at(at)} | fields)

    def remove_alert(self, alert_id: str, *, at: int | None = None) -> None:
        """Take an alert away as an exclusion does: nothing tells of it, so ``at`` is not kept."""
        del at
        self._remove("alerts", alert_id)

    def add_endpoint(self, *, at: int | None = None, **fields: object) -> str:
        """Store an endpoint, first seen ``at``, and return its id."""
        with self.lock:
            moment = self._at(at)
            row = generate.endpoint(self._rng, self._next("endpoints"), moment)
            seen = {"first_seen": moment, "last_seen": moment, "install_date": moment}
            return self._put("endpoints", row | seen | fields)

    def remove_endpoint(self, endpoint_id: str, *, at: int | None = None) -> None:
        """Take an endpoint away; nothing tells of it, so ``at`` is not kept."""
        del at
        self._remove("endpoints", endpoint_id)

    def heartbeat(self, endpoint_id: str, *, at: int | None = None) -> None:
        """Let an endpoint report, which moves its ``last_seen``."""
        seen = {"last_seen": self._at(at), "endpoint_status": "CONNECTED"}
        self._change("endpoints", endpoint_id, seen)

    def change_endpoint(self, endpoint_id: str, *, at: int | None = None, **fields: object) -> None:
        """Change fields of an endpoint; its ``last_seen`` moves only when ``at`` is given."""
        self._change("endpoints", endpoint_id, ({} if at is None else {"last_seen": at}) | fields)

    def add_audit(self, *, at: int | None = None, **fields: object) -> str:
        """Store an audit row and return its id."""
        with self.lock:
            number = self._next("management_logs")
            return self._put(
                "management_logs", generate.audit(self._rng, number, self._at(at)) | fields
            )

    def add_row(self, stream: str, *, at: int | None = None, **fields: object) -> str:
        """Store a row of a table of :data:`PLANS` and return its key."""
        with self.lock:
            self.tables[stream]  # the numbers of a table begin with its rows
            number = self._next(stream)
            row = MAKERS[stream](self._further_rng, number, self._at(at), self._hosts)
            return self._put(stream, completed(stream, row | fields))

    def change_row(self, stream: str, key: str, *, at: int | None = None, **fields: object) -> None:
        """Change fields of such a row, which moves the time of its last change if it has one."""
        moved = {PLANS[stream].changed: self._at(at)} if PLANS[stream].changed else {}
        self._change(stream, key, moved | fields)

    def remove_row(self, stream: str, key: str, *, at: int | None = None) -> None:
        """Take such a row away; nothing tells of it, so ``at`` is not kept."""
        del at
        self._remove(stream, key)

    def drift(
        self,
        stream: str,
        *,
        add: Mapping[str, Any] | None = None,
        retype: Iterable[str] = (),
        every: int = 3,
        at: int | None = None,
    ) -> None:
        """Let some rows of a table carry unknown fields (``add``) or changed types (``retype``).

        Without ``at`` old rows drift as well; with it only those stored or changed since.
        """
        with self.lock:
            self.drifts[stream].append(Drift(dict(add or {}), tuple(retype), every, at))

    def restrict(self, stream: str, ids: Iterable[str], *, at: int | None = None) -> None:
        """Put rows out of the scope of the key; no time moves, so ``at`` is not kept."""
        del at
        with self.lock:
            for key in ids:
                self.tables[stream].hide(str(key))

    def permit(self, stream: str, ids: Iterable[str], *, at: int | None = None) -> None:
        """Undo :meth:`restrict`."""
        del at
        with self.lock:
            for key in ids:
                self.tables[stream].show(str(key))

    # Machinery

    def _further(self, name: str) -> Table:
        """Return a table of :data:`PLANS` with the rows that it begins with."""
        plan, seed = PLANS[name], self._plan[0]
        table = plan.table(name)
        rows = fill(name, seed, self._counts, self._born, self._hosts)
        for row in rows:
            table.put(row)
        self._numbers[name] = plan.first + len(rows)
        return table

    def _at(self, at: int | None) -> int:
        return self.now() if at is None else at

    def _put(self, stream: str, row: Row) -> str:
        self.tables[stream].put(deepcopy(row))
        return str(row[self.tables[stream].key])

    def _change(self, stream: str, key: str, fields: dict[str, Any]) -> None:
        with self.lock:
            self.tables[stream].change(str(key), **deepcopy(fields))

    def _remove(self, stream: str, key: str) -> None:
        with self.lock:
            self.tables[stream].remove(str(key))

    def _next(self, stream: str) -> int:
        """Return a number that no row has had, not even a removed one."""
        self._numbers[stream] += 1
        return self._numbers[stream] - 1

    def _any_endpoint(self) -> Row | None:
        rows = list(self.tables["endpoints"].rows.values())
        return self._rng.choice(rows) if rows else None
