"""``run --metrics``: live runs are added, and a fault of the figures is none of the run."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from edr_orchestrate.errors import OrchestrationError
from edr_orchestrate.measuring import measured
from edr_orchestrate.windows import Window

from tests.orchestrate.test_queue import result, unit

LIVE = unit("acme")
PAST = replace(LIVE, window=Window(date(2026, 1, 1), date(2026, 2, 1)))


def test_live_runs_alone_are_added(tmp_path: Path) -> None:
    run = measured(result, tmp_path)
    run(PAST)
    assert list(tmp_path.iterdir()) == []
    run(LIVE)
    assert (tmp_path / "edr.acme.gravityzone.prom").exists()


def test_a_folder_that_is_not_there_is_said_before_any_run(tmp_path: Path) -> None:
    with pytest.raises(OrchestrationError, match="is no folder"):
        measured(result, tmp_path / "not there")


def test_a_damaged_file_costs_no_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "edr.acme.gravityzone.prom").write_text("{")
    assert measured(result, tmp_path)(LIVE).succeeded
    assert "acme/gravityzone: its metrics are not written: " in capsys.readouterr().err
