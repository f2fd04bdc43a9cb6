"""Programs for the environment of dbt, which is not that of the tests, and the talk with them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, Self

from tests.transform.messages import ROOT

TRANSFORM = ROOT / "transform"
_HERE = Path(__file__).parent


class Program:
    """A program that answers requests line by line; a context manager."""

    def __init__(self, name: str) -> None:
        self._command = [str(TRANSFORM / ".venv" / "bin" / "python"), str(_HERE / f"{name}.py")]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command, cwd=TRANSFORM, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(self, *_: object) -> None:
        with self._process:
            self._process.stdin.close()

    def ask(self, **request: Any) -> str:
        """Hand over a request; returns the answer."""
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self.answer()

    def answer(self) -> str:
        """Return the next line that the program prints."""
        line = self._process.stdout.readline()
        assert line, f"{self._command[-1]} ended"
        return line.rstrip("\n")
