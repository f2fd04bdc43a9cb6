"""How much of the vendor's request budget a backfill uses when every answer takes its time."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from contenders import CortexTap
from measure import Vendor, run
from tables import Table

_RATES = (10, 50)  # requests a second
_LATENCIES = (50, 200, 500)  # ms
_SECONDS = 60  # of the fastest backfill that a budget allows
_PAGE = 100
_IN_FLIGHT = 32


@dataclass(frozen=True)
class Backfill:
    """When requests arrived (s), and what was wrong with the output."""

    arrivals: Sequence[float]
    complaints: Sequence[str]

    def used(self, rate: float) -> float:
        """Return the share of the allowed requests that were sent, from the first to the last."""
        return (len(self.arrivals) - 1) / (self.arrivals[-1] - self.arrivals[0]) / rate

    @property
    def most_in_a_second(self) -> int:
        """The largest number of requests that arrived within any second."""
        first, most = 0, 0
        for last, arrival in enumerate(self.arrivals):
            while arrival - self.arrivals[first] >= 1:
                first += 1
            most = max(most, last - first + 1)
        return most


def table(vendor: Vendor) -> Table:
    """Read alerts at each budget and latency."""
    found = Table(
        f"Request budget, alerts in pages of {_PAGE}, max_parallel_requests {_IN_FLIGHT}",
        (
            "requests_per_second", "latency ms", "records", "budget used", "most in a second",
            "requests", "of allowed", "output",
        ),
    )  # fmt: skip
    for rate in _RATES:
        records = rate * _SECONDS * _PAGE
        allowed = math.ceil(records / _PAGE) * 1.02 + 2
        for latency in _LATENCIES:
            backfill = _backfill(vendor, rate, latency, records)
            found.add(
                f"{rate}", f"{latency}", f"{records:,}", f"{backfill.used(rate):.1%}",
                f"{backfill.most_in_a_second}", f"{len(backfill.arrivals):,}", f"{allowed:,.1f}",
                ", ".join(backfill.complaints) or "whole, in order, resumable",
            )  # fmt: skip
    return found


def _backfill(vendor: Vendor, rate: int, latency: int, records: int) -> Backfill:
    tap = CortexTap(settings={"requests_per_second": rate, "max_parallel_requests": _IN_FLIGHT})
    vendor.behave(records=records, latency_ms=latency)
    with tempfile.TemporaryDirectory() as name:
        output = Path(name) / "stdout"
        run(tap(vendor.url, Path(name)), output)
        return Backfill(vendor.counted()["arrivals"], list(_complaints(output, records)))


def _complaints(output: Path, records: int) -> Iterator[str]:
    """Yield what is wrong: rows that lack, rows out of order, states that are ahead of rows."""
    ids, ahead, written = [], 0, ""
    with output.open("rb") as lines:
        for message in map(json.loads, lines):
            if message["type"] == "RECORD":
                ids.append(int(message["record"]["alert_id"]))
                written = message["record"]["local_insert_ts"]
            elif message["type"] == "STATE":
                told = message["value"]["bookmarks"]["alerts"].get("replication_key_value")
                ahead += told is not None and (
                    not written or datetime.fromisoformat(told) > datetime.fromisoformat(written)
                )
    if set(ids) != set(range(1, records + 1)):
        yield "NOT WHOLE"
    if ids != sorted(ids):
        yield "NOT IN ORDER"
    if ahead:
        yield f"{ahead} STATES AHEAD OF THEIR ROWS"
