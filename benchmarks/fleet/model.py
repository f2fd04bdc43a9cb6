"""A model of a provider with 1,000 tenants and a million alerts a day.

It schedules every live run of a day on a number of worker slots, with the durations that follow
from the figures below, and says what that takes: slots, processors, memory, requests, connections
and rows.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

DAY_S = 86_400
_SIMULATED_S = DAY_S // 4  # every quarter of a day is alike
# Of ten tenants six have both products, two have GravityZone alone, two Cortex XDR.
_PRODUCTS = 6 * [("gravityzone", "cortex-xdr")] + 2 * [("gravityzone",), ("cortex-xdr",)]


@dataclass(frozen=True)
class Figures:
    """What the model rests on. Measured: on two cores, see the page. Assumed: say otherwise.

    Attributes:
        start_cpu_s: Processor time of a run of Meltano with tap and loader that moves few rows;
            measured.
        engine_cpu_s: Processor time that Dagster adds for the process of a run; measured.
        start_wall_s: How long it takes when a processor is free; measured.
        row_cpu_s: Processor time of a row in tap, Meltano and target-postgres; measured.
        run_mb: Memory of the three processes; measured.
        run_connections: PostgreSQL connections of a run, system database and warehouse; measured.
        gravityzone_requests: Requests of a run that finds nothing new, besides incidents; measured.
        gravityzone_incident_requests: Those of them that list incidents; measured.
        incidents_per_minute: GravityZone's budget for incident reads; the tap's default.
        cortex_requests: Requests of a run that finds nothing new, besides alerts; measured.
        requests_per_second: The budget of a key; the taps' default.
        alerts_per_page: Rows of a page of Cortex alerts; the vendor's limit.
        events_per_alert: Local events in a Cortex alert, each a row of its own; assumed.
        alerts_per_incident: Alerts in an incident of GravityZone; assumed.
        changes_per_incident: How often an incident changes and is read again; assumed.
        answer_s: How long a vendor takes to answer; assumed.
    """

    start_cpu_s: float = 6.8
    engine_cpu_s: float = 4.4
    start_wall_s: float = 6.5
    row_cpu_s: float = 0.0007
    run_mb: int = 270
    run_connections: int = 3
    gravityzone_requests: int = 28
    gravityzone_incident_requests: int = 2
    incidents_per_minute: int = 3
    cortex_requests: int = 8
    requests_per_second: float = 10
    alerts_per_page: int = 100
    events_per_alert: float = 1.5
    alerts_per_incident: float = 8
    changes_per_incident: float = 3
    answer_s: float = 0.5


@dataclass(frozen=True)
class Plan:
    """How a provider runs.

    Attributes:
        interval_min: Minutes between live runs of a unit.
        reread_min: How far back alerts of Cortex are read again by each run.
        spread: Whether runs start evenly over the interval, or all at once as cron does.
    """

    interval_min: int = 15
    reread_min: int = 24 * 60
    spread: bool = True
    tenants: int = 1000
    alerts: int = 1_000_000
    seed: int = 1


@dataclass(frozen=True)
class Load:
    """What one run of a unit takes: processor and waiting seconds, rows, requests."""

    cpu_s: float
    wall_s: float
    rows: float
    requests: float


@dataclass(frozen=True)
class Day:
    """What a day of all units took.

    Attributes:
        units: Tenants' products.
        runs: Runs that were made; ``skipped`` were not, since the one before was still at work.
        slots: Worker slots at which the 99th percentile of waiting for one is under a minute.
        cores: Processors that are busy all day.
        late_units: Units whose runs do not keep up with what happens.
        delay_s: The 50th and 99th percentile of waiting for a slot.
        age_s: The 50th and 99th percentile of how old a row is when it is in the warehouse.
    """

    units: int
    runs: int
    skipped: int
    slots: int
    cores: float
    late_units: int
    delay_s: tuple[float, float]
    age_s: tuple[float, float]
    rows: float
    gravityzone_requests: float
    cortex_requests: float


@dataclass(frozen=True)
class Unit:
    """A tenant's product and the alerts that it has in a day."""

    product: str
    alerts: float


def fleet(plan: Plan) -> list[Unit]:
    """Return units whose alerts are distributed as sizes of companies are: a few have most."""
    random = Random(plan.seed)  # noqa: S311 (a model)
    sizes = [random.lognormvariate(0, 1.5) for _ in range(plan.tenants)]
    unit_alerts = plan.alerts / sum(sizes)
    units = []
    for number, size in enumerate(sizes):
        products = _PRODUCTS[number % len(_PRODUCTS)]
        units += [Unit(product, size * unit_alerts / len(products)) for product in products]
    return units


def load(unit: Unit, plan: Plan, figures: Figures) -> Load:
    """Return what a run of a unit takes in the steady state."""
    share = plan.interval_min / (24 * 60)
    if unit.product == "gravityzone":
        changed = unit.alerts / figures.alerts_per_incident * figures.changes_per_incident * share
        incident_requests = figures.gravityzone_incident_requests + changed
        requests = figures.gravityzone_requests + changed
        rows = changed * (1 + figures.alerts_per_incident)
        # The first of a minute's budget go at once.
        above = max(0.0, incident_requests - figures.incidents_per_minute)
        waiting = above / figures.incidents_per_minute * 60
    else:
        again = unit.alerts * (plan.reread_min / (24 * 60) + share)
        pages = math.ceil(again / figures.alerts_per_page)
        requests = figures.cortex_requests + pages
        rows = again * (1 + figures.events_per_alert)
        waiting = requests / figures.requests_per_second
    asking = max(waiting, requests / figures.requests_per_second) + figures.answer_s
    cpu = figures.start_cpu_s + figures.engine_cpu_s + rows * figures.row_cpu_s
    starting = figures.engine_cpu_s + figures.start_wall_s
    return Load(cpu, starting + max(asking, rows * figures.row_cpu_s), rows, requests)


def simulate(plan: Plan, figures: Figures, slots: int) -> Day:
    """Run a quarter of a day on so many worker slots, and tell the whole of it."""
    units = fleet(plan)
    loads = [load(unit, plan, figures) for unit in units]
    interval = plan.interval_min * 60
    free = [0.0] * slots
    busy_until = [0.0] * len(units)
    delays, ages, runs, skipped = [], [], 0, 0
    totals = {"gravityzone": 0.0, "cortex-xdr": 0.0}
    cpu = rows = 0.0
    for due, index in _starts(len(units), interval, spread=plan.spread):
        if busy_until[index] > due:
            skipped += 1
            continue
        start = max(due, heapq.heappop(free))
        taken = loads[index]
        end = start + taken.wall_s
        heapq.heappush(free, end)
        busy_until[index] = end
        delays.append(start - due)
        ages.append(interval / 2 + end - due)
        runs += 1
        cpu += taken.cpu_s
        rows += taken.rows
        totals[units[index].product] += taken.requests
    days = DAY_S // _SIMULATED_S
    return Day(
        units=len(units),
        runs=runs * days,
        skipped=skipped * days,
        slots=slots,
        cores=cpu / _SIMULATED_S,
        late_units=sum(taken.wall_s > interval for taken in loads),
        delay_s=(percentile(delays, 50), percentile(delays, 99)),
        age_s=(percentile(ages, 50), percentile(ages, 99)),
        rows=rows * days,
        gravityzone_requests=totals["gravityzone"] * days,
        cortex_requests=totals["cortex-xdr"] * days,
    )


def enough_slots(plan: Plan, figures: Figures, patience_s: float = 60) -> Day:
    """Return the day on the fewest slots with which 99 of 100 runs begin within ``patience_s``."""
    low, high = 1, 8192
    while low < high:
        middle = (low + high) // 2
        if simulate(plan, figures, middle).delay_s[1] <= patience_s:
            high = middle
        else:
            low = middle + 1
    return simulate(plan, figures, low)


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the value below which so many of a hundred lie; 0 for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] if ordered else 0.0


def _starts(units: int, interval: int, *, spread: bool) -> Iterator[tuple[float, int]]:
    """Yield when each unit is due, in order."""
    for begin in range(0, _SIMULATED_S, interval):
        for index in range(units):
            yield begin + (interval * index / units if spread else 0.0), index
