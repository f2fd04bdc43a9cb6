"""What a GravityZone run left behind, compared with what the tenant holds and was asked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from edr_sandbox.serving import Exchange

from tests.conftest import Bench
from tests.support.comparing import assert_same_table
from tests.support.running import Run

Row = dict[str, Any]
KEYS = {"incidents": ("incidentId",), "alerts": ("incidentId", "id"), "endpoints": ("id",)}
STAMPS = ("lastIncidentChange", "lastProcessed", "lastUpdated", "created")
LIST, DETAILS = "incidents.getIncidentsList", "incidents.getIncident"
INVENTORY = "network.getNetworkInventoryItems"
# What the summary at the end of a run repeats, and drift, which is another test's subject.
_NOT_NEWS = ("Said during the run:", "Skipped streams:", "Failed streams:", "drift")


def upserted(stream: str, *runs: Run) -> dict[tuple[Any, ...], Row]:
    """Return the table of a loader that took the runs one after the other."""
    table: dict[tuple[Any, ...], Row] = {}
    for run in runs:
        if stream in run.keys:
            table |= run.table(stream)
    return table


def assert_truth(
    bench: Bench,
    *runs: Run,
    streams: Iterable[str] = KEYS,
    removed: bool = False,
    offset: timedelta = timedelta(0),
) -> None:
    """Assert that the runs, upserted, equal the tenant; ``removed``: rows may have gone since."""
    for stream in streams:
        names = KEYS[stream]
        truth = {tuple(row[name] for name in names): row for row in bench.world.truth(stream)}
        table = upserted(stream, *runs)
        if removed:
            table = {key: row for key, row in table.items() if key in truth}
        assert_same_table(
            table, truth.values(), lambda row, names=names: tuple(row[n] for n in names), offset
        )


def moment(text: str) -> datetime:
    """Return a time of a vendor row or a record; naive ones are UTC."""
    parsed = datetime.fromisoformat(text)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def changed_at(row: Row) -> datetime:
    """Return when a vendor's incident changed last, by any of its stamps."""
    return max(moment(row[stamp]) for stamp in STAMPS if row.get(stamp))


def params(exchange: Exchange) -> Row:
    """Return the parameters of a request."""
    return exchange.request.json()["params"]


def windows(exchanges: Iterable[Exchange]) -> list[tuple[str, datetime, datetime]]:
    """Return the filter pairs of list requests: name of the first, low, high."""
    found = []
    for exchange in exchanges:
        dates = {
            name: moment(value)
            for name, value in params(exchange).get("filters", {}).items()
            if name.lower().endswith("date")
        }
        if dates:
            low, high = sorted(dates, key=lambda name: "nd" in name.removesuffix("Date")[-3:])
            found.append((low, dates[low], dates[high]))
    return found


def asked_details(exchanges: Iterable[Exchange]) -> list[str]:
    """Return the ids of the incidents whose details were asked for."""
    return [params(exchange)["id"] for exchange in exchanges if exchange.call == DETAILS]


def news(run: Run) -> list[str]:
    """Return the WARNING lines that say something for the first time."""
    return [line for line in run.warnings if not any(text in line for text in _NOT_NEWS)]


def errors(run: Run) -> list[str]:
    """Return the ERROR lines."""
    return [line for line in run.stderr.splitlines() if "| ERROR" in line]
