"""Processor time of the whole run, and at the margin: what one record more costs."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from contenders import ALL, Contender
from measure import Failed, Used, Vendor, interleaved, median, run
from tables import Table

_FEW = 100


@dataclass(frozen=True)
class Turn:
    """What a contender used for few records and for many."""

    few: Used
    many: Used


def table(vendor: Vendor, rounds: int, records: int) -> Table:
    """Measure all contenders; the ratios are those of the medians."""
    for each in ALL:
        check(vendor, each, records)
    turns = interleaved({each.name: partial(_turn, vendor, each, records) for each in ALL}, rounds)
    found = Table(
        f"Processor time for {records:,} records, medians of {rounds} rounds",
        (
            "client",
            "CPU s",
            "of the floor",
            "records/s",
            "start CPU s",
            "µs a record",
            "of the floor",
        ),
    )
    for each in ALL:
        results, floor = turns[each.name], turns[(each.floor or each).name]
        marginal = _marginal(results, records)
        found.add(
            each.name,
            f"{_whole(results):.2f}",
            f"{_whole(results) / _whole(floor):.2f}",
            f"{records / median(results, lambda turn: turn.many.wall):,.0f}",
            f"{median(results, lambda turn: turn.few.cpu):.2f}",
            f"{marginal:.1f}",
            f"{marginal / _marginal(floor, records):.2f}",
        )
    return found


def check(vendor: Vendor, contender: Contender, records: int) -> None:
    """Run a contender once, which also compiles what it is made of, and count what it delivers.

    Raises:
        Failed: It did not deliver every record.
    """
    vendor.behave(records=records, **contender.behaviour)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run(contender.prepare(vendor.url, folder), output := folder / "stdout")
        ids = contender.ids(output, folder)
    missing = records - len(set(ids) & set(map(str, range(1, records + 1))))
    if missing or len(ids) != records:
        raise Failed(f"{contender.name}: {missing:,} records are missing of {len(ids):,} written")


def _turn(vendor: Vendor, contender: Contender, records: int) -> Turn:
    used = []
    for count in (_FEW, records):
        vendor.behave(records=count, **contender.behaviour)
        with tempfile.TemporaryDirectory() as folder:
            used.append(run(contender.prepare(vendor.url, Path(folder))))
    return Turn(*used)


def _whole(turns: Sequence[Turn]) -> float:
    return median(turns, lambda turn: turn.many.cpu)


def _marginal(turns: Sequence[Turn], records: int) -> float:
    """Return microseconds of processor time for a record."""
    return median(turns, lambda turn: turn.many.cpu - turn.few.cpu) / (records - _FEW) * 1e6
