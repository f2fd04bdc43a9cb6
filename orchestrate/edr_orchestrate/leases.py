"""A unit runs once at a time on a machine, and a run that was killed does not block the next."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from edr_orchestrate.errors import OrchestrationError

# Meltano takes a run that it heard nothing of for so long for dead, and lets others begin.
_MELTANO_PATIENCE_S = 300


@dataclass(frozen=True)
class Lease:
    """The right to run a unit.

    Attributes:
        descriptor: An open file that Meltano's process inherits: the lease lasts as long as either
            process lives, so that a worker's death does not let a second run in beside the first.
        previous_died: The run before ended without a word, a moment ago, and here: Meltano's own
            record of it as running is wrong.
    """

    descriptor: int
    previous_died: bool
    _marker: Path

    def renew(self) -> None:
        """Say that the run goes on."""
        self._marker.touch()

    def end(self) -> None:
        """Say that Meltano ended by itself, and so has put down that it did."""
        self._marker.unlink()


@contextmanager
def lease(folder: Path, name: str) -> Iterator[Lease]:
    """Hold the lease of a unit's folder; raises :class:`OrchestrationError` when it is taken."""
    marker = folder / "running"
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OrchestrationError(
                f"{name} is already running on this machine; let it finish"
            ) from None
        died = marker.exists() and time.time() - marker.stat().st_mtime < _MELTANO_PATIENCE_S
        marker.touch()
        yield Lease(lock.fileno(), died, marker)
