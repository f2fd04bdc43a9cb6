"""Peak memory, which is to stay the same however much is read."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from contenders import FLOOR, TAP, TAP_FAR, TAP_INCIDENTS, Contender, CortexTap
from measure import Vendor, run
from tables import Table

_FEW = 20_000
_FAR = {"max_parallel_requests": 32}


def table(vendor: Vendor, most: int) -> Table:
    """Read few records and so many as ``most`` says."""
    cases = [
        (FLOOR, _FEW),
        (TAP, _FEW),
        (_with("pages of 10", {"page_size": 10}), _FEW),
        (TAP_FAR, _FEW),
        (_with("32 in flight, answers after 200 ms", _FAR, latency_ms=200), _FEW),
        (TAP_INCIDENTS, _FEW),
        (TAP, most),
        (TAP_FAR, most),
        (TAP_INCIDENTS, most),
    ]
    found = Table("Peak memory of the process", ("client", "records", "MB", "wall s"))
    for contender, records in cases:
        vendor.behave(records=records, **contender.behaviour)
        with tempfile.TemporaryDirectory() as folder:
            used = run(contender.prepare(vendor.url, Path(folder)))
        found.add(contender.name, f"{records:,}", f"{used.peak:.0f}", f"{used.wall:.0f}")
    return found


def _with(what: str, settings: dict[str, Any], **behaviour: Any) -> Contender:
    tap = CortexTap(settings=settings)
    return Contender(f"tap-cortex-xdr, {what}", tap, behaviour=behaviour)
