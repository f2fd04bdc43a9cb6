"""Run one unit as a process of Meltano, and tell what came of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from edr_orchestrate import commands
from edr_orchestrate.catalogs import catalog_file, streams_in_full
from edr_orchestrate.folders import system_folder
from edr_orchestrate.leases import Lease, lease
from edr_orchestrate.metrics import RunMetrics, read_metrics
from edr_orchestrate.project import Project
from edr_orchestrate.units import Unit

# Settings that make streams of their own: such a tenant's streams are discovered at each run.
_OWN_STREAMS = "xql_queries"


@dataclass(frozen=True)
class UnitResult:
    """What came of a run.

    Attributes:
        unit: The name of the unit.
        status: Meltano's exit status; negative when a signal ended it.
        started: When it began, UTC.
        seconds: How long it took.
        metrics: What its log says.
        log: Where its log is.
    """

    unit: str
    status: int
    started: datetime
    seconds: float
    metrics: RunMetrics
    log: Path

    @property
    def succeeded(self) -> bool:
        """Whether all that the key may read was read, and the state was saved."""
        return self.status == 0 and not self.metrics.state_unsaved

    @property
    def reason(self) -> str:
        """Why it failed, in one line: the first error of its log, or how Meltano ended."""
        errors = self.metrics.errors
        return errors[0] if errors else f"ended with status {self.status}"


@dataclass
class Runner:
    """Runs units of a project; may be shared between threads.

    Attributes:
        project: The Meltano project.
        on_line: Receives each line of each log, as it comes.
    """

    project: Project
    on_line: Callable[[str], None] = lambda _: None
    _running: set[subprocess.Popen[str]] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stopped: bool = False

    def run(self, unit: Unit) -> UnitResult:
        """Run a unit to its end.

        Raises :class:`OrchestrationError` when it cannot begin: a secret is missing, a tap is not
        installed, the unit or a pool of it is in use. An exception in between ends the processes.
        """
        folder = system_folder(self.project, unit.product, unit.state_suffix)
        variables = unit.variables(os.environ) | self._catalog(unit)
        variables["MELTANO_SYS_DIR_ROOT"] = str(folder)
        log = folder / "run.log"
        started, begun = datetime.now(UTC), time.monotonic()
        pools = self.project.work / "pools"
        with (
            lease(folder, unit.name, pools, unit.pools) as held,
            self._process(unit, variables, held) as process,
        ):
            metrics = read_metrics(self._lines(process, log, held))
            status = process.wait()
            if status < 0:  # the tap and the loader are still there
                commands.signal_group(process, signal.SIGKILL)
            else:
                held.end()
        return UnitResult(unit.name, status, started, time.monotonic() - begun, metrics, log)

    def stop(self) -> None:
        """End all runs, and let none begin; safe to call from any thread."""
        with self._lock:
            self._stopped = True
            running = list(self._running)
        commands.end(running)

    def _catalog(self, unit: Unit) -> dict[str, str]:
        """Return what tells Meltano which streams to read."""
        if unit.tap.variable(_OWN_STREAMS) in unit.settings:
            variables = {unit.tap.variable("_select"): json.dumps(unit.select)}
        else:
            catalog = catalog_file(self.project, unit.tap, unit.select)
            variables = {unit.tap.variable("_catalog"): str(catalog)}
        if unit.window is not None:
            full = streams_in_full(catalog_file(self.project, unit.tap, unit.select))
            left_out = json.dumps([f"!{stream}" for stream in full])
            variables[unit.tap.variable("_select_filter")] = left_out
        return variables

    def _process(self, unit: Unit, variables: dict[str, str], held: Lease) -> subprocess.Popen[str]:
        force = ["--force"] if held.previous_died else []
        with self._lock:
            if self._stopped:
                raise KeyboardInterrupt
            process = commands.start(
                self.project, [*unit.arguments(), *force], variables, *held.descriptors
            )
            self._running.add(process)
        return process

    def _lines(self, process: subprocess.Popen[str], log: Path, held: Lease) -> Iterator[str]:
        assert process.stdout is not None  # noqa: S101 (for the type checker)
        try:
            with log.open("w", encoding="utf-8") as file:
                for line in process.stdout:
                    file.write(line)
                    held.renew()
                    self.on_line(line)
                    yield line
        except BaseException:
            commands.end([process])
            raise
        finally:
            with self._lock:
                self._running.discard(process)
