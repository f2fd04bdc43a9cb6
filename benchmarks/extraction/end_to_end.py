"""The shipped pipeline into the shipped loaders, and how fast these are without a tap."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

from contenders import TAP
from measure import Command, Failed, Used, Vendor, interleaved, median, run, run_piped
from tables import Table

_ROOT = Path(__file__).resolve().parents[2]
_MELTANO = str(Path(sys.executable).parent / "meltano")
_POSTGRES = Path(__file__).parent / "postgres.py"
_schemas = count()


@dataclass(frozen=True)
class Loader:
    """A loader of the Meltano project; ``variables`` make it load into an empty folder."""

    name: str
    executable: str
    variables: Callable[[Path], Mapping[str, str]]


@dataclass(frozen=True)
class Turn:
    """The loader alone, fed from a file; tap and loader, piped; both in ``meltano run``."""

    alone: Used
    tap: Used
    loader: Used
    meltano: Used


def table(vendor: Vendor, rounds: int, records: int) -> Table:
    """Load alerts into each database."""
    vendor.behave(records=records)
    with _postgres() as uri, tempfile.TemporaryDirectory() as name:
        messages = Path(name) / "messages"
        run(TAP.prepare(vendor.url, Path(name)), messages)
        turns = interleaved(
            {
                loader.name: partial(_turn, vendor, loader, messages)
                for loader in (_duckdb(), _postgresql(uri))
            },
            rounds,
        )
    found = Table(
        f"{records:,} alerts into a database, medians of {rounds} rounds",
        (
            "loader", "alone s", "records/s", "with the tap s", "of alone", "tap CPU s",
            "loader CPU s", "tap's share", "meltano run s",
        ),
    )  # fmt: skip
    for name, results in turns.items():
        alone = median(results, lambda turn: turn.alone.wall)
        piped = median(results, lambda turn: turn.loader.wall)
        tap = median(results, lambda turn: turn.tap.cpu)
        loader = median(results, lambda turn: turn.loader.cpu)
        found.add(
            name, f"{alone:.1f}", f"{records / alone:,.0f}", f"{piped:.1f}",
            f"{piped / alone:.2f}", f"{tap:.1f}", f"{loader:.1f}", f"{tap / (tap + loader):.0%}",
            f"{median(results, lambda turn: turn.meltano.wall):.1f}",
        )  # fmt: skip
    return found


def _turn(vendor: Vendor, loader: Loader, messages: Path) -> Turn:
    with contextlib.ExitStack() as stack:
        first, second, third = (
            Path(stack.enter_context(tempfile.TemporaryDirectory())) for _ in range(3)
        )
        alone = run(_command(loader, first), stdin=messages)
        tap, piped = run_piped(TAP.prepare(vendor.url, second), _command(loader, second))
        return Turn(alone, tap, piped, run(_meltano_run(vendor, loader, third)))


def _command(loader: Loader, folder: Path) -> Command:
    """Return the loader as Meltano starts it, with the settings of the project."""
    dump = Command([_MELTANO, "invoke", "--dump=config", loader.name], _ROOT, _own(loader, folder))
    config = folder / "loader.json"
    run(dump, config)
    bin_folder = _ROOT / ".meltano" / "loaders" / loader.name / "venv" / "bin"
    return Command([str(bin_folder / loader.executable), "--config", str(config)], folder)


def _meltano_run(vendor: Vendor, loader: Loader, folder: Path) -> Command:
    """Return the whole pipeline, with the alerts alone selected."""
    tap = {
        "TAP_CORTEX_XDR_API_URL": vendor.url,
        "TAP_CORTEX_XDR_API_KEY": "benchmark",
        "TAP_CORTEX_XDR_API_KEY_ID": "1",
        "TAP_CORTEX_XDR_REQUESTS_PER_SECOND": "1000000",
        "TAP_CORTEX_XDR__SELECT": json.dumps(["alerts.*"]),
    }
    arguments = [_MELTANO, "run", "tap-cortex-xdr", loader.name]
    return Command(arguments, _ROOT, {**_own(loader, folder), **tap})


def _own(loader: Loader, folder: Path) -> dict[str, str]:
    """Return the variables that keep a run of Meltano apart from all others."""
    return {
        "MELTANO_DATABASE_URI": f"sqlite:///{folder}/meltano.db", **loader.variables(folder),
    }  # fmt: skip


def _duckdb() -> Loader:
    def variables(folder: Path) -> dict[str, str]:
        return {
            "TARGET_DUCKDB_FILEPATH": str(folder / "warehouse.duckdb"),
            "TARGET_DUCKDB_DEFAULT_TARGET_SCHEMA": "cortex_xdr",
        }

    return Loader("target-duckdb", "target-duckdb-edr", variables)


def _postgresql(uri: str) -> Loader:
    def variables(_: Path) -> dict[str, str]:
        return {
            "TARGET_POSTGRES_SQLALCHEMY_URL": uri.replace("postgresql://", "postgresql+psycopg://"),
            "TARGET_POSTGRES_DEFAULT_TARGET_SCHEMA": f"run_{next(_schemas)}",
        }

    return Loader("target-postgres", "target-postgres", variables)


@contextlib.contextmanager
def _postgres() -> Iterator[str]:
    """Run a PostgreSQL server in a process of its own; yield how to reach it."""
    with subprocess.Popen(
        [sys.executable, str(_POSTGRES)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 (piped)
        uri = process.stdout.readline().strip()
        if not uri:
            raise Failed("PostgreSQL did not start; its message is above")
        yield uri
        process.stdin.close()
