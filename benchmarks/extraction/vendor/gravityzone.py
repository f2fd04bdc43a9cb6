"""Incidents and network inventory as GravityZone answers for them, in numbered pages.

Incidents come newest first, all their time stamps alike. Every company below the key's own holds
the same number of endpoints, and a list does not cross the border of a company.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from edr_sandbox.gravityzone.world import World
from vendor.behaviour import Behaviour, Refused
from vendor.rows import FIRST_MOMENT, first_from, moment_of

OWN_COMPANY = "5" * 24
_STAMPS = ("created", "lastUpdated", "lastProcessed", "lastIncidentChange")
_FILTERS = (
    ("changeStartDate", "changeEndDate"),
    ("processedStartDate", "processedEndDate"),
    ("startDate", "endDate"),
)
_CUSTOMERS, _PARTNER = 1, 0
# Incidents are further apart than other rows: about a minute.
_APART = 60
Params = dict[str, Any]


class GravityZone:
    """The methods, each from parameters to the JSON of a result."""

    def __init__(self) -> None:
        world = World(seed=3, incidents=200, endpoints=60)
        places = {"incidentId": "@id", **dict.fromkeys(_STAMPS, "@at")}
        self._incident_patterns = [_pattern({**row, **places}) for row in world.truth("incidents")]
        places = {"id": "@id", "parentId": "@company", "companyId": "@company"}
        self._endpoint_patterns = [_pattern({**row, **places}) for row in world.truth("endpoints")]
        self._methods: dict[str, Callable[[Params, Behaviour], bytes]] = {
            "incidents.getIncidentsList": self._incidents,
            "network.getNetworkInventoryItems": self._inventory,
            "network.getCompaniesList": self._companies,
            "companies.getCompanyDetails": self._company,
        }

    def reply(self, service: str, body: bytes, behaviour: Behaviour) -> bytes:
        """Return the body of an answer.

        Raises:
            Refused: The method, or a parameter of it, is not among those of this double.
        """
        asked = json.loads(body)
        method = self._methods.get(f"{service}.{asked['method']}")
        if method is None:
            raise Refused(f"method {asked['method']}")
        result = method(asked["params"], behaviour)
        return b'{"id":%b,"jsonrpc":"2.0","result":%b}' % (json.dumps(asked["id"]).encode(), result)

    def _incidents(self, params: Params, behaviour: Behaviour) -> bytes:
        first, last = _range(params.get("filters", {}), behaviour.records)

        def row(index: int) -> bytes:
            number = last - 1 - index
            at = datetime.fromtimestamp(_second_of(number), UTC)
            pattern = self._incident_patterns[number % len(self._incident_patterns)]
            return pattern % {b"id": b"%024x" % (number + 1), b"at": at.isoformat().encode()}

        return _page(params, max(0, last - first), row)

    def _inventory(self, params: Params, behaviour: Behaviour) -> bytes:
        each = behaviour.records // behaviour.companies
        parent = params.get("parentId", OWN_COMPANY)
        company = -1 if parent == OWN_COMPANY else int(parent, 16)

        def row(index: int) -> bytes:
            number = company * each + index
            pattern = self._endpoint_patterns[number % len(self._endpoint_patterns)]
            return pattern % {b"id": b"%024x" % (number + 1), b"company": parent.encode()}

        return _page(params, 0 if company < 0 else each, row)

    def _companies(self, params: Params, behaviour: Behaviour) -> bytes:
        """Return customers below the key's company; no company has a partner below it."""
        below = params.get("parentId", OWN_COMPANY) == OWN_COMPANY
        wanted = params.get("filters", {}).get("companyType", _CUSTOMERS) == _CUSTOMERS
        numbers = range(behaviour.companies if below and wanted else 0)
        named = [{"id": f"{number:024x}", "name": f"Company {number}"} for number in numbers]
        return json.dumps(named).encode()

    def _company(self, params: Params, _: Behaviour) -> bytes:
        company = params.get("companyId", OWN_COMPANY)
        kind = _PARTNER if company == OWN_COMPANY else _CUSTOMERS
        return json.dumps({"id": company, "name": "Company", "type": kind}).encode()


def _pattern(row: dict[str, Any]) -> bytes:
    """Return a row's JSON with named places for ``bytes`` to be formatted into."""
    text = json.dumps(row, separators=(",", ":")).encode().replace(b"%", b"%%")
    for name in (b"id", b"at", b"company"):
        text = text.replace(b'"@%b"' % name, b'"%%(%b)b"' % name)
    return text


def _range(filters: dict[str, Any], records: int) -> tuple[int, int]:
    """Return the numbers of the first row that matches and of the one behind the last."""
    first, last = 0, records
    for low, high in _FILTERS:
        if low in filters:
            first = max(first, _first_from(_seconds(filters.pop(low))))
            last = min(last, _first_from(_seconds(filters.pop(high)) + 1))
    if filters:
        raise Refused(f"filters {sorted(filters)}")
    return first, last


def _second_of(number: int) -> int:
    """Return the time of an incident, epoch s."""
    return (FIRST_MOMENT + (moment_of(number) - FIRST_MOMENT) * _APART) // 1000


def _first_from(second: int) -> int:
    """Return the number of the first incident at or after a second."""
    since = second * 1000 - FIRST_MOMENT
    return first_from(FIRST_MOMENT - (-since // _APART))


def _seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def _page(params: Params, total: int, row: Callable[[int], bytes]) -> bytes:
    number, size = params["page"], params["perPage"]
    indexes = range((number - 1) * size, min(number * size, total))
    return _list_of(map(row, indexes), number, size, total)


def _list_of(rows: Iterable[bytes], number: int, size: int, total: int) -> bytes:
    return b'{"total":%d,"page":%d,"perPage":%d,"pagesCount":%d,"items":[%b]}' % (
        total, number, size, -(-total // size), b",".join(rows),
    )  # fmt: skip
