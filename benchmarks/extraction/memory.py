"""Peak memory, which is to stay the same however much is read."""

from __future__ import annotations

import tempfile
from pathlib import Path

from contenders import FLOOR, Contender, CortexTap
from measure import Vendor, run
from tables import Table

_FEW = 20_000


def table(vendor: Vendor, most: int) -> Table:
    """Read few records and so many as ``most`` says."""
    cases = [
        (FLOOR, _FEW),
        (_tap("alerts", 100), _FEW),
        (_tap("alerts", 10), _FEW),
        (_tap("incidents", 100), _FEW),
        (_tap("alerts", 100), most),
        (_tap("incidents", 100), most),
    ]
    found = Table("Peak memory of the process", ("client", "records", "MB", "wall s"))
    for contender, records in cases:
        vendor.behave(records=records)
        with tempfile.TemporaryDirectory() as folder:
            used = run(contender.prepare(vendor.url, Path(folder)))
        found.add(contender.name, f"{records:,}", f"{used.peak:.0f}", f"{used.wall:.0f}")
    return found


def _tap(stream: str, page_size: int) -> Contender:
    program = CortexTap(stream, settings={"page_size": page_size})
    return Contender(f"tap-cortex-xdr, {stream}, pages of {page_size}", program, stream=stream)
