"""Where a secret comes from: named in the tenants file, fetched when a unit is about to run."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from typing_extensions import override

from edr_orchestrate.errors import OrchestrationError

_SECONDS = 60  # what an external secret manager may take
KINDS = ("env", "file", "command")


class SecretSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The place of one secret; exactly one member is set.

    Attributes:
        env: The name of an environment variable.
        file: The path of a file; a line end at its end does not belong to the secret.
        command: Program and arguments of a secret manager's own client, which prints the secret.
            No shell takes part.
    """

    env: str | None = None
    file: str | None = None
    command: tuple[str, ...] | None = None

    @override
    def __str__(self) -> str:
        """Return the place, as messages and pools name it."""
        if self.env is not None:
            return f"env {self.env}"
        return (
            f"file {self.file}"
            if self.file is not None
            else f"command {shlex.join(self.command or ())}"
        )

    def fetch(self) -> str:
        """Return the secret; raises :class:`OrchestrationError` when there is none."""
        if self.env is not None:
            secret = os.environ.get(self.env, "")
        elif self.file is not None:
            secret = _read(Path(self.file))
        else:
            secret = _ask(self.command or ())
        if not secret:
            raise OrchestrationError(f"the secret of {self} is empty or missing")
        return secret


def source_of(value: Any) -> SecretSource | None:
    """Return the source that a value of the tenants file names, or None for a plain value.

    Raises ``msgspec.ValidationError`` for a source of the wrong shape.
    """
    if not isinstance(value, Mapping) or len(value) != 1 or not value.keys() <= set(KINDS):
        return None
    source = msgspec.convert(dict(value), SecretSource)
    if source == SecretSource() or source.command == ():
        raise msgspec.ValidationError("names no place")
    return source


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise OrchestrationError(f"the secret of file {path} cannot be read: {reason}") from None


def _ask(command: tuple[str, ...]) -> str:
    program = command[0]
    try:
        done = subprocess.run(  # noqa: S603 (the operator's own choice, without a shell)
            command, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        reason = getattr(error, "strerror", None) or f"no answer in {_SECONDS} s"
        raise OrchestrationError(f"the secret of command {program}: {reason}") from None
    if done.returncode:
        raise OrchestrationError(
            f"the secret of command {program}: it ended with status {done.returncode}; "
            "run it by hand to see why"
        )
    return done.stdout.removesuffix("\n").removesuffix("\r")
