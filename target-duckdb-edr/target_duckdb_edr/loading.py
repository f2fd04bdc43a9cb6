"""How one batch gets into its table: in one transaction, all of it or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb
import pyarrow as pa

from target_duckdb_edr.columns import Column
from target_duckdb_edr.connector import DuckDBConnector
from target_duckdb_edr.errors import LoaderError, shown
from target_duckdb_edr.types import MOMENT_TYPES, quoted

_TIMES = {*MOMENT_TYPES.values(), "DATE"}


@dataclass(frozen=True)
class Load:
    """What is done with a batch of a stream.

    Attributes:
        stream: The stream's name, for messages.
        table: The table's name as SQL.
        columns: Where each column of the batch goes.
        keys: Names of the columns that tell rows apart; empty to append.
        replace: Whether all rows that were there before go first.
        deleted: A column; rows in which it is not NULL go at the end.
    """

    stream: str
    table: str
    columns: Sequence[Column]
    keys: Sequence[str] = ()
    replace: bool = False
    deleted: str | None = None


def load(connector: DuckDBConnector, job: Load, batch: pa.Table) -> int:
    """Write a batch and return how many of its rows a newer one of the same key replaced.

    Args:
        connector: The database.
        job: What is done.
        batch: The rows, oldest first; one column for each of the job's.

    Raises:
        LoaderError: When a value does not fit its column; nothing is written then.
    """
    try:
        return _load(connector, job, batch)
    except duckdb.ConversionException:
        pass  # a time that DuckDB does not read; Python may
    try:
        return _load(connector, job, _with_readable_times(connector, job, batch))
    except duckdb.ConversionException as error:
        raise LoaderError(
            f"Stream '{job.stream}': a value does not fit its column. Nothing of the batch is "
            f"written. DuckDB says: {error}"
        ) from error


def _load(connector: DuckDBConnector, job: Load, batch: pa.Table) -> int:
    count = len(batch)
    with connector.transaction() as database:
        connector.widen(job.table, job.columns)
        if job.replace:
            database.execute(f"DELETE FROM {job.table}")
        values = _values(job, batch)
        if job.keys:
            batch = _newest(database, {key: values[key] for key in job.keys}, batch)
            _replace_rows(connector, job, values, batch)
        else:
            with _registered(database, batch):
                database.execute(_insert(job, values))
        if job.deleted:
            database.execute(f"DELETE FROM {job.table} WHERE {quoted(job.deleted)} IS NOT NULL")
    return count - len(batch)


def _values(job: Load, batch: pa.Table) -> dict[str, str]:
    """Return the SQL of each column's value in a row ``b`` of the batch."""
    return {
        column.column: column.selected(field.type, f"b.{quoted(field.name)}")
        for column, field in zip(job.columns, batch.schema, strict=True)
    }


def _newest(
    database: duckdb.DuckDBPyConnection, keys: Mapping[str, str], batch: pa.Table
) -> pa.Table:
    """Return the batch with the last row of each key; ``batch_keys`` holds the keys then."""
    numbered = batch.append_column(_POSITION, pa.array(range(len(batch)), pa.int64()))
    selected = ", ".join(f"{value} AS {quoted(key)}" for key, value in keys.items())
    with _registered(database, numbered):
        database.execute(
            f"CREATE TEMP TABLE batch_keys AS SELECT {selected}, max(b.{_POSITION}) AS {_POSITION} "
            "FROM batch b GROUP BY ALL"
        )
    (count,) = database.execute("SELECT count(*) FROM batch_keys").fetchall()[0]
    if count == len(batch):
        return batch
    last = database.execute(f"SELECT {_POSITION} FROM batch_keys ORDER BY 1").to_arrow_table()
    return batch.take(last[_POSITION])


def _replace_rows(
    connector: DuckDBConnector, job: Load, values: Mapping[str, str], batch: pa.Table
) -> None:
    """Put the rows in the place of those with their keys.

    Columns of the table that the stream does not know keep what they hold.
    """
    database = connector.database
    # With a plain = DuckDB passes over the row groups in which none of the keys can be.
    equal = {
        key: "=" if batch.column(key).null_count == 0 else "IS NOT DISTINCT FROM"
        for key in job.keys
    }
    alike = " AND ".join(
        f"t.{quoted(key)} {operator} k.{quoted(key)}" for key, operator in equal.items()
    )
    known = {column.column.lower() for column in job.columns}
    kept = [
        name
        for name in connector.table_types(job.table)
        if name.lower() not in known and not name.startswith("_sdc_")
    ]
    with _registered(database, batch):
        if kept:
            columns = ", ".join(f"t.{quoted(name)}" for name in [*job.keys, *kept])
            database.execute(
                f"CREATE TEMP TABLE batch_kept AS SELECT {columns} FROM {job.table} t "
                f"SEMI JOIN batch_keys k ON {alike}"
            )
        database.execute(f"DELETE FROM {job.table} t USING batch_keys k WHERE {alike}")
        database.execute(_insert(job, values, kept))
    database.execute("DROP TABLE batch_keys")
    if kept:
        database.execute("DROP TABLE batch_kept")


def _insert(job: Load, values: Mapping[str, str], kept: Sequence[str] = ()) -> str:
    columns = ", ".join(quoted(name) for name in [*values, *kept])
    sources = ", ".join([*values.values(), *(f"k.{quoted(name)}" for name in kept)])
    join = ""
    if kept:
        alike = " AND ".join(
            f"{values[key]} IS NOT DISTINCT FROM k.{quoted(key)}" for key in job.keys
        )
        join = f" LEFT JOIN batch_kept k ON {alike}"
    return f"INSERT INTO {job.table} ({columns}) SELECT {sources} FROM batch b{join}"


def _with_readable_times(connector: DuckDBConnector, job: Load, batch: pa.Table) -> pa.Table:
    """Return the batch with its times as DuckDB writes them.

    Raises:
        LoaderError: When a text is no time.
    """
    for index, column in enumerate(job.columns):
        field = batch.schema.field(index)
        if column.type not in _TIMES or not pa.types.is_string(field.type):
            continue
        attempt = column.selected(field.type, f"b.{quoted(field.name)}", "TRY_CAST")
        with _registered(connector.database, batch):
            unread = connector.database.execute(
                f"SELECT DISTINCT b.{quoted(field.name)} FROM batch b "
                f"WHERE {attempt} IS NULL AND b.{quoted(field.name)} IS NOT NULL"
            ).fetchall()
        if unread:
            read = {text: _rewritten(job, column, text) for (text,) in unread}
            texts = [read.get(text, text) for text in batch.column(index).to_pylist()]
            batch = batch.set_column(index, field, pa.array(texts, pa.string()))
    return batch


def _rewritten(job: Load, column: Column, text: str) -> str:
    try:
        moment = datetime.fromisoformat(text.strip().upper())
    except ValueError:
        raise LoaderError(
            f"Stream '{job.stream}', property '{column.name}': {shown(text)} is not a time, and "
            f"column {column.column} is {column.type}. Nothing of the batch is written. The tap "
            "must send RFC 3339 times, or declare the property a plain string."
        ) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()


_POSITION = "_position_in_batch"


@contextmanager
def _registered(database: duckdb.DuckDBPyConnection, batch: pa.Table) -> Iterator[None]:
    """Let SQL see an Arrow table as ``batch``."""
    database.register("batch", batch)
    try:
        yield
    finally:
        database.unregister("batch")
