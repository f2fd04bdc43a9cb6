"""The command line of both taps, each call in a process of its own, forked from a warm one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.warm import WarmProcess

# Pages are asked for ahead, though answers come at once here.
_PARENT = """
import json, os, sys
from edr_tap_kit import transport
from tap_cortex_xdr.tap import TapCortexXDR
from tap_gravityzone.tap import TapGravityZone

taps = {tap.name: tap for tap in (TapCortexXDR, TapGravityZone)}
transport.SOON = 0
for line in sys.stdin:
    case = json.loads(line)
    child = os.fork()
    if child == 0:
        os.chdir(case["folder"])
        os.environ.update(case["environment"])
        for descriptor, name in ((1, "stdout"), (2, "stderr")):
            os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
        sys.argv = case["arguments"]
        taps[sys.argv[0]].cli()
        sys.exit(0)
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), flush=True)
"""


@dataclass
class Said:
    """What a call of a tap left behind."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def errors(self) -> list[str]:
        """The texts of the ERROR lines."""
        lines = [line for line in self.stderr.splitlines() if "| ERROR" in line]
        return [line.split("|", 3)[3].strip() for line in lines]

    @property
    def warnings(self) -> list[str]:
        """The texts of the WARNING lines."""
        lines = [line for line in self.stderr.splitlines() if "| WARNING" in line]
        return [line.split("|", 3)[3].strip() for line in lines]


class CommandLine(WarmProcess):
    """A warm process that forks a tap for each call; a context manager."""

    program = _PARENT

    def __call__(self, tap: str, *arguments: str, folder: Path, **environment: str) -> Said:
        """Run a tap in a folder and return what it said."""
        case = {"arguments": [tap, *arguments], "folder": str(folder), "environment": environment}
        self.ask(case)
        exit_code = self.number()
        texts = [(folder / name).read_text("utf-8") for name in ("stdout", "stderr")]
        return Said(exit_code, *texts)


def write(folder: Path, name: str, content: Any) -> str:
    """Write a JSON file, or the text or bytes as they are, and return its name."""
    path = folder / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return name
