"""What runs once at a time on a machine: a unit, and the units of a pool.

Whoever starts units knows the pools and keeps to them. A lease holds where that is not enough: two
commands at once, or a worker that died while its Meltano goes on.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from edr_orchestrate.errors import OrchestrationError

# Meltano takes a run that it heard nothing of for so long for dead, and lets others begin.
_MELTANO_PATIENCE_S = 300


@dataclass(frozen=True)
class Lease:
    """The right to run a unit.

    Attributes:
        descriptors: Open files that Meltano's process inherits: the lease lasts as long as either
            process lives, so that a worker's death does not let a second run in beside the first.
        previous_died: The run before ended without a word, a moment ago, and here: Meltano's own
            record of it as running is wrong.
    """

    descriptors: tuple[int, ...]
    previous_died: bool
    _marker: Path

    def renew(self) -> None:
        """Say that the run goes on."""
        self._marker.touch()

    def end(self) -> None:
        """Say that Meltano ended by itself, and so has put down that it did."""
        self._marker.unlink(missing_ok=True)


@contextmanager
def lease(folder: Path, name: str, pools: Path, names: Sequence[str]) -> Iterator[Lease]:
    """Hold the lease of a unit; raises :class:`OrchestrationError` when it is taken.

    Args:
        folder: The unit's own.
        name: The unit's.
        pools: The folder of all pools of this machine.
        names: The unit's pools.
    """
    marker = folder / "running"
    with ExitStack() as stack:
        taken = [_take(stack, folder / "lock", f"{name} is already running on this machine")]
        pools.mkdir(parents=True, exist_ok=True)
        for pool in names:
            file = pools / sha256(pool.encode()).hexdigest()[:16]
            taken.append(_take(stack, file, f"another run on this machine uses {pool}"))
        died = marker.exists() and time.time() - marker.stat().st_mtime < _MELTANO_PATIENCE_S
        yield Lease(tuple(taken), died, marker)


def _take(stack: ExitStack, file: Path, otherwise: str) -> int:
    lock = stack.enter_context(file.open("w"))
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise OrchestrationError(f"{otherwise}; let it finish") from None
    return lock.fileno()
