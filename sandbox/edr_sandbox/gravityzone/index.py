"""Incidents by id and in the order of each of their four dates."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from math import inf
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from edr_sandbox.gravityzone.records import Incident

# The vendor's name of each date and where an incident keeps it.
DATES: Mapping[str, str] = {
    "created": "created",
    "lastUpdated": "updated",
    "lastProcessed": "processed",
    "lastIncidentChange": "changed",
}

_Entry = tuple[int, int, "Incident"]


class IncidentIndex:
    """Keeps incidents sorted at every change, so that no query sorts."""

    def __init__(self, incidents: Iterable[Incident]) -> None:
        self._serials: dict[str, int] = {}
        self.by_id: dict[str, Incident] = {}
        for incident in incidents:
            self._enrol(incident)
        self._orders: dict[str, list[_Entry]] = {
            attribute: sorted(self._entry(one, attribute) for one in self.by_id.values())
            for attribute in DATES.values()
        }
        self._answers: dict[Any, list[Incident]] = {}

    def _enrol(self, incident: Incident) -> None:
        self.by_id[incident.id] = incident
        self._serials[incident.id] = len(self._serials)

    def _entry(self, incident: Incident, attribute: str) -> _Entry:
        return (getattr(incident, attribute), self._serials[incident.id], incident)

    def _drop(self, incident: Incident, attribute: str) -> None:
        order = self._orders[attribute]
        del order[bisect_left(order, self._entry(incident, attribute)[:2])]

    def add(self, incident: Incident) -> None:
        """Enter a new incident."""
        self._answers.clear()
        self._enrol(incident)
        for attribute, order in self._orders.items():
            insort(order, self._entry(incident, attribute))

    def remove(self, incident: Incident) -> None:
        """Forget an incident."""
        self._answers.clear()
        for attribute in self._orders:
            self._drop(incident, attribute)
        del self.by_id[incident.id]

    def change(self, incident: Incident, **values: object) -> None:
        """Set attributes of an incident, its dates included."""
        self._answers.clear()
        for attribute, value in values.items():
            if attribute in self._orders:
                self._drop(incident, attribute)
            setattr(incident, attribute, value)
            if attribute in self._orders:
                insort(self._orders[attribute], self._entry(incident, attribute))

    def newest_first(
        self,
        attribute: str,
        window: tuple[float, float] = (-inf, inf),
        keep: Callable[[Incident], bool] | None = None,
    ) -> list[Incident]:
        """Return the incidents whose date is within a closed window, newest first."""
        order = self._orders[attribute]
        first = bisect_left(order, window[0], key=lambda entry: entry[0])
        last = bisect_right(order, window[1], key=lambda entry: entry[0])
        found = (order[position][2] for position in range(last - 1, first - 1, -1))
        return [one for one in found if keep(one)] if keep else list(found)

    def remembered(self, query: object, make: Callable[[], list[Incident]]) -> list[Incident]:
        """Return the answer to a query, made once and kept until anything changes."""
        if query not in self._answers:
            if len(self._answers) > 16:
                self._answers.clear()
            self._answers[query] = make()
        return self._answers[query]
