"""Records as files: what BATCH messages name, for loaders that take files faster than lines.

A file holds the records of one stream, just as RECORD messages would carry them. It is named in a
message once it is complete, and before any STATE that covers its records.
"""

from __future__ import annotations

import gzip
import posixpath
import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any

import fsspec
import msgspec
from typing_extensions import override

from edr_tap_kit.errors import RunError
from edr_tap_kit.records import Record

_MOST_PENDING = 64 << 10  # bytes
_FAST = 1  # compression level
_USUAL_ROWS = 10_000
_ENCODER = msgspec.json.Encoder()


@dataclass(frozen=True)
class BatchSettings:
    """The setting ``batch_config``: ``size`` is the most records of a file."""

    format: str
    compression: str | None
    root: str
    prefix: str
    size: int

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> BatchSettings:
        """Return what a valid ``batch_config`` says."""
        encoding, storage = config.get("encoding") or {}, config["storage"]
        chosen = encoding.get("format", "jsonl")
        compression = encoding.get("compression") or ("gzip" if chosen == "jsonl" else "none")
        return cls(
            chosen, None if compression == "none" else compression, storage["root"],
            storage.get("prefix") or "", config.get("batch_size") or _USUAL_ROWS,
        )  # fmt: skip


class BatchFile(ABC):
    """A file that is being written."""

    def __init__(self, settings: BatchSettings, stream: str, version: int | None) -> None:
        self.stream = stream
        self.version = version
        self.rows = 0
        self.encoding = {"format": self.format}
        if self.compressed and settings.compression:
            self.encoding["compression"] = settings.compression
        name = f"{settings.prefix}{stream}-{uuid.uuid4()}.{self._ending()}"
        try:
            # One of its own: another's may be amid a transaction, and hold files back.
            filesystem, root = fsspec.core.url_to_fs(settings.root, skip_instance_cache=True)
            filesystem.makedirs(root, exist_ok=True)
            path = posixpath.join(root, name)
            self.url = filesystem.unstrip_protocol(path)
            self._file: IO[bytes] = filesystem.open(path, "wb")
        except (OSError, ValueError, ImportError) as error:
            raise unwritable(error) from error

    format: str
    compressed: bool

    @abstractmethod
    def _ending(self) -> str:
        """Return what the file's name ends with."""

    @abstractmethod
    def add(self, record: Record) -> None:
        """Take a record.

        Raises:
            RunError: The file cannot be written.
            DoesNotFit: It, or one before it, cannot be held by the file's format.
        """

    @abstractmethod
    def close(self) -> None:
        """Complete the file; raises what :meth:`add` does."""


class JsonLines(BatchFile):
    """A record a line; compressed with gzip, unless the user wants none."""

    format = "jsonl"
    compressed = True

    def __init__(self, settings: BatchSettings, stream: str, version: int | None) -> None:
        super().__init__(settings, stream, version)
        self._pending = bytearray()
        self._lines: IO[bytes] = self._file
        if "compression" in self.encoding:
            self._lines = gzip.GzipFile(fileobj=self._file, mode="wb", compresslevel=_FAST)  # type: ignore[assignment] # as good as one

    @override
    def _ending(self) -> str:
        return "jsonl.gz" if "compression" in self.encoding else "jsonl"

    @override
    def add(self, record: Record) -> None:
        length = len(self._pending)
        try:
            _ENCODER.encode_into(record, self._pending, length)
        except RecursionError:
            del self._pending[length:]
            raise
        self._pending += b"\n"
        self.rows += 1
        if len(self._pending) > _MOST_PENDING:
            self._write()

    @override
    def close(self) -> None:
        self._write()
        try:
            if self._lines is not self._file:
                self._lines.close()
            self._file.close()
        except OSError as error:
            raise unwritable(error) from error

    def _write(self) -> None:
        try:
            self._lines.write(self._pending)
        except OSError as error:
            raise unwritable(error) from error
        self._pending.clear()


class DoesNotFit(Exception):
    """Records hold values that Arrow's types cannot: integers beyond 64 bits."""

    def __init__(self, records: list[Record]) -> None:
        super().__init__()
        self.records = records


class Batches:
    """The files of a run: one open a stream, and the messages of those that are complete."""

    def __init__(self, settings: BatchSettings) -> None:
        self._settings = settings
        self._schemas: dict[str, Mapping[str, Any]] = {}
        self._open: dict[str, BatchFile] = {}
        self._held: bytes | None = None
        self._since_state = 0

    def describe(self, stream: str, schema: Mapping[str, Any]) -> None:
        """Take the schema of a stream's records."""
        self._schemas[stream] = schema

    def add(self, stream: str, record: Record, version: int | None) -> bytes:
        """Take a record; return the messages that are due.

        Raises:
            RunError: The files cannot be written.
            RecursionError: The record is nested too deeply; it is not written.
        """
        file = self._open.get(stream)
        if file is None:
            file = self._open[stream] = self._begin(stream, version)
        self._since_state += 1
        try:
            file.add(record)
        except DoesNotFit as records:
            return self._as_lines(file, records)
        return self.close(stream) if file.rows >= self._settings.size else b""

    def close(self, stream: str) -> bytes:
        """Complete the file of a stream; return its message."""
        file = self._open.pop(stream, None)
        if file is None:
            return b""
        try:
            file.close()
        except DoesNotFit as records:
            return self._as_lines(file, records)
        return _message(file)

    def hold(self, state: bytes) -> bytes:
        """Take a STATE message; return it with the files before it, once there is much in them."""
        self._held = state
        return self.close_all() if self._since_state >= self._settings.size else b""

    def close_all(self) -> bytes:
        """Complete all files; return their messages and the last STATE."""
        messages = b"".join([self.close(stream) for stream in list(self._open)])
        state, self._held, self._since_state = self._held, None, 0
        return messages + (state or b"")

    def _begin(self, stream: str, version: int | None) -> BatchFile:
        if self._settings.format == "arrow":
            from edr_tap_kit.arrow_files import ArrowFile  # noqa: PLC0415 (an extra, slow to import)

            return ArrowFile(self._settings, stream, version, self._schemas[stream])
        return JsonLines(self._settings, stream, version)

    def _as_lines(self, file: BatchFile, unfit: DoesNotFit) -> bytes:
        """Complete a file without records that do not fit, and write these as lines."""
        self._open.pop(file.stream, None)
        file.close()
        lines = JsonLines(self._settings, file.stream, file.version)
        for record in unfit.records:
            lines.add(record)
        lines.close()
        return _message(file) + _message(lines)


def _message(file: BatchFile) -> bytes:
    if not file.rows:
        return b""
    message: dict[str, Any] = {
        "type": "BATCH", "stream": file.stream, "encoding": file.encoding, "manifest": [file.url],
    }  # fmt: skip
    if file.version is not None:
        message["version"] = file.version
    return _ENCODER.encode(message) + b"\n"


def unwritable(error: Exception) -> RunError:
    """Return what to say when a file cannot be written."""
    return RunError(
        f"The batch files cannot be written ({type(error).__name__}): check batch_config.storage "
        "and the room there."
    )
