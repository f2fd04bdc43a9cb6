"""The target: messages in, states out, and the command line."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from functools import partial
from types import FrameType
from typing import Any, ClassVar

import click
import pyarrow as pa
import simplejson
from singer_sdk.exceptions import (
    ConfigValidationError,
)
from singer_sdk.helpers._batch import BaseBatchFileEncoding
from singer_sdk.helpers.capabilities import PluginCapabilities
from singer_sdk.mapper import SameRecordTransform, StreamMap
from singer_sdk.sinks.core import Sink
from singer_sdk.sql.target import SQLTarget
from typing_extensions import override

from target_duckdb_edr import batch_files, schemas, settings
from target_duckdb_edr.connector import DuckDBConnector
from target_duckdb_edr.ending import errors_said_once
from target_duckdb_edr.errors import LoaderError
from target_duckdb_edr.messages import MessageReader, RecordMessage, checked_version
from target_duckdb_edr.sink import DuckDBSink
from target_duckdb_edr.values import json_text, parsed

# Batches of wide rows are full before they have all their rows, so that memory stays bounded: as
# soon as they make whole row groups, which is quickest, or at twice that size. Where a table has so
# many columns that DuckDB needs more than the batch to write a part of a row group, at that size.
_FULL_BATCH_BYTES = 12_000_000
_BYTES_OF_A_COLUMN = 64_000
# The writing thread asks for the interpreter many times a batch. With Python's 5 ms it would wait
# for the reading one longer than it works, and two threads would be no faster than one.
_SECONDS_BETWEEN_THREADS = 0.0001
_ENVIRONMENT = "ENV"


class TargetDuckDB(SQLTarget):
    """A Singer target for DuckDB that loses neither rows nor values."""

    name = "target-duckdb-edr"
    config_jsonschema: ClassVar[dict[str, Any]] = settings.PROPERTIES
    default_sink_class = DuckDBSink
    message_reader_class = MessageReader
    capabilities: ClassVar[list[Any]] = [*SQLTarget.capabilities, PluginCapabilities.BATCH]

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.max_parallelism = 1  # one file, one writer
        self._pending_since: float | None = None
        self._pending_bytes = 0
        if isinstance(self.message_reader, MessageReader):
            self.message_reader.on_pause = self._drain_when_due

    @property
    def connector(self) -> DuckDBConnector:
        """The database that all streams share."""
        connector = self.target_connector
        assert isinstance(connector, DuckDBConnector)  # noqa: S101 (of the sink class)
        return connector

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        self.append_builtin_config(self.config_jsonschema)
        known = self.config_jsonschema["properties"]
        self._config = settings.typed(settings.with_own_names(self._config), known)
        found = settings.problems(self._config, known)
        if found and raise_errors:
            raise ConfigValidationError("Settings are not usable", errors=found, schema={})
        return found + super()._validate_config(raise_errors=raise_errors)

    # Messages

    @override
    def _process_schema_message(self, message_dict: dict[str, Any]) -> None:
        self._assert_line_requires(message_dict, {"stream", "schema"})
        schema = schemas.checked(message_dict["stream"], message_dict["schema"])
        super()._process_schema_message({**message_dict, "schema": schema})

    @override
    def _process_record_message(self, message_dict: Any) -> None:
        message: RecordMessage = message_dict
        checked_version(message.stream, message.version)
        if message.stream not in self.mapper.stream_maps:
            self._assert_sink_exists(message.stream)
        self._take(message.stream, message.record, message.time_extracted, message.version)

    def _take(
        self, stream: str, record: Any, extracted_at: str | None, version: int | None
    ) -> None:
        for stream_map in self.mapper.stream_maps[stream]:
            if is_plain(stream_map):
                sink = self._sink(stream_map.stream_alias)
                sink.take_json(record, extracted_at, version)
                self._count(sink, len(memoryview(record)))
            else:
                self._take_mapped(stream_map, bytes(record), extracted_at, version)

    def _take_mapped(
        self, stream_map: StreamMap, record: bytes, extracted_at: str | None, version: int | None
    ) -> None:
        mapped = stream_map.transform(parsed(record))
        if mapped is None:
            return  # the user's filter leaves it out
        sink = self._sink(stream_map.stream_alias)
        sink.take_json(json_text(mapped).encode(), extracted_at, version)
        self._count(sink, len(record))

    def _sink(self, stream: str) -> DuckDBSink:
        self._assert_sink_exists(stream)
        sink = self.get_sink(stream)
        assert isinstance(sink, DuckDBSink)  # noqa: S101 (default_sink_class)
        return sink

    @override
    def _process_state_message(self, message_dict: dict[str, Any]) -> None:
        super()._process_state_message(message_dict)
        self._note_pending()

    def _note_pending(self) -> None:
        if self._pending_since is None:
            self._pending_since = time.monotonic()

    def _count(self, sink: DuckDBSink, size: int) -> None:
        """Commit everything, and pass the state on, when there is enough of it."""
        self._note_pending()
        self._pending_bytes += size
        if sink.makes_row_groups:
            enough = _FULL_BATCH_BYTES
        else:
            enough = max(2 * _FULL_BATCH_BYTES, sink.width * _BYTES_OF_A_COLUMN)
        if sink.is_full or self._pending_bytes >= enough:
            self._drain()
        else:
            self._drain_when_due()

    def _drain_when_due(self) -> None:
        if (
            self._pending_since is not None
            and time.monotonic() - self._pending_since >= self.config["batch_wait_limit_seconds"]
        ):
            self._drain()

    def _drain(self) -> None:
        """Have everything committed that waits, once what was begun before is."""
        self.connector.writer.wait()
        self.drain_all()
        self._pending_since = None
        self._pending_bytes = 0

    @override
    def _process_batch_message(self, message_dict: dict[str, Any]) -> None:
        self._assert_line_requires(message_dict, {"stream", "encoding", "manifest"})
        stream = message_dict["stream"]
        version = checked_version(stream, message_dict.get("version"))
        self._assert_sink_exists(stream)
        encoding = BaseBatchFileEncoding.from_dict(message_dict["encoding"])
        files = message_dict["manifest"]
        for content in batch_files.contents(encoding, files, self._sink(stream).batch_storage):
            if isinstance(content, bytes):
                self._take(stream, content, None, version)
            else:
                self._take_table(stream, content, version)

    def _take_table(self, stream: str, batch: pa.RecordBatch, version: int | None) -> None:
        for stream_map in self.mapper.stream_maps[stream]:
            if is_plain(stream_map):
                sink = self._sink(stream_map.stream_alias)
                sink.take_table(batch, version)
                self._count(sink, batch.nbytes)
            else:
                for record in batch.to_pylist():
                    self._take_mapped(stream_map, json_text(record).encode(), None, version)

    @override
    def _process_activate_version_message(self, message_dict: dict[str, Any]) -> None:
        self._assert_line_requires(message_dict, {"stream", "version"})
        stream = message_dict["stream"]
        version = checked_version(stream, message_dict["version"])
        if version is None:
            raise LoaderError(f"Stream '{stream}': an ACTIVATE_VERSION message has no version.")
        self._assert_sink_exists(stream)
        self._drain()
        for stream_map in self.mapper.stream_maps[stream]:
            sink = self._sink(stream_map.stream_alias)
            if sink.process_activate_version_messages:
                sink.activate_version(version)
            else:
                self.logger.warning(
                    "Stream '%s' ends a full reading; process_activate_version_messages is off: no "
                    "row is taken for gone.",
                    sink.stream_name,
                )

    @override
    def get_sink(
        self,
        stream_name: str,
        *,
        record: dict[str, Any] | None = None,
        schema: dict[str, Any] | None = None,
        key_properties: Sequence[str] | None = None,
    ) -> Sink:
        if schema is not None:
            # What came under the old schema is written under it.
            self._drain()
            self.connector.writer.wait()
        return super().get_sink(
            stream_name, record=record, schema=schema, key_properties=key_properties
        )

    @override
    def _write_state_message(self, state: dict[str, Any]) -> None:
        """Pass a state on, just as it came, when all is committed that was begun before it."""
        self.connector.writer.begin(partial(_pass_on, simplejson.dumps(state, allow_nan=True)))

    # The end

    @override
    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        """Take what was read so far for the whole input: it is committed, then the run ends."""
        self.logger.info("Told to stop: committing what was read.")
        self.connector.is_interrupted = True
        if isinstance(self.message_reader, MessageReader):
            self.message_reader.stop()

    @override
    def process_endofpipe(self) -> None:
        self.connector.writer.wait()
        super().process_endofpipe()
        self.connector.writer.wait()
        self.connector.close()

    # Command line

    @classmethod
    @override
    def invoke(cls, **arguments: Any) -> None:
        sys.setswitchinterval(_SECONDS_BETWEEN_THREADS)
        with errors_said_once(cls.logger):
            super().invoke(**arguments)

    @classmethod
    @override
    def cb_config(cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]) -> Any:
        with errors_said_once(cls.logger):
            for each in value:
                if each == _ENVIRONMENT:
                    cls._check_environment()
                else:
                    settings.check_file(each)
            return super().cb_config(ctx, param, value)

    @classmethod
    def _check_environment(cls) -> None:
        try:
            cls._env_var_config  # noqa: B018 (read for the error that it may raise)
        except ValueError:
            known = cls.config_jsonschema["properties"]
            raise LoaderError(settings.environment_problem(known, cls._env_var_prefix)) from None


def _pass_on(state: str) -> None:
    if sys.stdout is None:
        raise LoaderError("Standard output is closed: a state cannot be passed on.")
    sys.stdout.write(f"{state}\n")
    sys.stdout.flush()


def is_plain(stream_map: StreamMap) -> bool:
    """Return whether a stream map leaves records as they are."""
    return type(stream_map) is SameRecordTransform and not stream_map.flattening_enabled
