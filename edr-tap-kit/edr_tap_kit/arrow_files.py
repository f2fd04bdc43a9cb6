"""Records as Arrow IPC; imported only where the user wants it, because pyarrow is an extra."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import pyarrow as pa
from typing_extensions import override

from edr_tap_kit.batches import BatchFile, BatchSettings, DoesNotFit, unwritable
from edr_tap_kit.coercion import only_type
from edr_tap_kit.records import Record

_ROWS_AT_ONCE = 500
_ENCODER = msgspec.json.Encoder()


class ArrowFile(BatchFile):
    """Arrow IPC: text, integers, numbers and booleans as such, all else as JSON text."""

    format = "arrow"
    compressed = False

    def __init__(
        self, settings: BatchSettings, stream: str, version: int | None, schema: Mapping[str, Any]
    ) -> None:
        super().__init__(settings, stream, version)
        kinds = {"string": pa.string(), "integer": pa.int64(), "number": pa.float64(),
                 "boolean": pa.bool_()}  # fmt: skip
        self._columns = {
            name: kinds.get(only_type(column)) for name, column in schema["properties"].items()
        }
        self._schema = pa.schema(
            [(name, kind or pa.string()) for name, kind in self._columns.items()]
        )
        self._writer = pa.ipc.new_file(self._file, self._schema)
        self._waiting: list[Record] = []

    @override
    def _ending(self) -> str:
        return "arrow"

    @override
    def add(self, record: Record) -> None:
        self._waiting.append(record)
        self.rows += 1
        if len(self._waiting) == _ROWS_AT_ONCE:
            self._write()

    @override
    def close(self) -> None:
        if self._waiting:
            self._write()
        try:
            self._writer.close()
            self._file.close()
        except OSError as error:
            raise unwritable(error) from error

    def _write(self) -> None:
        records, self._waiting = self._waiting, []
        try:
            arrays = [
                self._array([record.get(name) for record in records], kind)
                for name, kind in self._columns.items()
            ]
        except (OverflowError, pa.ArrowInvalid):
            self.rows -= len(records)
            raise DoesNotFit(records) from None
        try:
            self._writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=self._schema))
        except OSError as error:
            raise unwritable(error) from error

    def _array(self, values: list[Any], kind: pa.DataType | None) -> pa.Array:
        if kind is None:
            values = [None if each is None else _ENCODER.encode(each).decode() for each in values]
        return pa.array(values, kind or pa.string())
