"""One stream on its way into one table."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import Any

import msgspec
import pyarrow as pa
from singer_sdk.helpers._batch import StorageTarget
from singer_sdk.sql.sink import SQLSink
from singer_sdk.target_base import Target
from typing_extensions import override

from target_duckdb_edr import metadata
from target_duckdb_edr.columns import Column
from target_duckdb_edr.connector import DuckDBConnector
from target_duckdb_edr.errors import LoaderError, shown
from target_duckdb_edr.loading import Load, load
from target_duckdb_edr.locking import ROW_GROUP_SIZE
from target_duckdb_edr.rows import Rows
from target_duckdb_edr.types import is_storable, quoted
from target_duckdb_edr.validation import Validator
from target_duckdb_edr.values import json_text

# Schemas of DuckDB, and databases that are open beside the file.
_RESERVED = {"information_schema", "memory", "pg_catalog", "system", "temp"}


class DuckDBSink(SQLSink[DuckDBConnector]):
    """Gathers a stream's rows and writes them, a batch at a time."""

    connector_class = DuckDBConnector

    def __init__(
        self,
        target: Target,
        stream_name: str,
        schema: dict[str, Any],
        key_properties: Sequence[str] | None,
        connector: DuckDBConnector | None = None,
    ) -> None:
        # The SDK writes its metadata columns into the schema, which others still read.
        super().__init__(target, stream_name, copy.deepcopy(schema), key_properties, connector)
        self._declared = frozenset(schema["properties"])
        self._versioned = False
        self._validation = Validator(stream_name, schema) if self.validate_schema else None
        self._metadata = metadata.Metadata(self.sync_started_at)
        if self.config["primary_key_required"] and not self.key_properties:
            raise LoaderError(
                f"Stream '{stream_name}' has no key properties, and primary_key_required is on."
            )

    @override
    def get_validator(self) -> None:
        """Return none: records are checked by :class:`Validator`, before the SDK changes them."""

    # Names

    @override
    def conform_name(self, name: str, object_type: str | None = None) -> str:
        """Return a name as the tap wrote it; names of tables as target-duckdb makes them."""
        return name if object_type in {None, "column"} else name.replace(".", "_").lower()

    @property
    @override
    def table_name(self) -> str:
        parts = self.stream_name.split("-")
        whole = parts[0] if len(parts) == 1 else "_".join(parts[min(2, len(parts) - 1) :])
        return self.conform_name(whole, "table")

    @property
    @override
    def schema_name(self) -> str:
        return super().schema_name or "main"

    # Size

    @property
    @override
    def max_size(self) -> int:
        """The rows of a full batch: whole row groups where the setting permits one."""
        return self._full

    @cached_property
    def _full(self) -> int:
        size = super().max_size
        return max(size - size % ROW_GROUP_SIZE, min(size, ROW_GROUP_SIZE))

    @property
    def makes_row_groups(self) -> bool:
        """Whether the rows that wait make whole row groups."""
        return self.current_size % ROW_GROUP_SIZE == 0

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self._columns)

    # Set-up

    @override
    def setup(self) -> None:
        """Make the table, or widen it, as the stream's schema asks."""
        self._check_names()
        self._table = str(self.full_table_name)
        self.connector.claim(self._table, self.stream_name)
        self.connector.prepare_schema(self.schema_name)
        self._prepare()

    def _check_names(self) -> None:
        """Raise ``LoaderError`` where DuckDB can have no schema, table or column of the name."""
        where = f"Stream {shown(self.stream_name)}"
        if self.schema_name.lower() in _RESERVED:
            raise LoaderError(
                f"{where} would be loaded into the schema '{self.schema_name}', which DuckDB "
                "keeps for itself. Set default_target_schema."
            )
        names = [self.stream_name, self.schema_name, *self.schema["properties"]]
        if bad := [name for name in names if not is_storable(name)]:
            raise LoaderError(
                f"{where}: DuckDB has no names with NUL or a lone surrogate, such as "
                f"{shown(bad[0])}. Give it another one in the tap, or with stream_maps."
            )

    def _prepare(self) -> None:
        properties = {
            name: schema
            for name, schema in self.schema["properties"].items()
            if name not in metadata.NAMES
        }
        if unknown := [key for key in self.key_properties if key not in properties]:
            raise LoaderError(
                f"Stream '{self.stream_name}': its schema does not name the key '{unknown[0]}'."
            )
        extra = {name: metadata.DESCRIPTIONS[name] for name in self._metadata_columns()}
        schema = {**self.schema, "properties": properties | extra}
        is_old = self.connector.table_exists(self._table)
        self.connector.prepare_table(self.full_table_name, schema, self.key_properties)
        if is_old and self._versioned:
            self.connector.give_oldest_version(self._table, metadata.VERSION)
        columns = self.connector.columns(self.full_table_name, schema)
        self._columns = {column.name: column for column in columns}
        self._report_left_out()
        made_here = metadata.NAMES - metadata.IN_RECORDS
        self._rows = Rows(
            self.stream_name,
            [column for column in columns if column.name not in made_here],
            self.key_properties,
            ignored=metadata.NAMES & (self._columns.keys() | self._declared),
            warn=self.logger.warning,
        )

    def _report_left_out(self) -> None:
        declared = metadata.NAMES & self._declared
        if left_out := ", ".join(sorted(declared - self._columns.keys())):
            self.logger.warning(
                "Stream '%s': its %s are not loaded, as they are the loader's own columns, and "
                "add_record_metadata is off.",
                self.stream_name,
                left_out,
            )

    def _metadata_columns(self) -> Iterator[str]:
        for name in metadata.DESCRIPTIONS:
            if (
                self.include_sdc_metadata_properties
                or (self._versioned and name in {metadata.VERSION, metadata.DELETED_AT})
                or (name == metadata.DELETED_AT and self._marks_deleted)
            ):
                yield name

    @property
    def _marks_deleted(self) -> bool:
        """Whether records may say when their row was deleted."""
        return self.config["hard_delete"] or metadata.DELETED_AT in self._declared

    # Records

    def take_json(
        self, record: msgspec.Raw | bytes, extracted_at: str | None, version: int | None
    ) -> None:
        """Take a record as JSON."""
        self._note(extracted_at, version)
        if self._validation is not None:
            self._validation.check(bytes(record))
        self._rows.take_json(record)
        self.tally_record_read()

    def take_table(self, batch: pa.RecordBatch, version: int | None) -> None:
        """Take the records of an Arrow batch."""
        self._note(None, version, len(batch))
        if self._validation is not None:
            for record in batch.to_pylist():
                self._validation.check(json_text(record).encode())
        self._rows.take_table(batch)
        self.tally_record_read(len(batch))

    @override
    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:
        self.take_json(json_text(record).encode(), None, None)

    @property
    def batch_storage(self) -> StorageTarget | None:
        """Where the files of BATCH messages are, if the settings say it."""
        return self.batch_config.storage if self.batch_config else None

    def _note(self, extracted_at: str | None, version: int | None, rows: int = 1) -> None:
        if version is None:
            self.connector.unversioned.add(self._table)
        elif not self._versioned and self.process_activate_version_messages:
            self._begin_versions()
        if self._versioned or self.include_sdc_metadata_properties:
            self._metadata.note(extracted_at, version, rows)
        self.record_counter_metric.increment(rows)

    def _begin_versions(self) -> None:
        self._write_pending()
        self._versioned = True
        self._prepare()

    # Writing

    @override
    def process_batch(self, context: dict[str, Any]) -> None:
        """Have the rows that were taken written, in one transaction."""
        table = self._rows.table()
        made = self._metadata.arrays()
        columns = {column.column: column for column in self._columns.values()}
        for column in self._columns.values():
            if column.name in made:
                table = table.append_column(column.column, made[column.name])
        # Packing may widen a column's type while this batch is written with the type it has now.
        job = self._job([replace(columns[name]) for name in table.schema.names])
        self.connector.writer.begin(partial(self._write, job, table))

    def _write(self, job: Load, table: pa.Table) -> None:
        merged = load(self.connector, job, table)
        self.connector.release_memory()
        self.logger.info("Loaded %d rows into %s.", len(table) - merged, job.table)

    def _job(self, columns: Sequence[Column]) -> Load:
        method = self.config["load_method"]
        keys = [self._columns[key].column for key in self.key_properties]
        deleted = self._columns[metadata.DELETED_AT].column if self.config["hard_delete"] else None
        return Load(
            stream=self.stream_name,
            table=self._table,
            columns=columns,
            keys=() if method == "append-only" else keys,
            replace=method == "overwrite" and self.connector.is_first_batch(self._table),
            deleted=deleted,
        )

    def _write_pending(self) -> None:
        if self.current_size:
            self.process_batch(self.start_drain())
            self.mark_drained()
        self.connector.writer.wait()

    @override
    def activate_version(self, new_version: int) -> None:
        """Mark or delete the rows that the full reading of this version did not return."""
        self._write_pending()
        if self._table in self.connector.unversioned:
            self.logger.warning(
                "Stream '%s' ends a full reading, but its records carry no version: no row is "
                "taken for gone.",
                self.stream_name,
            )
            return
        if not self._versioned:
            self._begin_versions()
        version, deleted = (
            quoted(self._columns[name].column) for name in (metadata.VERSION, metadata.DELETED_AT)
        )
        gone = f"{version} < {int(new_version)}"
        with self.connector.transaction() as database:
            if self.config["hard_delete"]:
                statement = f"DELETE FROM {self._table} WHERE {gone}"
                parameters = []
            else:
                statement = (
                    f"UPDATE {self._table} SET {deleted} = ? WHERE {gone} AND {deleted} IS NULL"
                )
                parameters = [datetime.now(UTC).replace(tzinfo=None)]
            found = database.execute(statement, parameters).fetchone()
        self.logger.info(
            "%s %d rows of %s that are gone.",
            "Deleted" if self.config["hard_delete"] else "Marked",
            found[0] if found else 0,
            self._table,
        )

    @override
    def clean_up(self) -> None:
        if self.config["load_method"] == "overwrite":
            self.connector.writer.wait()
            self.connector.empty_unless_loaded(self._table)
        super().clean_up()
