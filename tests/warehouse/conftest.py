"""The shipped Meltano project, run against simulators into throw-away warehouses."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Bench
from tests.support.running import assert_no_secret

ROOT = Path(__file__).parents[2]
_SECONDS = 240


class Project:
    """The project's ``meltano``, with its state and its warehouse in a folder of the test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("TAP_")},
            "MELTANO_DATABASE_URI": f"sqlite:///{folder}/meltano.db",
            "TARGET_DUCKDB_FILEPATH": str(self.duckdb),
        }

    @property
    def duckdb(self) -> Path:
        """The DuckDB file that the project loads into."""
        return self.folder / "warehouse.duckdb"

    def meltano(self, bench: Bench, *arguments: str, **environment: str) -> str:
        """Run a Meltano command for a bench's tap; returns what it printed."""
        done = subprocess.run(
            [str(Path(sys.executable).parent / "meltano"), *arguments],
            cwd=ROOT,
            env={**self._environment, **bench.environment, **environment},
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        printed = done.stdout + done.stderr
        assert_no_secret(bench.config, printed)
        assert done.returncode == 0, printed[-4000:]
        return printed


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """The Meltano project, with a warehouse of this test."""
    return Project(tmp_path)
