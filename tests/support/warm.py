"""A warm process that forks a child for each case: Python and the taps are imported once."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any, ClassVar, Self


class WarmProcess:
    """Runs ``program``, which takes a JSON case a line and prints numbers; a context manager."""

    program: ClassVar[str]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-c", self.program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        with self._process:
            self._process.stdin.close()

    def ask(self, case: dict[str, Any]) -> None:
        """Hand over a case."""
        self._process.stdin.write(json.dumps(case) + "\n")
        self._process.stdin.flush()

    def number(self) -> int:
        """Wait for the next number."""
        return int(self._process.stdout.readline())
