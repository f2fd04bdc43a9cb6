"""Spools written line by line, as a receiver writes them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from tests.gravityzone.receiver.process import event, rpc


def at(second: int) -> str:
    """Return a line time: a second of a certain minute."""
    return f"2026-03-01T10:00:{second:02d}.000000Z"


def stamp(second: int) -> str:
    """Return the same time as names of segments show it."""
    return f"20260301T1000{second:02d}000000Z"


def line(second: int, body: str | None = None) -> str:
    """Return a line; its event is numbered by the second."""
    content = rpc(event(second)) if body is None else body
    return json.dumps({"received_at": at(second), "format": "jsonRPC", "body": content}) + "\n"


def write_sealed(folder: Path, *seconds: int, text: str | None = None) -> Path:
    """Write a sealed segment that begins and ends with the first and last second."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{stamp(seconds[0])}--{stamp(seconds[-1])}.ndjson.gz"
    whole = "".join(map(line, seconds)) if text is None else text
    path.write_bytes(gzip.compress(whole.encode()))
    return path


def write_open(folder: Path, *seconds: int) -> Path:
    """Write an open segment."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{stamp(seconds[0])}.open"
    path.write_text("".join(map(line, seconds)))
    return path
