"""The simulated cloud: what exists, and what can happen to it."""

from __future__ import annotations

import threading
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from edr_sandbox.gravityzone import generate, inventory, populate, records
from edr_sandbox.gravityzone.dates import epoch
from edr_sandbox.gravityzone.deeds import TableDeeds
from edr_sandbox.gravityzone.drift import Drift
from edr_sandbox.gravityzone.index import IncidentIndex
from edr_sandbox.gravityzone.push import PushService
from edr_sandbox.gravityzone.switches import Switches
from edr_sandbox.gravityzone.view import View

if TYPE_CHECKING:
    from datetime import datetime

    from edr_sandbox.gravityzone.records import Endpoint, Incident

_TRIAGE = {"status": records.STATUSES, "priority": records.PRIORITIES}


class World(TableDeeds):
    """A seeded state; every change and every reading of it holds ``lock``.

    ``companies`` counts the root partner; the third company is a sub-partner. Incidents were born
    within the ``days`` before ``now``. Changes happen ``at`` an instant, the wall clock's by
    default.
    """

    def __init__(  # noqa: PLR0913 (the size of a world)
        self,
        seed: int = 7,
        *,
        companies: int = 4,
        endpoints: int = 60,
        incidents: int = 80,
        now: datetime | None = None,
        days: float = 30,
    ) -> None:
        self.lock = threading.RLock()
        self.switches = Switches()
        self.api_key = ""  # set by the simulator, for the push service to sign with
        self._size: dict[str, Any] = {
            "seed": seed,
            "companies": companies,
            "endpoints": endpoints,
            "incidents": incidents,
            "now": now,
            "days": days,
        }
        self._build()

    def reset(self, **size: object) -> None:
        """Make the world anew, of the size given before unless given again."""
        unknown = set(size) - set(self._size)
        if unknown:
            raise ValueError(f"no such size: {sorted(unknown)}")
        with self.lock:
            self._size.update(size)
            self._build()

    def _build(self) -> None:
        size = self._size
        now = epoch(size["now"])
        self.rng = Random(size["seed"])
        self._numbers: dict[str, int] = {}
        self.inventory = inventory.Inventory(self.rng, size["companies"], size["endpoints"], now)
        span = max(1, int(size["days"] * generate.DAY))
        births = sorted(now - self.rng.randrange(span) for _ in range(size["incidents"]))
        self._endpoints = list(self.inventory.endpoints.values())
        self.incidents = IncidentIndex(self._history(births, now))
        self.built = now
        self.tables = populate.populate(size["seed"], self.inventory, now)
        self.push = PushService(self.rng, self.inventory, self.incidents)
        self.view = View(self)

    def _history(self, births: list[int], now: int) -> list[Incident]:
        made: list[Incident] = []
        for born in births:
            before = made[-1] if made else None
            follows = before is not None and before.kind == records.EDR and self.rng.random() < 0.25
            endpoint = before.endpoint if before is not None and follows else self._any_endpoint()
            kind = records.XDR if follows or self.rng.random() < 0.15 else records.EDR
            if kind == records.XDR and not follows and self.rng.random() < 0.5:
                endpoint = None
            incident = self._newborn(born, endpoint, kind)
            if before is not None and follows:
                before.part_of = (incident.id,)
            generate.age(self.rng, incident, now)
            made.append(incident)
        return made

    def _any_endpoint(self) -> Endpoint | None:
        return self.rng.choice(self._endpoints) if self._endpoints else None

    def _newborn(
        self, born: int, endpoint: Endpoint | None, kind: str, company_id: str | None = None
    ) -> Incident:
        company = endpoint.company if endpoint else self.inventory.root.id
        company = company_id or company
        self._numbers[company] = self._numbers.get(company, 0) + 1
        number = self._numbers[company]
        return generate.make_incident(
            self.rng, company=company, number=number, endpoint=endpoint, kind=kind, born=born
        )

    def truth(self, stream: str) -> list[dict[str, Any]]:
        """Return copies of all rows of a stream that the key can see now: see :class:`View`."""
        with self.lock:
            return self.view.truth(stream)

    def drift(
        self,
        stream: str,
        *,
        add: dict[str, Any] | None = None,
        retype: dict[str, str] | None = None,
        every: int = 1,
    ) -> None:
        """Serve other rows than before: see :class:`Drift`."""
        with self.lock:
            self.view.drift(stream, Drift(add or {}, retype or {}, every))

    # What can happen.

    def triage(self, incident_id: str, *, at: datetime | None = None, **fields: str | None) -> None:
        """Let an analyst set status, priority, assignee, or write a note.

        Of the four dates only ``lastIncidentChange`` moves.
        """
        with self.lock:
            incident, when = self.incidents.by_id[incident_id], epoch(at)
            note = fields.pop("note", None)
            for name, value in fields.items():
                if name != "assignee" and value not in _TRIAGE.get(name, ()):
                    raise ValueError(f"cannot set {name} to {value!r}")
            if note is not None:
                author = {"userId": generate.new_id(self.rng, when), "userName": "analyst-1"}
                text = {"id": generate.new_id(self.rng, when), **author, "text": note}
                incident.notes.append({**text, "created": when})
            self.incidents.change(incident, changed=when, touched=True, **fields)

    def grow(self, incident_id: str, *, at: datetime | None = None, lag: int = 30) -> None:
        """Merge a new detection, seen ``lag`` seconds before, into an incident."""
        with self.lock:
            incident, when = self.incidents.by_id[incident_id], epoch(at)
            seen = max(when - lag, incident.updated)
            incident.alert_times.append(seen)
            self.incidents.change(incident, updated=seen, **self._recomputed(when))

    def reprocess(self, incident_id: str, *, at: datetime | None = None) -> None:
        """Compute an incident anew, without a new detection."""
        with self.lock:
            incident = self.incidents.by_id[incident_id]
            self.incidents.change(incident, **self._recomputed(epoch(at)))

    def _recomputed(self, when: int) -> dict[str, Any]:
        moves = {"changed": when, "touched": True} if self.switches.change_follows_engine else {}
        return {"processed": when, **moves}

    def add_incident(
        self, *, at: datetime | None = None, company_id: str | None = None, kind: str = records.EDR
    ) -> str:
        """Give birth to an incident and return its id."""
        return self.late_incident(None, at=at, company_id=company_id, kind=kind)

    def late_incident(
        self,
        created_days_ago: float | None = 2,
        *,
        at: datetime | None = None,
        company_id: str | None = None,
        kind: str = records.EDR,
    ) -> str:
        """Give birth to an incident whose detections are days old, and return its id."""
        if kind not in {records.EDR, records.XDR}:
            raise ValueError(f"no such kind of incident: {kind}")
        with self.lock:
            born = epoch(at)
            local = [
                one
                for one in self.inventory.endpoints.values()
                if company_id in {None, one.company}
            ]
            endpoint = self.rng.choice(local) if local else None
            if company_id is not None:
                company_id = self.inventory.companies[company_id].id
            incident = self._newborn(born, endpoint, kind, company_id)
            if created_days_ago is not None:
                early = born - int(created_days_ago * generate.DAY) - incident.updated
                incident.created += early
                incident.updated += early
                incident.alert_times = [seen + early for seen in incident.alert_times]
            self.incidents.add(incident)
            return incident.id

    def remove_incident(self, incident_id: str) -> None:
        """Let an incident fall out of retention."""
        with self.lock:
            self.incidents.remove(self.incidents.by_id[incident_id])

    def add_endpoint(self, group_id: str | None = None, *, at: datetime | None = None) -> str:
        """Enrol an endpoint and return its id."""
        with self.lock:
            return self.inventory.add_endpoint(epoch(at), group_id).id

    def remove_endpoint(self, endpoint_id: str, *, at: datetime | None = None) -> None:
        """Remove an endpoint from the network; its incidents stay."""
        del at  # the network knows no times
        with self.lock:
            self.inventory.remove_endpoint(endpoint_id)

    def move_endpoint(self, endpoint_id: str, group_id: str, *, at: datetime | None = None) -> None:
        """Move an endpoint to another group, perhaps of another company."""
        del at
        with self.lock:
            self.inventory.move_endpoint(endpoint_id, group_id)

    def push_bodies(self, folder: Path | str, *, at: datetime | None = None) -> list[Path]:
        """Write the bodies of pushed events, one a file, and return the files."""
        with self.lock:
            return self.push.deliver(Path(folder), epoch(at))

    def push_events(self, count: int = 1, *, at: datetime | None = None) -> list[dict[str, Any]]:
        """Post events to the receiver that the push settings name, and return them."""
        with self.lock:
            events = self.push.events(count, epoch(at))
            self._push(events, epoch(at))
            return events

    def push_test(self, kind: str) -> None:
        """Post a test event."""
        with self.lock:
            now = epoch(None)
            self._push([self.push.test_event(kind, now)], now)

    def _push(self, events: list[dict[str, Any]], at: int) -> None:
        (settings,) = self._rows("push_settings")
        (stats,) = self._rows("push_stats")
        self.push.push(self.api_key, settings.values, stats.values, events, at * 1000)
