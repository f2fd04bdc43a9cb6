"""The push service: bodies as a receiver would have stored them, and their delivery to one."""

from __future__ import annotations

import json
from collections import deque
from typing import TYPE_CHECKING, Any

from edr_sandbox.gravityzone import records
from edr_sandbox.gravityzone.detections import new_incident
from edr_sandbox.gravityzone.events import MAKERS
from edr_sandbox.gravityzone.generate import make_endpoint
from edr_sandbox.gravityzone.push_delivery import body_of, post
from edr_sandbox.gravityzone.scene import Scene

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from random import Random

    from edr_sandbox.gravityzone.index import IncidentIndex
    from edr_sandbox.gravityzone.inventory import Inventory

_GAP = 90  # seconds between two bodies
_TESTED = ("aph", "exchange-malware", "av")
EVENT_TYPES = (*MAKERS, "new-incident", "new-extended-incident")
_MOST_BUFFERED = 1_000
_ERRORS_ALLOWED = 100


class PushService:
    """Makes bodies of events and remembers what it delivered, in order.

    ``delivered`` holds the file names and bodies, ``distinct`` the bodies without re-deliveries.
    """

    def __init__(self, rng: Random, inventory: Inventory, incidents: IncidentIndex) -> None:
        self._rng = rng
        self._inventory = inventory
        self._incidents = incidents
        self.delivered: list[tuple[str, dict[str, Any]]] = []
        self.distinct: list[dict[str, Any]] = []
        self.pushed: list[dict[str, Any]] = []
        self.begin_anew()

    def begin_anew(self) -> None:
        """Forget what could not be delivered, as new settings make the vendor do."""
        self._buffer: deque[bytes] = deque(maxlen=_MOST_BUFFERED)
        self._errors = 0

    def push(
        self,
        key: str,
        settings: dict[str, Any],
        stats: dict[str, Any],
        events: list[dict[str, Any]],
        at: int,
    ) -> None:
        """Post events to the receiver in one body, after those that are still to be delivered.

        ``at`` is in epoch milliseconds. Too many errors in a row switch the push off.
        """
        if settings["status"] != 1:
            return
        self._buffer.append(body_of(settings["serviceType"], events, at))
        while self._buffer:
            error = post(settings, self._buffer[0], key)
            if error is not None:
                self._errors += 1
                stats["error"][error] += 1
                stats["count"]["errorMessages"] += 1
                if self._errors >= _ERRORS_ALLOWED:
                    settings["status"] = 0
                return
            self._errors = 0
            self._buffer.popleft()
            stats["count"]["sentMessages"] += 1
        self.pushed += events

    def test_event(self, kind: str, at: int) -> dict[str, Any]:
        """Return a test event of a type."""
        made = self._event(kind, at) if kind in MAKERS else {"module": kind}
        return {**made, "_testEvent_": True}

    def events(self, count: int, at: int) -> list[dict[str, Any]]:
        """Return events of all sorts."""
        return [self._event(kind, at) for kind in self._rng.choices(list(MAKERS), k=count)]

    def deliver(self, folder: Path, now: int) -> list[Path]:
        """Write every type of event, some test events and one re-delivery; one body a file."""
        folder.mkdir(parents=True, exist_ok=True)
        groups = self._groups(now)
        paths = []
        for nth, events in enumerate(groups):
            sent = (now - _GAP * (len(groups) - nth)) * 1000 + self._rng.randrange(1000)
            body = {
                "jsonrpc": "2.0",
                "method": "addEvents",
                "params": {"events": events},
                "id": sent,
            }
            self.distinct.append(body)
            paths.append(self._store(folder, body))
        paths.append(self._store(folder, self.distinct[-len(groups)]))
        return paths

    def _store(self, folder: Path, body: dict[str, Any]) -> Path:
        name = f"{len(self.delivered):06d}-{body['id']}.json"
        self.delivered.append((name, body))
        unfinished = folder / f"{name}.part"
        unfinished.write_text(json.dumps(body), encoding="utf-8")
        return unfinished.rename(folder / name)

    def _groups(self, now: int) -> list[list[dict[str, Any]]]:
        """Return mixed events, grouped into bodies; an incident's growth comes in a later one."""
        kinds = [*MAKERS, *self._rng.choices(list(MAKERS), k=len(MAKERS))]
        self._rng.shuffle(kinds)
        chunks: list[list[str]] = []
        while kinds:
            count = self._rng.randint(1, 6)
            chunks.append(kinds[:count])
            del kinds[:count]
        start = now - _GAP * (len(chunks) + 3)
        first, grown = self._incident_events(start)
        groups = [first]
        for nth, chunk in enumerate(chunks, start=1):  # an event precedes its delivery by seconds
            at = start + _GAP * nth - self._rng.randint(3, 25)
            groups.append([self._event(kind, at) for kind in chunk])
        tests = [{**self._event(kind, now - _GAP), "_testEvent_": True} for kind in _TESTED]
        return [group for group in (*groups, tests, grown) if group]

    def _scene(self, at: int) -> Scene:
        endpoints: Sequence[records.Endpoint] = list(self._inventory.endpoints.values())
        if not endpoints:
            group = next(iter(self._inventory.groups.values()))
            endpoints = [make_endpoint(self._rng, 0, group, at)]
        endpoint = self._rng.choice(endpoints)
        return Scene(self._rng, endpoint, endpoint.company, at)

    def _event(self, kind: str, at: int) -> dict[str, Any]:
        return {**MAKERS[kind](self._scene(at)), "module": kind}

    def _incident_events(self, now: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        newest = self._incidents.newest_first("created", keep=lambda one: one.kind == records.EDR)
        first, grown = [], []
        for incident in newest[:3]:
            if incident.endpoint is not None:
                scene = Scene(self._rng, incident.endpoint, incident.company, now)
                event = new_incident(scene, incident, min(incident.score, 90))
                first.append(event)
                grown.append(new_incident(scene, incident, min(incident.score, 90) + 6))
        return first, grown
