"""Catalogs that tenants share, so that a run asks the vendor for data alone.

Discovery with a tenant's key asks once for every stream, at each run. Without a key the tap lists
all of its streams and asks nobody; what a key may not read is skipped by the run and said there.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from edr_orchestrate.errors import OrchestrationError
from edr_orchestrate.folders import system_folder
from edr_orchestrate.project import Plugin, Project

_SECONDS = 120


def catalog_file(
    project: Project, tap: Plugin, select: Sequence[str], *, anew: bool = False
) -> Path:
    """Return Meltano's catalog of a tap with its rules and a selection applied.

    It is made when missing, older than the installed tap, or ``anew``. Raises
    :class:`OrchestrationError` when the tap is not installed, or does not answer.
    """
    installed = project.installed / "extractors" / tap.name / "venv" / "pyvenv.cfg"
    if not installed.exists():
        raise OrchestrationError(f"{tap.name} is not installed; run `meltano install`")
    folder = system_folder(project, "catalogs")
    patterns = json.dumps(list(select))
    file = folder / f"{tap.name}.{sha256(patterns.encode()).hexdigest()[:12]}.json"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if anew or not file.exists() or file.stat().st_mtime < installed.stat().st_mtime:
            new = file.with_suffix(".new")
            new.write_text(_discover(project, tap, patterns, folder), encoding="utf-8")
            new.replace(file)
    return file


def streams_in_full(catalog: Path) -> list[str]:
    """Return the streams that each run reads from the beginning, whatever its dates."""
    streams = json.loads(catalog.read_text(encoding="utf-8"))["streams"]
    return [
        entry["tap_stream_id"]
        for entry in streams
        if entry.get("replication_method") == "FULL_TABLE"
    ]


def _discover(project: Project, tap: Plugin, patterns: str, folder: Path) -> str:
    prefix = tap.variable("")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(prefix)}
    environment |= {
        "MELTANO_SYS_DIR_ROOT": str(folder),
        # Without a key nobody is asked. The label makes _tenant a part of every key.
        tap.variable("api_key"): "",
        tap.variable("tenant"): "any",
        tap.variable("_select"): patterns,
    }
    try:
        done = subprocess.run(  # noqa: S603 (Meltano, without a shell)
            [project.meltano, "invoke", "--no-install", "--dump=catalog", tap.name],
            cwd=project.root,
            env=environment,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=True,
        )
        json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise OrchestrationError(
            f"{tap.name} does not list its streams ({type(error).__name__}); "
            f"`meltano invoke {tap.name} --discover` tells why"
        ) from None
    return done.stdout
