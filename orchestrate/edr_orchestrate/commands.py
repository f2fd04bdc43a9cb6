"""Meltano as a process: started in a group of its own, ended with all that it started."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence

from edr_orchestrate.project import Project

_GRACE_S = 30  # for the loader to finish its batch


def start(
    project: Project, arguments: Sequence[str], variables: Mapping[str, str], *kept_open: int
) -> subprocess.Popen[str]:
    """Start ``meltano``; all that it says comes from its ``stdout``.

    Args:
        project: The Meltano project.
        arguments: Arguments of ``meltano``; none of them is a secret.
        variables: The whole environment.
        kept_open: Descriptors that the process inherits.
    """
    return subprocess.Popen(  # noqa: S603 (Meltano, without a shell)
        [project.meltano, *arguments],
        cwd=project.root,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
        pass_fds=kept_open,
    )


def run(
    project: Project,
    arguments: Sequence[str],
    variables: Mapping[str, str],
    on_line: Callable[[str], None],
) -> int:
    """Run ``meltano`` to its end; return its exit status. An exception ends it."""
    with start(project, arguments, variables) as process:
        assert process.stdout is not None  # noqa: S101 (for the type checker)
        try:
            for line in process.stdout:
                on_line(line)
            return process.wait()
        except BaseException:
            end([process])
            raise


def end(processes: Sequence[subprocess.Popen[str]]) -> None:
    """End processes and all that they started: asked first, killed after the grace."""
    for process in processes:
        signal_group(process, signal.SIGTERM)
    deadline = time.monotonic() + _GRACE_S
    for process in processes:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            signal_group(process, signal.SIGKILL)


def signal_group(process: subprocess.Popen[str], number: signal.Signals) -> None:
    """Send a signal to a process and all that it started."""
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return
