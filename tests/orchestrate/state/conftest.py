"""Workers of the shipped Meltano project that come and go, and two tenants for them to read."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Bench
from tests.support.running import assert_no_secret

ROOT = Path(__file__).parents[3]
_CORE = '["incidents.*", "alerts.*", "endpoints.*", "events.*"]'
_SECONDS = 240


class Worker:
    """A machine that runs the project: nothing of its own but what is installed.

    Args:
        folder: Its folder of Meltano, made here; no other worker uses it.
        environment: What it is told beside the tenants' settings.
    """

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        folder.mkdir()
        for installed in ("extractors", "loaders"):
            (folder / installed).symlink_to(ROOT / ".meltano" / installed)
        clean = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("TAP_", "TARGET_", "MELTANO_"))
        }
        self._environment = {
            **clean,
            "TAP_GRAVITYZONE__SELECT": _CORE,
            "TAP_CORTEX_XDR__SELECT": _CORE,
            "MELTANO_SYS_DIR_ROOT": str(folder),
            "MELTANO_AUTO_INSTALL": "false",
            **environment,
        }

    def start(self, *arguments: str, benches: tuple[Bench, ...] = ()) -> subprocess.Popen[str]:
        """Start a Meltano command that reads these tenants."""
        settings = {name: value for bench in benches for name, value in bench.environment.items()}
        return subprocess.Popen(
            [str(Path(sys.executable).parent / "meltano"), *arguments],
            cwd=ROOT,
            env={**self._environment, **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def meltano(
        self, *arguments: str, benches: tuple[Bench, ...] = (), succeeds: bool = True
    ) -> str:
        """Run a Meltano command to its end; returns what it printed."""
        with self.start(*arguments, benches=benches) as process:
            printed, _ = process.communicate(timeout=_SECONDS)
        for bench in benches:
            assert_no_secret(bench.config, printed)
        assert (process.returncode == 0) == succeeds, printed[-4000:]
        return printed

    def sync(self, *benches: Bench, options: tuple[str, ...] = (), succeeds: bool = True) -> str:
        """Run the taps of these tenants into DuckDB; returns what was printed."""
        pairs = [name for bench in benches for name in (bench.tap, "target-duckdb")]
        return self.meltano("run", *options, *pairs, benches=benches, succeeds=succeeds)


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    """The DuckDB file that all workers of a test load into, one after the other."""
    return tmp_path / "warehouse.duckdb"


@pytest.fixture
def worker(tmp_path: Path, warehouse: Path) -> Callable[..., Worker]:
    """Make a new worker, told of a state store by keyword ``environment``."""
    made = 0

    def make(environment: dict[str, str]) -> Worker:
        nonlocal made
        made += 1
        return Worker(
            tmp_path / f"worker-{made}", {"TARGET_DUCKDB_FILEPATH": str(warehouse), **environment}
        )

    return make
