"""``run --metrics``: live runs are added, and a fault of the figures is none of the run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from edr_orchestrate.errors import OrchestrationError
from edr_orchestrate.measuring import measured
from edr_orchestrate.metrics import RunMetrics
from edr_orchestrate.running import UnitResult
from edr_orchestrate.units import Unit
from edr_orchestrate.windows import Window


@dataclass
class Named:
    """As much of a unit as counts here."""

    window: Window | None = None
    tenant: str = "acme"
    product: str = "gravityzone"
    name: str = "acme/gravityzone"


def result(_: Unit) -> UnitResult:
    metrics = RunMetrics(succeeded=True, rows={"alerts": 1})
    return UnitResult("acme/gravityzone", 0, datetime.now(UTC), 1.0, metrics, Path("run.log"))


def unit(**changes: Any) -> Unit:
    return cast("Unit", Named(**changes))


def test_live_runs_alone_are_added(tmp_path: Path) -> None:
    run = measured(result, tmp_path)
    run(unit(window=Window(date(2026, 1, 1), date(2026, 2, 1))))
    assert list(tmp_path.iterdir()) == []
    run(unit())
    assert (tmp_path / "edr.acme.gravityzone.prom").exists()


def test_a_folder_that_is_not_there_is_said_before_any_run(tmp_path: Path) -> None:
    with pytest.raises(OrchestrationError, match="is no folder"):
        measured(result, tmp_path / "not there")


def test_a_damaged_file_costs_no_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "edr.acme.gravityzone.prom").write_text("{")
    assert measured(result, tmp_path)(unit()).succeeded
    assert "acme/gravityzone: its metrics are not written: " in capsys.readouterr().err
