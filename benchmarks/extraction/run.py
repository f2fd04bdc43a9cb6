"""Measure how the taps read, beside a floor and other extractors; print tables in Markdown.

    python benchmarks/extraction/run.py [WHAT] [--rounds 5] [--records 20000] [--most 2000000]

WHAT is cpu, instructions, start, memory, latency, end-to-end, growth or, by default, all of them.

The tap under test is the one that is installed beside the interpreter. What is measured and how to
read it: ``docs/benchmarks/extraction.md``.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import cpu
import end_to_end
import growth
import instructions
import latency
import memory
import start
from measure import Failed, Vendor, vendor
from tables import Table


@dataclass(frozen=True)
class Size:
    """How often everything has its turn, how many records a usual run has, and the longest one."""

    rounds: int
    records: int
    most: int


MEASUREMENTS: dict[str, Callable[[Vendor, Size], Table]] = {
    "cpu": lambda vendor, size: cpu.table(vendor, size.rounds, size.records),
    "instructions": lambda _, __: instructions.table(),
    "start": lambda vendor, size: start.table(vendor, size.rounds),
    "memory": lambda vendor, size: memory.table(vendor, size.most),
    "latency": lambda vendor, _: latency.table(vendor),
    "end-to-end": lambda vendor, size: end_to_end.table(vendor, size.rounds, size.records),
    "growth": lambda vendor, _: growth.table(vendor),
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
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", nargs="?", choices=[*MEASUREMENTS, "all"], default="all")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--records", type=int, default=20_000, help="of a usual run")
    parser.add_argument("--most", type=int, default=2_000_000, help="records of the longest run")
    given = parser.parse_args()
    size = Size(given.rounds, given.records, given.most)
    print(" · ".join(machine()), flush=True)
    failures = []
    with vendor() as double:
        for name, measured in MEASUREMENTS.items():
            if given.what in {name, "all"}:
                try:
                    print(measured(double, size), flush=True)
                except Failed as failure:
                    failures.append(f"{name}: {failure}")
    if failures:
        sys.exit("\n".join(failures))


if __name__ == "__main__":
    main()
