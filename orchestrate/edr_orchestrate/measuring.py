"""Logs and runs into Prometheus: the command ``metrics``, and ``run --metrics``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from edr_orchestrate.errors import OrchestrationError
from edr_orchestrate.exporting import as_text, export
from edr_orchestrate.metrics import read_metrics
from edr_orchestrate.running import UnitResult
from edr_orchestrate.units import Unit


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Give the command ``metrics`` its arguments."""
    parser.add_argument("log", nargs="?", type=Path, metavar="LOG", help="the log (standard input)")
    parser.add_argument(
        "--folder", type=Path, help="add them to the Prometheus file there; else they are printed"
    )
    parser.add_argument("--tenant", help="the tenant, where the tap's setting tenant is not given")
    parser.set_defaults(command=measure)


def measure(given: argparse.Namespace) -> int:
    """Carry out the command; returns the exit status."""
    try:
        if given.log is None:
            metrics = read_metrics(sys.stdin)
        else:
            with given.log.open(encoding="utf-8", errors="replace") as log:
                metrics = read_metrics(log)
    except OSError as error:
        raise OrchestrationError(f"{given.log}: {error.strerror}") from None
    if metrics.product is None:
        raise OrchestrationError(
            "no tap speaks in this log. Pass on the standard error of "
            "`meltano --log-format=json run ...`, as in `2>&1 | edr-orchestrate metrics`."
        )
    unit = {"tenant": given.tenant or metrics.tenant or "", "product": metrics.product}
    if given.folder is None:
        sys.stdout.write(as_text(metrics, **unit))
        return 0
    try:
        export(metrics, given.folder, **unit)
    except OSError as error:
        raise OrchestrationError(f"{given.folder}: {error.strerror}") from None
    return 0


def measured(run: Callable[[Unit], UnitResult], folder: Path) -> Callable[[Unit], UnitResult]:
    """Return ``run``, adding each live run to the files of a folder.

    Windows of the past are left out: they say nothing of how far behind a tenant is. A run whose
    figures cannot be written is as good as before, and says so on standard error.

    Raises:
        OrchestrationError: There is no such folder.
    """
    if not folder.is_dir():
        raise OrchestrationError(f"--metrics: {folder} is no folder")

    def ran(unit: Unit) -> UnitResult:
        result = run(unit)
        if unit.window is None:
            try:
                export(result.metrics, folder, tenant=unit.tenant, product=unit.product)
            except (OrchestrationError, OSError) as error:
                sys.stderr.write(f"{unit.name}: its metrics are not written: {error}\n")
        return result

    return ran
