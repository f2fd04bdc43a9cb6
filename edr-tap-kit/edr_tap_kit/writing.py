"""Singer messages on their way out: encoded in C, collected, and written in large pieces."""

from __future__ import annotations

import sys

import msgspec
from msgspec import UNSET, UnsetType
from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.singerlib.messages import Message
from typing_extensions import override

from edr_tap_kit.records import Record

_MOST_PENDING = 64 << 10  # bytes: as much as a pipe holds
_ENCODER = msgspec.json.Encoder()


class RecordMessage(msgspec.Struct, kw_only=True):
    """A RECORD message; ``time_extracted`` is ISO 8601, UTC."""

    type: str = "RECORD"
    stream: str
    record: Record
    version: int | UnsetType = UNSET
    time_extracted: str


class MessageWriter(MsgSpecWriter):
    """Writes messages to stdout; records wait until there are many, or any other message comes."""

    def __init__(self) -> None:
        super().__init__()
        self._pending = bytearray()

    def write_record(self, message: RecordMessage) -> None:
        """Take a RECORD message.

        Raises:
            RecursionError: It is nested too deeply; nothing of it is written.
        """
        length = len(self._pending)
        try:
            _ENCODER.encode_into(message, self._pending, length)
        except BaseException:
            del self._pending[length:]
            raise
        self._pending += b"\n"
        if len(self._pending) > _MOST_PENDING:
            self.flush()

    @override
    def write_message(self, message: Message) -> None:
        self._pending += self.format_message(message)
        self.flush()

    def flush(self) -> None:
        """Write what waits."""
        pending, self._pending = self._pending, bytearray()
        if pending:
            sys.stdout.buffer.write(pending)
            sys.stdout.buffer.flush()
