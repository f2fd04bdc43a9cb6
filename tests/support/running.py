"""Run a tap as a user does, from the command line, and take its messages strictly."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.consumer import Consumer

_TIMEOUT = 120


@dataclass
class Run(Consumer):
    """What a run said and how it ended."""

    exit_code: int = 0
    stderr: str = ""

    @property
    def warnings(self) -> list[str]:
        """The messages of all WARNING lines."""
        return [line for line in self.stderr.splitlines() if "| WARNING" in line]


def run_tap(
    tap: str,
    config: dict[str, Any],
    folder: Path,
    *,
    state: Any = None,
    catalog: Any = None,
    succeeds: bool = True,
) -> Run:
    """Run ``tap`` (``tap-gravityzone`` or ``tap-cortex-xdr``); its key must show nowhere."""
    arguments = ["--config", _file(folder, "config", config)]
    if state is not None:
        arguments += ["--state", _file(folder, "state", state)]
    if catalog is not None:
        arguments += ["--catalog", _file(folder, "catalog", catalog)]
    done = command(tap, *arguments)
    assert_no_secret(config, done.stdout, done.stderr)
    run = Run(exit_code=done.returncode, stderr=done.stderr)
    run.initial = state if isinstance(state, dict) else {}
    run.take_all(done.stdout.splitlines())
    assert "Traceback" not in done.stderr, done.stderr
    assert (done.returncode == 0) == succeeds, done.stderr
    return run


def command(tap: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a tap's console script with raw arguments."""
    return subprocess.run(
        [str(Path(sys.executable).parent / tap), *arguments],
        capture_output=True,
        text=True,
        timeout=_TIMEOUT,
        check=False,
        env={**os.environ, **environment},
    )


def taken_until(arguments: list[str], consumer: Consumer, lines: int) -> int | None:
    """Take the output of a process, and kill it after so many lines.

    Returns its exit status, or ``None`` when it was killed.
    """
    with subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        for number, line in enumerate(process.stdout):
            if number == lines:
                process.send_signal(signal.SIGKILL)
                process.stdout.close()
                return None
            consumer.take(json.loads(line))
    return process.returncode


def assert_no_secret(config: dict[str, Any], *texts: str) -> None:
    """Assert that neither the key nor anything that is derived from it shows in the texts."""
    key = config.get("api_key")
    if not isinstance(key, str) or len(key) < 8:
        return
    derived = {
        key,
        base64.b64encode(f"{key}:".encode()).decode(),
        base64.b64encode(key.encode()).decode(),
        hashlib.sha256(key.encode()).hexdigest(),
        hashlib.md5(key.encode()).hexdigest(),
    }
    for text in texts:
        assert not any(secret in text for secret in derived), "a secret shows in the output"


def discovered(tap: str) -> dict[str, Any]:
    """Return the catalog that ``--discover`` prints without any settings."""
    done = command(tap, "--discover")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def selecting(catalog: dict[str, Any], *streams: str) -> dict[str, Any]:
    """Return the catalog with only these streams selected."""
    for entry in catalog["streams"]:
        for metadata in entry["metadata"]:
            if metadata["breadcrumb"] == []:
                metadata["metadata"]["selected"] = entry["stream"] in streams
    return catalog


def _file(folder: Path, name: str, content: Any) -> str:
    path = folder / f"{name}.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)
