"""Folders of receivers below a spool: each belongs to one process, and survives it."""

from __future__ import annotations

import fcntl
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tap_gravityzone.spool.writing import sync_folder

_LOCK = ".lock"
_PREFIX = "receiver-"


@contextmanager
def own_folder(spool: Path) -> Iterator[Path]:
    """Hold a folder that no other process uses.

    The first whose lock is free: so what a crashed process left open is sealed by the next one, and
    there are no more folders than processes ever ran side by side.

    Raises:
        OSError: The spool cannot be written, or its file system knows no locks.
    """
    spool.mkdir(parents=True, exist_ok=True)
    for folder in sorted(spool.glob(f"{_PREFIX}*")):
        lock = _locked(folder)
        if lock is not None:
            break
    else:
        folder = spool / f"{_PREFIX}{_host()}-{secrets.token_hex(4)}"
        folder.mkdir()
        sync_folder(spool)
        lock = _locked(folder)
        if lock is None:
            raise OSError(f"{folder} cannot be locked")
    try:
        yield folder
    finally:
        os.close(lock)


def _locked(folder: Path) -> int | None:
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _host() -> str:
    name = socket.gethostname().partition(".")[0]
    return "".join(letter if letter.isalnum() or letter == "-" else "-" for letter in name)
