"""Processes of runs: found by what they read, watched until they end."""

from __future__ import annotations

import os
import select
from collections.abc import Iterable, Iterator
from pathlib import Path

_ROLES = {"bin/meltano --environment": "meltano", "bin/tap-": "tap", "bin/target-": "loader"}


def processes_of(url: str) -> dict[str, int]:
    """Return the processes of the run that reads a simulator: meltano, tap and loader."""
    found = {}
    for pid, command in command_lines(f"_API_URL={url}"):
        found |= {role: pid for part, role in _ROLES.items() if part in command}
    return found


def command_lines(told: str) -> Iterator[tuple[int, str]]:
    """Yield process and command line of all whose environment holds a text."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if told.encode() in (folder / "environ").read_bytes():
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                yield int(folder.name), command
        except OSError:
            continue  # it ended meanwhile, or is somebody else's


def assert_ended(pids: Iterable[int]) -> None:
    """Assert that processes end within a minute."""
    for pid in pids:
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        try:
            assert select.select([descriptor], [], [], 60)[0], f"{pid} goes on"
        finally:
            os.close(descriptor)
