"""Fill a tenant: thirty days of history, with the awkward cases that real tenants have."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from edr_sandbox.cortex_xdr import generate

if TYPE_CHECKING:
    from random import Random

Row = dict[str, Any]

SPAN = 30 * generate.DAY
QUIET = 600_000  # nothing happened during the last ten minutes
# The first number of each table; ids grow by a digit soon, so that text order is not theirs.
FIRST = {"incidents": 70, "alerts": 970, "endpoints": 1, "management_logs": 95}


class Size(NamedTuple):
    """How many rows of each table."""

    incidents: int
    alerts: int
    endpoints: int
    management_logs: int


def populate(rng: Random, size: Size, now: int) -> dict[str, list[Row]]:
    """Return the rows of every table."""
    hosts = [generate.endpoint(rng, 1 + place, now) for place in range(size.endpoints)]
    alerts = _alerts(rng, size, now, hosts)
    times = moments(rng, size.management_logs, now)
    first = FIRST["management_logs"]
    return {
        "endpoints": hosts,
        "alerts": alerts,
        "incidents": _incidents(rng, size, now, alerts),
        "management_logs": [generate.audit(rng, first + n, at) for n, at in enumerate(times)],
    }


def moments(rng: Random, count: int, now: int) -> list[int]:
    """Return ascending times, five of them the same."""
    step = (SPAN - QUIET) // max(count, 1)
    times = [now - SPAN + step * place + rng.randrange(step) for place in range(count)]
    times[10:15] = times[10:11] * len(times[10:15])
    return times


def _alerts(rng: Random, size: Size, now: int, hosts: list[Row]) -> list[Row]:
    alerts = []
    for place, stored in enumerate(moments(rng, size.alerts, now)):
        host = hosts[rng.randrange(len(hosts))] if hosts else None
        row = generate.alert(rng, FIRST["alerts"] + place, stored, host)
        if size.incidents and place % 10 != 7:
            row["case_id"] = FIRST["incidents"] + place * size.incidents // size.alerts
        alerts.append(row)
    return alerts


def _incidents(rng: Random, size: Size, now: int, alerts: list[Row]) -> list[Row]:
    members: defaultdict[int, list[Row]] = defaultdict(list)
    for row in alerts:
        if row["case_id"] is not None:
            members[row["case_id"]].append(row)
    times = moments(rng, size.incidents, now)
    spans = []
    for place, at in enumerate(times):
        of_case = members[FIRST["incidents"] + place]
        created = min((row["local_insert_ts"] for row in of_case), default=at)
        latest = min(created + 3 * generate.DAY, now - QUIET)
        spans.append([created, rng.randrange(created, max(latest, created + 1))])
    if len(spans) > 4:
        spans[3][1] = spans[4][1] = max(spans[3][1], spans[4][1])
    return [
        generate.incident(rng, number, created, modified, members[number])
        for number, (created, modified) in enumerate(spans, FIRST["incidents"])
    ]
