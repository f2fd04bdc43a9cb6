"""The records of a stream, gathered into batches of columns.

A record that is just as its schema says is read in C into one small object, strictly; whatever is
not takes the long way, with the same result or an error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import pyarrow as pa

from target_duckdb_edr.columns import Column, as_texts
from target_duckdb_edr.errors import BadValue, LoaderError, MissingKey, shown
from target_duckdb_edr.values import fitting, json_text, parsed

# Rows that are turned into columns at once: enough to be quick, few enough to be small.
ROWS_AT_ONCE = 512


class Rows:
    """Reads records and keeps them, first as rows, then as columns.

    Args:
        stream: The stream's name, for messages.
        columns: The columns of the stream's properties.
        keys: The key properties; a record without one of them is an error.
        ignored: Properties that records may have without a column.
        warn: Takes a message about what is left out.
    """

    def __init__(
        self,
        stream: str,
        columns: Sequence[Column],
        keys: Sequence[str],
        ignored: frozenset[str],
        warn: Callable[[str], None],
    ) -> None:
        self._stream = stream
        self._columns = {column.name: column for column in columns}
        self._keys = keys
        self._ignored = ignored
        self._warn = warn
        self._unknown: set[str] = set()
        self._fields = {name: f"c{number}" for number, name in enumerate(self._columns)}
        self._row_type = _row_type(columns, self._fields, keys)
        self._decode = msgspec.json.Decoder(self._row_type).decode
        names = {field: name for name, field in self._fields.items()}
        self._names = [names[field] for field in self._row_type.__struct_fields__]
        self._rows: list[Any] = []
        self._packed: list[pa.RecordBatch] = []

    def take_json(self, record: bytes | msgspec.Raw) -> None:
        """Take a record as JSON.

        Raises:
            LoaderError: When it is no record of this stream.
        """
        try:
            row = self._decode(record)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            self.take(self._parsed(bytes(record)))
        else:
            self._append(row)

    def take(self, record: Mapping[str, Any]) -> None:
        """Take a record as Python has it.

        Raises:
            LoaderError: When it is no record of this stream.
        """
        if missing := [key for key in self._keys if key not in record]:
            raise MissingKey(
                f"Stream '{self._stream}': a record lacks its key {', '.join(missing)}. The tap "
                "must send all key_properties of its SCHEMA message."
            )
        self._report_unknown(record)
        self._append(self._row_type(**{
            self._fields[name]: self._fitting(column, record)
            for name, column in self._columns.items()
        }))  # fmt: skip

    def take_table(self, batch: pa.RecordBatch) -> None:
        """Take the rows of an Arrow batch; its columns are named like the properties."""
        names = set(batch.schema.names)
        self._report_unknown(dict.fromkeys(names, ...))
        if missing := [key for key in self._keys if key not in names]:
            raise LoaderError(
                f"Stream '{self._stream}': a BATCH lacks the key {', '.join(missing)}."
            )
        self._pack_rows()  # what came before stands before
        for begin in range(0, len(batch), ROWS_AT_ONCE):
            part = batch.slice(begin, ROWS_AT_ONCE)
            self._pack({
                name: self._python_values(column, part, names)
                for name, column in self._columns.items()
            })  # fmt: skip

    def table(self) -> pa.Table:
        """Return all rows since the last call, named like the table's columns, and forget them."""
        self._pack_rows()
        packed, self._packed = self._packed, []
        return pa.Table.from_batches(_alike(packed))

    def _append(self, row: Any) -> None:
        self._rows.append(row)
        if len(self._rows) >= ROWS_AT_ONCE:
            self._pack_rows()

    def _pack_rows(self) -> None:
        if not self._rows:
            return
        rows, self._rows = self._rows, []
        values = zip(*map(msgspec.structs.astuple, rows), strict=True)
        self._pack(dict(zip(self._names, values, strict=True)))

    def _pack(self, values: Mapping[str, Sequence[Any]]) -> None:
        arrays = []
        for name, column in self._columns.items():
            try:
                arrays.append(column.packed(values[name]))
            except BadValue as problem:
                raise self._error(name, problem) from problem
        names = [column.column for column in self._columns.values()]
        self._packed.append(pa.RecordBatch.from_arrays(arrays, names=names))

    def _parsed(self, record: bytes) -> Mapping[str, Any]:
        try:
            found = parsed(record)
        except ValueError as error:
            raise LoaderError(
                f"Stream '{self._stream}': a record is not JSON ({error}): {shown(record)}"
            ) from None
        if not isinstance(found, dict):
            raise LoaderError(f"Stream '{self._stream}': a record is no object: {shown(found)}")
        return found

    def _fitting(self, column: Column, record: Mapping[str, Any]) -> Any:
        try:
            value = fitting(record.get(column.name), column.node)
        except BadValue as problem:
            raise self._error(column.name, problem) from problem
        if column.read_as is not msgspec.Raw:
            return value
        return _NO_VALUE if value is None else msgspec.Raw(json_text(value).encode())

    def _python_values(self, column: Column, batch: pa.RecordBatch, names: set[str]) -> list[Any]:
        if column.name not in names:
            return [self._fitting(column, {})] * len(batch)
        array = batch.column(column.name)
        if pa.types.is_temporal(array.type):
            array = array.cast(pa.string())
        values = array.to_pylist()
        # Arrow has no type for JSON of its own: a text in a column of objects is JSON already.
        if column.read_as is msgspec.Raw and isinstance(
            array, pa.StringArray | pa.LargeStringArray
        ):
            return [_NO_VALUE if each is None else msgspec.Raw(each.encode()) for each in values]
        return [self._fitting(column, {column.name: each}) for each in values]

    def _report_unknown(self, record: Mapping[str, Any]) -> None:
        unknown = {
            name
            for name in record.keys() - self._columns.keys() - self._ignored - self._unknown
            if record[name] is not None
        }
        if unknown:
            self._unknown |= unknown
            names = ", ".join(sorted(unknown))
            self._warn(
                f"The schema of stream '{self._stream}' does not name {names}: these values are "
                "not loaded."
            )

    def _error(self, name: str, problem: BadValue) -> LoaderError:
        return LoaderError(
            f"Stream '{self._stream}', property '{name}': {problem}. Nothing of the batch is "
            "written. The tap's schema must say what the tap sends."
        )


_NO_VALUE = msgspec.Raw(b"null")


def _row_type(columns: Sequence[Column], fields: Mapping[str, str], keys: Sequence[str]) -> Any:
    required: list[Any] = []
    optional: list[Any] = []
    for column in columns:
        field = fields[column.name]
        if column.name in keys:
            required.append((field, column.read_as))
        else:
            default = _NO_VALUE if column.read_as is msgspec.Raw else None
            optional.append((field, column.read_as, default))
    return msgspec.defstruct(
        "Row",
        required + optional,
        rename={field: _readable(name, field) for name, field in fields.items()},
        forbid_unknown_fields=True,
        gc=False,
    )


def _readable(name: str, field: str) -> str:
    # msgspec has no fields of such names: records with them take the long way.
    unsupported = '"' in name or "\\" in name or min(name, default="a") < " "
    return f"\N{REPLACEMENT CHARACTER} {field}" if unsupported else name


def _alike(batches: list[pa.RecordBatch]) -> list[pa.RecordBatch]:
    """Return batches of one schema: where a column was widened meanwhile, it is text."""
    schema = batches[0].schema
    widened = {
        index
        for index, field in enumerate(schema)
        if any(batch.schema.field(index).type != field.type for batch in batches)
    }
    return [_with_texts(batch, widened) for batch in batches] if widened else batches


def _with_texts(batch: pa.RecordBatch, indexes: set[int]) -> pa.RecordBatch:
    arrays = [
        as_texts(array) if index in indexes else array for index, array in enumerate(batch.columns)
    ]
    return pa.RecordBatch.from_arrays(arrays, names=batch.schema.names)
