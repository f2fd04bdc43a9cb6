"""Reading Singer messages: a RECORD is not taken apart, its record stays the bytes that came."""

from __future__ import annotations

import os
import select
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import IO, Any

import msgspec
from singer_sdk.singerlib.encoding.base import GenericSingerReader
from typing_extensions import override

from target_duckdb_edr.errors import LoaderError, shown
from target_duckdb_edr.values import json_text, parsed

_BYTES_AT_ONCE = 1 << 20
_SECONDS_BETWEEN_LOOKS = 0.5


class RecordMessage(msgspec.Struct, gc=False):
    """A RECORD message, its record as JSON; or the little that is needed of another message."""

    type: str
    stream: str = ""
    record: msgspec.Raw = msgspec.Raw(b"")
    version: int | None = None
    time_extracted: str | None = None


def checked_version(stream: str, version: object) -> int | None:
    """Return the version of a full reading, or None where there is none.

    Raises:
        LoaderError: When it is no integer of 64 bits.
    """
    if version is None or (type(version) is int and -_VERSIONS <= version < _VERSIONS):
        return version
    raise LoaderError(
        f"Stream '{stream}': a version must be an integer of 64 bits, not {shown(version)}."
    )


_VERSIONS = 2**63
_decode = msgspec.json.Decoder(RecordMessage).decode


class MessageReader(GenericSingerReader[bytes]):
    """Reads messages from a pipe or a file, and looks up every half second while none comes.

    Attributes:
        on_pause: Called while no message comes.
    """

    def __init__(self) -> None:
        super().__init__()
        self.on_pause: Callable[[], None] = lambda: None
        self._stop = threading.Event()

    def stop(self) -> None:
        """Take what was read so far for the whole input."""
        self._stop.set()

    @property
    @override
    def default_input(self) -> IO[bytes]:
        if sys.stdin is None:
            raise LoaderError("Standard input is closed: there are no messages to read.")
        return sys.stdin.buffer

    @override
    def deserialize_json(self, line: bytes) -> dict[str, Any]:
        try:
            message = parsed(line)
        except ValueError as error:
            raise LoaderError(f"A line is not a Singer message ({error}): {shown(line)}") from None
        if not isinstance(message, dict):
            raise LoaderError(f"A line is not a Singer message: {shown(line)}")
        return message

    @override
    def process_lines(
        self,
        file_input: IO[bytes] | None,
        callbacks: Mapping[str, Callable[[Any], None]],
    ) -> Counter[str]:
        """Hand each message to its callback; RECORD messages as :class:`RecordMessage`.

        Raises:
            LoaderError: When a line is no message.
        """
        counted: Counter[str] = Counter()
        for line in self._lines(file_input or self.default_input):
            if not line or line.isspace():
                continue
            message = self._message(line)
            kind = message.type if isinstance(message, RecordMessage) else message.get("type", "")
            if kind not in callbacks:
                raise LoaderError(f"A message has an unknown type: {shown(line)}")
            callbacks[kind](message)
            counted[kind] += 1
        return counted

    def _message(self, line: bytes) -> RecordMessage | dict[str, Any]:
        try:
            message = _decode(line)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            pass  # a NaN or a lone surrogate, which Python's own reader takes
        else:
            if message.type == "RECORD" and message.stream and memoryview(message.record):
                return message
        parts = self.deserialize_json(line)
        if parts.get("type") != "RECORD":
            return parts
        self.assert_line_requires(parts, {"stream", "record"})
        return RecordMessage(
            type="RECORD",
            stream=parts["stream"],
            record=msgspec.Raw(json_text(parts["record"]).encode()),
            version=checked_version(parts["stream"], parts.get("version")),
            time_extracted=parts.get("time_extracted"),
        )

    def _lines(self, source: Any) -> Iterator[bytes]:
        """Yield the lines until the end of the input, or until told to stop."""
        source = getattr(source, "buffer", source)
        try:
            descriptor = source.fileno()
        except (AttributeError, OSError):
            for line in source:
                yield line if isinstance(line, bytes) else line.encode(errors="surrogatepass")
            return
        rest: list[bytes] = []
        while not self._stop.is_set():
            if not select.select([descriptor], [], [], _SECONDS_BETWEEN_LOOKS)[0]:
                self.on_pause()
                continue
            data = os.read(descriptor, _BYTES_AT_ONCE)
            if not data:
                yield b"".join(rest)
                return
            first, *lines = data.split(b"\n")
            rest.append(first)
            if lines:
                yield b"".join(rest)
                rest = [lines.pop()]
                for line in lines:
                    if self._stop.is_set():
                        return
                    yield line
