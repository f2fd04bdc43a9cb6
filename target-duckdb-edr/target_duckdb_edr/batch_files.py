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
                yield from read(_decompressed(file, encoding.compression))
        except (OSError, EOFError, pa.ArrowException) as error:
            raise LoaderError(f"The BATCH file {url} cannot be read: {error}") from error


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
