"""What a record costs as runs grow: with records, with windows, with companies."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from contenders import CortexTap, GravityZoneTap, Prepare
from measure import Used, Vendor, run
from tables import Table

_FEW = 10
_RECORDS = (10_000, 100_000, 1_000_000)
_WINDOWS = (10, 100, 1_000, 10_000)
_IN_A_WINDOW = 100
_LARGEST_PAGE = 10_000
_COMPANIES = (1, 10, 100, 1_000)
_IN_A_COMPANY = 900  # less than a page


@dataclass(frozen=True)
class Case:
    """One row of the table: a program, and how many records the vendor holds in which form."""

    name: str
    program: Prepare
    records: int
    behaviour: dict[str, Any]


def table(vendor: Vendor) -> Table:
    """Measure each case once, less what the same program needs for a handful of records."""
    found = Table(
        "Growth: processor time a record, without the start; requests; peak memory",
        ("read", "records", "µs a record", "requests", "MB"),
    )
    for case in _cases():
        start, _ = _used(vendor, replace(case, behaviour={}), _FEW)
        used, requests = _used(vendor, case, case.records)
        cost = (used.cpu - start.cpu) / (case.records - _FEW) * 1e6
        found.add(
            case.name, f"{case.records:,}", f"{cost:.0f}", f"{requests:,}", f"{used.peak:.0f}"
        )
    return found


def _cases() -> Iterator[Case]:
    for records in _RECORDS:
        yield Case("alerts", CortexTap(), records, {})
    for windows, rows in (*((each, _IN_A_WINDOW) for each in _WINDOWS), (10, _LARGEST_PAGE)):
        program = GravityZoneTap("incidents", {"page_size": rows})
        yield Case(f"incidents, {windows:,} windows of {rows:,}", program, windows * rows, {})
    for companies in _COMPANIES:
        program = GravityZoneTap("endpoints")
        yield Case(
            f"endpoints of {companies:,} companies", program, companies * _IN_A_COMPANY,
            {"companies": companies},
        )  # fmt: skip


def _used(vendor: Vendor, case: Case, records: int) -> tuple[Used, int]:
    vendor.behave(records=records, **case.behaviour)
    with tempfile.TemporaryDirectory() as folder:
        used = run(case.program(vendor.url, Path(folder)))
    return used, len(vendor.counted()["arrivals"])
