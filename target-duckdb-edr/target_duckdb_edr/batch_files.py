"""The files that a BATCH message names: JSON lines, Arrow or Parquet."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from typing import IO, Any

import pyarrow as pa
from singer_sdk.helpers._batch import BaseBatchFileEncoding, StorageTarget

from target_duckdb_edr.errors import LoaderError

_ROWS_AT_ONCE = 2048
_ARROW_FILE_BEGINS = b"ARROW1"


def contents(
    encoding: BaseBatchFileEncoding, files: Sequence[str], storage: StorageTarget | None
) -> Iterator[bytes | pa.RecordBatch]:
    """Yield the files' records: a line of JSON each, or many as an Arrow batch.

    Args:
        encoding: ``jsonl``, ``arrow`` (IPC, file or stream) or ``parquet``; ``gzip`` or none.
        files: URLs, ``file://`` or others that fsspec knows.
        storage: Where the files are, unless their own URLs say it.

    Raises:
        LoaderError: When a file is missing, or not what the encoding says.
    """
    readers = {"jsonl": _lines, "arrow": _arrow, "parquet": _parquet}
    read = readers.get(encoding.format)
    if read is None:
        raise LoaderError(
            f"BATCH files of format '{encoding.format}' are not supported; jsonl, arrow and "
            "parquet are."
        )
    for url in files:
        head, tail = StorageTarget.split_url(url)
        try:
            with (storage or StorageTarget.from_url(head)).open(tail, mode="rb") as file:
                for part in read(_decompressed(file, encoding.compression)):
                    _refuse_binary(url, part)
                    yield part
        except LoaderError:
            raise
        except Exception as error:  # each kind of storage has errors of its own
            raise LoaderError(f"The BATCH file {url} cannot be read: {error}") from error


def _refuse_binary(url: str, part: bytes | pa.RecordBatch) -> None:
    """Raise ``LoaderError`` for columns of bytes: JSON, and so any record, has texts alone."""
    for field in [] if isinstance(part, bytes) else part.schema:
        if _is_binary(field.type):
            raise LoaderError(
                f"The BATCH file {url} cannot be loaded: column '{field.name}' is {field.type}. "
                "The tap must write it as a text, such as Base64."
            )


def _is_binary(kind: pa.DataType) -> bool:
    return (
        pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_binary_view(kind)
        or pa.types.is_fixed_size_binary(kind)
        or any(_is_binary(kind.field(index).type) for index in range(kind.num_fields))
    )


def _decompressed(file: IO[bytes], compression: str | None) -> Any:
    if compression in {None, "none"}:
        return file
    if compression == "gzip":
        return gzip.open(file)
    raise LoaderError(f"BATCH files compressed with '{compression}' are not supported; gzip is.")


def _lines(file: Any) -> Iterator[bytes]:
    for line in file:
        if not line.isspace():
            yield line


def _arrow(file: Any) -> Iterator[pa.RecordBatch]:
    beginning = file.read(len(_ARROW_FILE_BEGINS))
    file.seek(0)
    if beginning == _ARROW_FILE_BEGINS:
        with pa.ipc.open_file(file) as reader:
            for index in range(reader.num_record_batches):
                yield from _slices(reader.get_batch(index))
    else:
        with pa.ipc.open_stream(file) as reader:
            for batch in reader:
                yield from _slices(batch)


def _slices(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    for begin in range(0, len(batch), _ROWS_AT_ONCE):
        yield batch.slice(begin, _ROWS_AT_ONCE)


def _parquet(file: Any) -> Iterator[pa.RecordBatch]:
    from pyarrow.parquet import ParquetFile  # noqa: PLC0415 (few runs need it; it is slow to load)

    with ParquetFile(file) as reader:
        yield from reader.iter_batches(_ROWS_AT_ONCE)
