"""The database: one connection, its tables, and how they follow the streams' schemas."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import duckdb
from singer_sdk.sql.connector import FullyQualifiedName, SQLConnector
from typing_extensions import override

from target_duckdb_edr import comments, locking
from target_duckdb_edr.columns import Column
from target_duckdb_edr.errors import LoaderError
from target_duckdb_edr.names import column_names, renamed
from target_duckdb_edr.types import MOMENT_TYPES, joined, node_of, quoted, sql_type
from target_duckdb_edr.writing import Writer

# DuckDB keeps freed memory for later, up to its limit. Between batches it is told to let go of it.
_SMALL_LIMITS_MB = (16, 32, 64, 128)
_BATCHES_BETWEEN_REOPENINGS = 50
# A double as columns.py writes it; an integral one fits into a HUGEINT, or stays as it is.
_NUMBER_AS_TEXT = (
    "CASE WHEN isnan({name}) THEN 'NaN' "
    "WHEN isinf({name}) THEN if({name} > 0, 'Infinity', '-Infinity') "
    "WHEN {name} = trunc({name}) "
    "THEN coalesce(CAST(TRY_CAST({name} AS HUGEINT) AS VARCHAR), CAST({name} AS VARCHAR)) "
    "ELSE CAST({name} AS VARCHAR) END"
)


class DuckDBName(FullyQualifiedName):
    """A name as SQL; each part is quoted."""

    @override
    def prepare_part(self, part: str) -> str:
        return quoted(part)


class DuckDBConnector(SQLConnector):
    """One connection to the file, opened when it is first asked for."""

    allow_column_alter = True
    allow_merge_upsert = True
    allow_overwrite = True

    def __init__(
        self, config: dict[str, Any] | None = None, sqlalchemy_url: str | None = None
    ) -> None:
        super().__init__(config, sqlalchemy_url)
        self._streams: dict[str, str] = {}
        self._loaded: set[str] = set()
        # Tables into which this run loads records without a version.
        self.unversioned: set[str] = set()
        self._batches = 0
        # What writes; whoever else uses the database waits for it first.
        self.writer = Writer()
        # Whether the run was told to stop: the input was not read to its end.
        self.is_interrupted = False

    @cached_property
    def database(self) -> duckdb.DuckDBPyConnection:
        """The open database.

        Raises:
            LoaderError: When the file cannot be opened.
        """
        self._temporary = tempfile.TemporaryDirectory(
            prefix="target-duckdb-", dir=self.config.get("temp_dir")
        )
        connection = duckdb.connect(
            config={"threads": self.config["threads"], "temp_directory": self._temporary.name}
        )
        try:
            connection.execute(f"SET memory_limit = '{self.config['memory_limit']}'")
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute("SET preserve_insertion_order = true")
            self._attach(connection)
        except BaseException:
            connection.close()
            self._temporary.cleanup()
            raise
        return connection

    def close(self) -> None:
        """Write what is left in the log into the file, and let go of it."""
        self.writer.close()
        if "database" in self.__dict__:
            self.__dict__.pop("database").close()
            self._temporary.cleanup()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Commit what is done inside, or nothing of it."""
        self.database.execute("BEGIN TRANSACTION")
        try:
            yield self.database
            self.database.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(duckdb.Error):  # a failed commit has ended it already
                self.database.execute("ROLLBACK")
            raise

    def _attach(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._catalog = locking.attach(
            connection,
            self.config["filepath"],
            wait_seconds=self.config["lock_wait_seconds"],
            sleep=self.sleep,
        )
        connection.execute(f"USE {quoted(self._catalog)}")

    def sleep(self, seconds: float) -> bool:
        """Sleep, and return whether the run was told to stop."""
        time.sleep(seconds)
        return self.is_interrupted

    def release_memory(self) -> None:
        """Have DuckDB return to the system what it holds for later; to be called between batches.

        What it knows of each row group that was touched it only forgets with the file.
        """
        self._batches += 1
        if self._batches % _BATCHES_BETWEEN_REOPENINGS == 0:
            self.database.execute("USE memory")
            self.database.execute(f"DETACH {quoted(self._catalog)}")
            self._attach(self.database)
        for limit in _SMALL_LIMITS_MB:
            with contextlib.suppress(duckdb.OutOfMemoryException):
                self.database.execute(f"SET memory_limit = '{limit}MB'")
                break
        self.database.execute(f"SET memory_limit = '{self.config['memory_limit']}'")

    # Names

    @override
    def get_fully_qualified_name(
        self,
        table_name: str = "",
        schema_name: str | None = None,
        db_name: str | None = None,
        delimiter: str = ".",
    ) -> FullyQualifiedName:
        return DuckDBName(
            table=table_name, schema=schema_name, database=db_name, delimiter=delimiter
        )

    @override
    def schema_exists(self, schema_name: str) -> bool:
        found = self.database.execute(
            "SELECT count(*) FROM duckdb_schemas() "
            "WHERE database_name = current_database() AND lower(schema_name) = lower(?)",
            [schema_name],
        ).fetchone()
        return bool(found and found[0])

    @override
    def create_schema(self, schema_name: str) -> None:
        self.database.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(schema_name)}")

    @override
    def table_exists(self, full_table_name: str | FullyQualifiedName) -> bool:
        return bool(self.table_types(str(full_table_name)))

    def table_types(self, table: str) -> dict[str, str]:
        """Return the types of a table's columns by their names; empty when there is no table."""
        try:
            described = self.database.execute(f"SELECT * FROM {table} LIMIT 0").description
        except duckdb.CatalogException:
            return {}
        return {name: str(kind) for name, kind, *_ in described or ()}

    # Tables

    @override
    def prepare_table(
        self,
        full_table_name: str | FullyQualifiedName,
        schema: dict[str, Any],
        primary_keys: Sequence[str],
        partition_keys: list[str] | None = None,
        as_temp_table: bool = False,
    ) -> None:
        """Make the table, or widen it, so that it holds what the schema describes."""
        assert isinstance(full_table_name, FullyQualifiedName)  # noqa: S101 (the sink's)
        table = str(full_table_name)
        columns = self.columns(full_table_name, schema)
        other_names = renamed({each.name: each.column for each in columns})
        for name, column in other_names.items():
            self.logger.warning(
                "Table %s: property '%s' is in column '%s', as DuckDB %s.",
                table,
                name,
                column,
                "does not tell it from another one's" if name else "has no column without a name",
            )
        with self.transaction() as database:
            self.widen(table, columns)
            wanted = {
                column.column: comments.of_renamed(column.name, column.description)
                if column.name in other_names
                else column.description
                for column in columns
            }
            comments.write(database, full_table_name, wanted | {"": schema.get("description")})

    def columns(self, table: FullyQualifiedName, schema: Mapping[str, Any]) -> list[Column]:
        """Return the column of each property, with the type that it has or will have."""
        if not schema["properties"]:
            raise LoaderError(f"The schema of table {table} names no property: nothing to load.")
        existing = self.table_types(str(table))
        owners = comments.owners(comments.read(self.database, table))
        names = column_names(schema["properties"], existing, owners)
        return [
            self._column(name, names[name], prop, existing)
            for name, prop in schema["properties"].items()
        ]

    def claim(self, table: str, stream: str) -> None:
        """Note that a stream is loaded into a table.

        Raises:
            LoaderError: When another stream is, whose rows would be mixed with these.
        """
        other = self._streams.setdefault(table, stream)
        if other != stream:
            raise LoaderError(
                f"The streams '{other}' and '{stream}' would both be loaded into {table}. Give one "
                "of them another name (stream_maps, __alias__), or load it into another schema."
            )

    def is_first_batch(self, table: str) -> bool:
        """Return whether no batch was written into the table yet in this run, and note this one."""
        is_first = table not in self._loaded
        self._loaded.add(table)
        return is_first

    def empty_unless_loaded(self, table: str) -> None:
        """Remove all rows of a table into which a complete run brought none."""
        if table not in self._loaded and not self.is_interrupted:
            self.database.execute(f"DELETE FROM {table}")

    def give_oldest_version(self, table: str, column: str) -> None:
        """Let rows from before the first version be older than it."""
        self.database.execute(
            f"UPDATE {table} SET {quoted(column)} = 0 WHERE {quoted(column)} IS NULL"
        )

    def widen(self, table: str, columns: Sequence[Column]) -> None:
        """Create, add or alter columns until the table holds what these do.

        The columns' types become those of the table. To be called inside a transaction.
        """
        existing = self.table_types(table)
        if not existing:
            self._create(table, columns)
            return
        for column in columns:
            if column.column not in existing:
                self.database.execute(
                    f"ALTER TABLE {table} ADD COLUMN {quoted(column.column)} {column.type}"
                )
                continue
            there = existing[column.column]
            column.type = joined(there, column.type)
            if column.type != there:
                self._alter(table, column, there)

    def _column(
        self, name: str, column: str, schema: Mapping[str, Any], existing: Mapping[str, str]
    ) -> Column:
        nested = self.config["nested_type"] == "STRUCT"
        node = node_of(schema, nested=nested)
        wanted = sql_type(node, MOMENT_TYPES[self.config["timestamp_type"]])
        there = existing.get(column)
        return Column(
            name=name,
            column=column,
            node=node,
            type=joined(there, wanted) if there else wanted,
            description=schema.get("description"),
        )

    def _create(self, table: str, columns: Sequence[Column]) -> None:
        body = ", ".join(f"{quoted(column.column)} {column.type}" for column in columns)
        self.database.execute(f"CREATE TABLE {table} ({body})")
        self.logger.info("Created table %s with %d columns.", table, len(columns))

    def _alter(self, table: str, column: Column, there: str) -> None:
        name = quoted(column.column)
        if column.type == "DOUBLE" and there != "FLOAT" and self._is_inexact(table, name):
            column.type = "VARCHAR"
        if column.type == "JSON":
            value = f"to_json({name})"
        elif column.type == "VARCHAR" and there in {"DOUBLE", "FLOAT"}:
            value = _NUMBER_AS_TEXT.format(name=name)
        else:
            value = f"CAST({name} AS {column.type})"
        try:
            self.database.execute(
                f"ALTER TABLE {table} ALTER COLUMN {name} TYPE {column.type} USING {value}"
            )
        except duckdb.Error as error:
            raise LoaderError(
                f"Column {name} of table {table} is {there}, and must become {column.type} to hold "
                f"what the stream sends. DuckDB refuses: {error}. Rename the table, and the next "
                "run makes it anew."
            ) from error
        self.logger.info("Widened column %s of table %s to %s.", name, table, column.type)

    def _is_inexact(self, table: str, name: str) -> bool:
        found = self.database.execute(
            f"SELECT count(*) FROM {table} WHERE CAST(CAST({name} AS DOUBLE) AS HUGEINT) <> {name}"
        ).fetchone()
        return bool(found and found[0])
