"""Writes the segments of one receiver: a line is on disk before it is acknowledged."""

from __future__ import annotations

import contextlib
import gzip
import os
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

from tap_gravityzone.spool import names

_UNFINISHED = ".tmp"
_STEP = timedelta(microseconds=1)
_LEVEL = 3  # of compression: within a tenth of the best, at a third of its time
_BLOCK = 1 << 16


class SegmentWriter:
    """Writes the segments of one folder, which no other process writes to.

    Not for several threads at once.

    Args:
        folder: Exists and belongs to this receiver.
        most_bytes: Size at which a segment is full.
        most_seconds: Age at which it is closed whatever its size.
    """

    def __init__(self, folder: Path, *, most_bytes: int, most_seconds: float) -> None:
        self.folder = folder
        self._most_bytes = most_bytes
        self._most_age = timedelta(seconds=most_seconds)
        self._last = _newest(folder)
        self._file: IO[bytes] | None = None
        self._begun = self._last
        self._torn_at: int | None = None

    def append(self, entries: Sequence[tuple[str, bytes]]) -> None:
        """Write (format, body) pairs; they are durable when this returns.

        Raises:
            OSError: The disk refuses; none of them may be acknowledged.
        """
        file = self._file or self._begin()
        if self._torn_at is not None:
            file.truncate(self._torn_at)
            file.seek(self._torn_at)
            self._torn_at = None
        before = file.tell()
        try:
            _write(file, b"".join(names.encode_line(self._moment(), *entry) for entry in entries))
        except OSError:
            # What part of it arrived is unknown, and it must not stand before later lines.
            self._torn_at = before
            raise

    def rotate(self, *, at_once: bool = False) -> Path | None:
        """Close the segment when it is due; return it, to be sealed."""
        file = self._file
        if file is None:
            return None
        age = datetime.now(UTC) - self._begun
        if not (at_once or file.tell() >= self._most_bytes or age >= self._most_age):
            return None
        self._file = self._torn_at = None
        with contextlib.suppress(OSError):  # nothing is left to be written
            file.close()
        return Path(file.name)

    def _begin(self) -> IO[bytes]:
        self._begun = self._moment()
        path = self.folder / names.open_name(self._begun)
        self._file = path.open("xb", buffering=0)
        sync_folder(self.folder)
        return self._file

    def _moment(self) -> datetime:
        self._last = max(datetime.now(UTC), self._last + _STEP)
        return self._last


def seal(path: Path) -> Path | None:
    """Compress a closed segment and return what it became; ``None`` when it held nothing.

    A last line that a crash tore, and that was never acknowledged, is left out.
    """
    with path.open("rb") as file:
        length, last = _whole_lines(file)
        if not length:
            path.unlink()
            return None
        sealed = path.with_name(names.sealed_name(path.name, last))
        unfinished = path.with_name(path.name + _UNFINISHED)
        with unfinished.open("wb") as raw:
            with gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=_LEVEL, mtime=0) as packed:
                file.seek(0)
                while length:
                    block = file.read(min(length, _BLOCK))
                    packed.write(block)
                    length -= len(block)
            raw.flush()
            os.fsync(raw.fileno())
    unfinished.rename(sealed)
    sync_folder(path.parent)
    path.unlink()
    return sealed


def left_open(folder: Path) -> list[Path]:
    """Return the segments that a process which is no more left behind, oldest first."""
    return sorted(path for path in folder.iterdir() if _is_open(path.name))


def sync_folder(folder: Path) -> None:
    """Make names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def check_disk(folder: Path, least_free: int) -> None:
    """Raise ``OSError`` unless a folder takes a write and has so many bytes left."""
    probe = folder / ".probe"
    with probe.open("wb", buffering=0) as file:
        file.write(bytes(4096))
        os.fsync(file.fileno())
    probe.unlink()
    free = shutil.disk_usage(folder).free
    if free < least_free:
        raise OSError(f"only {free >> 20} MiB are free")


def _write(file: IO[bytes], data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]
    os.fsync(file.fileno())


def _is_open(name: str) -> bool:
    found = names.segment(name)
    return found is not None and found.last is None


def _newest(folder: Path) -> datetime:
    """Return the newest time in a folder: a clock that was set back must not go below it."""
    newest = datetime.min.replace(tzinfo=UTC)
    for path in folder.iterdir():
        found = names.segment(path.name)
        if found is None:
            continue
        if found.last is None:
            with path.open("rb") as file:
                newest = max(newest, _whole_lines(file)[1])
        else:
            newest = max(newest, names.to_moment(found.last))
    return newest


def _whole_lines(file: IO[bytes]) -> tuple[int, datetime]:
    """Return the length of a segment up to its last line end, and when its last line came."""
    end = length = _after_line_end(file, file.seek(0, os.SEEK_END))
    while end:
        start = _after_line_end(file, end - 1)
        file.seek(start)
        try:
            line = names.LINES.decode(file.read(end - start))
            return length, names.to_moment(line.received_at)
        except ValueError:  # damaged: the one before it tells nearly as much
            end = start
    found = names.segment(Path(file.name).name)
    assert found is not None  # noqa: S101 (only segments are asked for)
    return length, names.to_moment(found.first)


def _after_line_end(file: IO[bytes], end: int) -> int:
    """Return the position after the last line end before ``end``; 0 when there is none."""
    while end > 0:
        start = max(0, end - _BLOCK)
        file.seek(start)
        found = file.read(end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0
