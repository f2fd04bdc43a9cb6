"""What a child process used, and rounds in which every contender has its turn.

This process stays small and leaves the vendor to another one: on Linux the peak memory of a child
is never below that of the process that started it.
"""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, TypeVar
from urllib.request import ProxyHandler, Request, build_opener

_SERVER = Path(__file__).parent / "server.py"
_open = build_opener(ProxyHandler({})).open
# Nothing of the caller's environment decides what is measured.
ENVIRONMENT = {
    name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ
} | {"PYTHONHASHSEED": "0"}
T = TypeVar("T")


@dataclass(frozen=True)
class Command:
    """A program with its arguments, the folder that it runs in, and variables of its own."""

    arguments: Sequence[str]
    folder: Path
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Used:
    """Wall time and processor time (user and system) in s, peak memory in MB (10^6 bytes)."""

    wall: float
    cpu: float
    peak: float


class Failed(Exception):
    """A measured program did not end well."""


def run(command: Command, stdout: Path | None = None, stdin: Path | None = None) -> Used:
    """Run a program to its end, from a file or nothing to a file or nowhere.

    Raises:
        Failed: It ended with another status than 0; its last words are in the message.
    """
    nothing = Path(os.devnull)
    with (stdin or nothing).open("rb") as source, (stdout or nothing).open("wb") as sink:
        return Running(command, source, sink).end()


def run_piped(first: Command, second: Command) -> tuple[Used, Used]:
    """Run two programs, the output of the first being the input of the second.

    Raises:
        Failed: One of them ended with another status than 0.
    """
    with Path(os.devnull).open("wb") as sink:
        outlet, inlet = os.pipe()
        with os.fdopen(inlet, "wb") as pipe:
            writer = Running(first, subprocess.DEVNULL, pipe)
        with os.fdopen(outlet, "rb") as pipe:
            reader = Running(second, pipe, sink)
        try:
            first_used = writer.end()
        finally:  # its input has ended, so that it ends as well
            second_used = reader.end()
        return first_used, second_used


class Running:
    """A program that has been started."""

    def __init__(self, command: Command, stdin: IO[bytes] | int, stdout: IO[bytes] | int) -> None:
        self._command = command
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed when the program has ended)
        self._begun = time.perf_counter()
        self._process = subprocess.Popen(
            command.arguments, stdin=stdin, stdout=stdout, stderr=self._errors,
            cwd=command.folder, env={**ENVIRONMENT, **command.variables},
        )  # fmt: skip

    def end(self) -> Used:
        """Wait for the end.

        Raises:
            Failed: The program ended with another status than 0.
        """
        _, status, used = os.wait4(self._process.pid, 0)
        wall = time.perf_counter() - self._begun
        self._process.returncode = os.waitstatus_to_exitcode(status)
        with self._errors as errors:
            if self._process.returncode:
                errors.seek(0)
                said = errors.read()[-2000:].decode(errors="replace")
                program = " ".join(self._command.arguments)
                raise Failed(f"{program} ended with {self._process.returncode}: {said}")
        return Used(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / 1e6)


def interleaved(turns: Mapping[str, Callable[[], T]], rounds: int) -> dict[str, list[T]]:
    """Let all take turns, so many rounds, every second one in reverse order."""
    results: dict[str, list[T]] = {name: [] for name in turns}
    for number in range(rounds):
        names = list(turns) if number % 2 == 0 else list(turns)[::-1]
        for name in names:
            print(f"  round {number + 1} of {rounds}: {name}", file=sys.stderr, flush=True)
            results[name].append(turns[name]())
    return results


def median(results: Sequence[T], value: Callable[[T], float]) -> float:
    """Return the median of a value of each result."""
    return statistics.median(map(value, results))


class Vendor:
    """The vendor process: its URL, and what it is told and asked."""

    def __init__(self, url: str) -> None:
        self.url = url

    def behave(self, **behaviour: Any) -> None:
        """Set how the vendor behaves (members of ``Behaviour``), and begin to count."""
        self._control("PUT", behaviour)

    def counted(self) -> dict[str, Any]:
        """Return what the vendor counted since (members of ``Counted``)."""
        return self._control("GET", None)

    def _control(self, method: str, body: Any) -> dict[str, Any]:
        request = Request(  # noqa: S310 (loopback)
            f"{self.url}/control", method=method, data=json.dumps(body).encode()
        )
        with _open(request) as answer:
            counted: dict[str, Any] = json.load(answer)
            return counted


@contextlib.contextmanager
def vendor() -> Iterator[Vendor]:
    """Run the vendor in a process of its own."""
    with subprocess.Popen(
        [sys.executable, str(_SERVER)], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None  # noqa: S101 (piped)
            url = process.stdout.readline().strip()
            if not url:
                raise Failed("the vendor did not start; its message is above")
            yield Vendor(url)
        finally:
            process.terminate()
