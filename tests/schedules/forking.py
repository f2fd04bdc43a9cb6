"""A tap's command line in a process of its own, forked from a warm one, that can be killed."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from typing_extensions import override

from tests.support.warm import WarmProcess

# In the child the run starts when the schedule says so, versions are numbers of runs (else whole
# seconds), a budget that the vendor keeps by the second (a fifth of one between two pages of
# endpoints) is none, and pages are asked for ahead though answers come at once.
_PARENT = """
import gc, json, os, sys
from types import SimpleNamespace
import edr_tap_kit.stream
import edr_tap_kit.transport
import tap_gravityzone.limits
from edr_tap_kit import times
from edr_tap_kit.budget import Limit
from edr_tap_kit.tap import EdrTap
from tap_cortex_xdr.tap import TapCortexXDR
from tap_gravityzone.tap import TapGravityZone

taps = {tap.name: tap for tap in (TapCortexXDR, TapGravityZone)}
tap_gravityzone.limits._SLOWER = Limit(1, 0.001)
edr_tap_kit.transport.SOON = 0
gc.freeze()

def starting_at(moment):
    def started_at(tap):
        end = tap.settings.end_date
        return moment if end is None else min(moment, end, key=times.sort_key)
    return property(started_at)

for line in sys.stdin:
    case = json.loads(line)
    child = os.fork()
    if child == 0:
        os.chdir(case["folder"])
        os.dup2(os.open("stdout", os.O_WRONLY), 1)
        os.dup2(os.open("stderr", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
        EdrTap.started_at = starting_at(case["started_at"])
        edr_tap_kit.stream.time = SimpleNamespace(time=lambda: case["version"])
        sys.argv = case["arguments"]
        taps[sys.argv[0]].cli()
        sys.exit(0)
    print(child, flush=True)
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), flush=True)
"""


@dataclass
class Outcome:
    """What a run left behind: its whole lines, and whether it was killed."""

    lines: list[bytes]
    killed: bool
    exit_code: int
    stderr: str


class WarmTaps(WarmProcess):
    """A warm process that forks a tap for each run, one at a time; a context manager."""

    program = _PARENT

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._child: int | None = None

    @override
    def __enter__(self) -> Self:
        os.mkfifo(self._folder / "stdout")
        return super().__enter__()

    def kill(self) -> None:
        """Kill the run that is under way."""
        os.kill(self._child, signal.SIGKILL)

    def run(
        self,
        tap: str,
        config: Any,
        state: Any,
        *,
        started_at: str,
        version: int,
        end_of: Callable[[bytes], int | None] = lambda _: None,
    ) -> Outcome:
        """Run a tap; kill it once ``end_of`` its output is known: what lies behind is dropped."""
        arguments = [tap, "--config", self._file("config", config)]
        if state is not None:
            arguments += ["--state", self._file("state", state)]
        case = {
            "arguments": arguments,
            "folder": str(self._folder),
            "started_at": started_at,
            "version": version,
        }
        self.ask(case)
        self._child = self.number()
        output, cut = self._taken(end_of)
        exit_code = self.number()
        self._child = None
        # A loader drops a line that was not finished.
        lines = [line for line in output.splitlines(keepends=True) if line.endswith(b"\n")]
        stderr = (self._folder / "stderr").read_text("utf-8")
        return Outcome(lines, cut or exit_code == -signal.SIGKILL, exit_code, stderr)

    def _taken(self, end_of: Callable[[bytes], int | None]) -> tuple[bytes, bool]:
        taken = bytearray()
        with (self._folder / "stdout").open("rb", buffering=0) as output:
            while chunk := output.read(1 << 16):
                taken += chunk
                end = end_of(taken)
                if end is not None:
                    self.kill()
                    return bytes(taken[:end]), True
        return bytes(taken), False

    def _file(self, name: str, content: Any) -> str:
        path = self._folder / f"{name}.json"
        path.write_text(json.dumps(content), "utf-8")
        return str(path)
