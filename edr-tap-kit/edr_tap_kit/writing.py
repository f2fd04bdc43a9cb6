"""Singer messages on their way out: encoded in C, collected, and written in large pieces."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import msgspec
from msgspec import UNSET, UnsetType
from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.singerlib.messages import Message, SchemaMessage, StateMessage
from typing_extensions import override

from edr_tap_kit.batches import Batches
from edr_tap_kit.records import Record

_MOST_PENDING = 64 << 10  # bytes: as much as a pipe holds
_ENCODER = msgspec.json.Encoder()


class _RecordMessage(msgspec.Struct):
    stream: str
    record: Record
    version: int | UnsetType
    time_extracted: str
    type: str = "RECORD"


class MessageWriter(MsgSpecWriter):
    """Writes messages to stdout; records wait until there are many, or any other message comes."""

    batches: Batches | None = None

    def __init__(self) -> None:
        super().__init__()
        self._pending = bytearray()
        self._filled = 0  # how much of it waits: the rest is room that stays
        self._time = ""  # at which what waits was extracted, as far as a piece tells

    def write_record(self, stream: str, record: Record, version: int | None) -> None:
        """Take a record; ``version`` is that of its table, where rows that vanish are told.

        Raises:
            RecursionError: It is nested too deeply; nothing of it is written.
        """
        if self.batches:
            self._append(self.batches.add(stream, record, version))
            return
        if not self._time:
            self._time = datetime.now(UTC).isoformat()
        numbered = UNSET if version is None else version
        message = _RecordMessage(stream, record, numbered, self._time)
        _ENCODER.encode_into(message, self._pending, self._filled)
        self._pending += b"\n"
        self._filled = len(self._pending)
        if self._filled > _MOST_PENDING:
            self.flush()

    @override
    def write_message(self, message: Message) -> None:
        if self.batches:
            self._append(self._batches_before(message, self.batches))
        if not (self.batches and isinstance(message, StateMessage)):
            self._append(self.format_message(message))
        self.flush()

    def _batches_before(self, message: Message, batches: Batches) -> bytes:
        """Return the BATCH messages that must come before a message, or go with a STATE."""
        if isinstance(message, StateMessage):
            return batches.hold(bytes(self.format_message(message)))
        stream: str = getattr(message, "stream", "")
        if isinstance(message, SchemaMessage):
            batches.describe(stream, message.schema)
        return batches.close(stream)

    def _append(self, encoded: bytes | bytearray) -> None:
        self._pending[self._filled :] = encoded
        self._filled = len(self._pending)

    def flush(self) -> None:
        """Write what waits."""
        if self._filled:
            filled, self._filled, self._time = self._filled, 0, ""
            with memoryview(self._pending) as pending:
                sys.stdout.buffer.write(pending[:filled])
            sys.stdout.buffer.flush()

    def close(self) -> None:
        """Write all that was taken, batches and the last STATE among it."""
        if self.batches:
            self._append(self.batches.close_all())
        self.flush()
