"""Measure how the taps read, beside a floor and other extractors; print tables in Markdown.

    python benchmarks/extraction/run.py [cpu|all] [--rounds 5] [--records 20000]

The tap under test is the one that is installed beside the interpreter. What is measured and how to
read it: ``docs/benchmarks/extraction.md``.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import cpu
import instructions
from measure import Failed, Vendor, vendor
from tables import Table


def measurements(rounds: int, records: int) -> dict[str, Callable[[Vendor], Table]]:
    """Return what can be measured, by the name on the command line."""
    return {
        "cpu": lambda vendor: cpu.table(vendor, rounds, records),
        "instructions": lambda _: instructions.table(),
    }


def machine() -> Iterator[str]:
    """Yield what the figures depend on."""
    model = next(
        (line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
         if line.startswith("model name")), platform.processor(),
    )  # fmt: skip
    yield f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    yield f"{os.cpu_count()} cores, {model}"
    yield f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    yield f"load {os.getloadavg()[0]:.1f} at the start"
    for package in ("singer-sdk", "tap-cortex-xdr", "tap-gravityzone", "msgspec"):
        yield f"{package} {version(package)}"


def main() -> None:
    """Run from the command line."""
    known = measurements(0, 0)
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", nargs="?", choices=[*known, "all"], default="all")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--records", type=int, default=20_000)
    given = parser.parse_args()
    print(f"{' · '.join(machine())}", flush=True)
    try:
        with vendor() as double:
            for name, measured in measurements(given.rounds, given.records).items():
                if given.what in {name, "all"}:
                    print(measured(double), flush=True)
    except Failed as failure:
        sys.exit(str(failure))


if __name__ == "__main__":
    main()
