"""How long it takes from the start of a process to its first record."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from contenders import AIRBYTE_CDK, FLOOR, PLAIN_SDK, TAP, Contender
from measure import ENVIRONMENT, Command, Failed, Vendor, interleaved
from tables import Table

_RECORDS = 1_000
_FIRST = b'"RECORD"'
# An interpreter that imports the SDK and says so, as if it had a record.
IMPORT = Contender(
    "import singer_sdk",
    lambda _, folder: Command(
        [sys.executable, "-c", "import singer_sdk; print('\"RECORD\"', flush=True)"], folder
    ),
)
_CONTENDERS = (IMPORT, TAP, PLAIN_SDK, AIRBYTE_CDK, FLOOR)


def table(vendor: Vendor, rounds: int) -> Table:
    """Measure all that write to their standard output; dlt has no first record before the last."""
    vendor.behave(records=_RECORDS)
    for each in _CONTENDERS:
        _first_record(vendor, each)  # compiles what is not compiled yet
    turns = interleaved(
        {each.name: partial(_first_record, vendor, each) for each in _CONTENDERS}, rounds
    )
    found = Table(
        f"Seconds to the first record, medians and least of {rounds} rounds",
        ("client", "median", "more than the import", "least", "more than the import"),
    )
    imports = turns[IMPORT.name]
    for name, seconds in turns.items():
        middle, least = statistics.median(seconds), min(seconds)
        found.add(
            name,
            f"{middle:.3f}",
            f"{middle - statistics.median(imports):+.3f}",
            f"{least:.3f}",
            f"{least - min(imports):+.3f}",
        )
    return found


def _first_record(vendor: Vendor, contender: Contender) -> float:
    """Return the seconds until a line that holds a record can be read.

    Raises:
        Failed: There was none.
    """
    with tempfile.TemporaryDirectory() as name:
        command = contender.prepare(vendor.url, Path(name))
        begun = time.perf_counter()
        with subprocess.Popen(
            command.arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            cwd=command.folder, env=ENVIRONMENT,
        ) as process:  # fmt: skip
            assert process.stdout is not None  # noqa: S101 (piped)
            try:
                for line in process.stdout:
                    if _FIRST in line:
                        return time.perf_counter() - begun
            finally:
                process.kill()
    raise Failed(f"{contender.name} wrote no record")
