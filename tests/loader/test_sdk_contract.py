"""What the loader takes for granted of the SDK, private members included."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from singer_sdk.mapper import SameRecordTransform
from singer_sdk.plugin_base import BaseSingerReader, PluginBase
from singer_sdk.sql.sink import SQLSink
from singer_sdk.sql.target import SQLTarget
from singer_sdk.target_base import Target
from target_duckdb_edr.target import TargetDuckDB

from tests.loader.conftest import INTEGER, Warehouse, activate, record, schema, state


@pytest.mark.parametrize(
    ("owner", "name", "parameters"),
    [
        (Target, "_process_record_message", ["self", "message_dict"]),
        (Target, "_process_schema_message", ["self", "message_dict"]),
        (Target, "_process_batch_message", ["self", "message_dict"]),
        (Target, "_process_state_message", ["self", "message_dict"]),
        (Target, "_process_activate_version_message", ["self", "message_dict"]),
        (Target, "_write_state_message", ["self", "state"]),
        (Target, "_handle_termination", ["self", "signum", "frame"]),
        (Target, "_assert_sink_exists", ["self", "stream_name"]),
        (BaseSingerReader, "_assert_line_requires", ["self", "message_dict", "requires"]),
        (PluginBase, "_validate_config", ["self", "raise_errors"]),
        (SQLTarget, "get_sink", ["self", "stream_name", "record", "schema", "key_properties"]),
        (SQLSink, "process_batch", ["self", "context"]),
    ],
)
def test_members_are_what_they_were(owner: type, name: str, parameters: list[str]) -> None:
    assert list(inspect.signature(vars(owner)[name]).parameters) == parameters


def test_the_sdk_calls_each_of_them(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    for name in [
        "_process_schema_message",
        "_process_record_message",
        "_process_state_message",
        "_process_activate_version_message",
        "_write_state_message",
        "_validate_config",
    ]:
        spy(monkeypatch, name, called)
    table = schema("t", ["id"], id=INTEGER)
    warehouse.load(table, record("t", id=1), state(t=1), activate("t", 1))
    assert called == [
        "_validate_config",
        "_process_schema_message",
        "_process_record_message",
        "_process_state_message",
        "_process_activate_version_message",
        "_write_state_message",
        "_write_state_message",
    ]


def spy(monkeypatch: pytest.MonkeyPatch, name: str, called: list[str]) -> None:
    original = getattr(TargetDuckDB, name)

    def spying(self: Any, *args: Any, **kwargs: Any) -> Any:
        called.append(name)
        return original(self, *args, **kwargs)

    monkeypatch.setattr(TargetDuckDB, name, spying)


def test_a_plain_stream_map_leaves_records_as_they_are() -> None:
    plain = SameRecordTransform(
        stream_alias="t",
        raw_schema={"properties": {"id": {}}},
        key_properties=["id"],
        flattening_options=None,
    )
    row = {"id": 1, "other": {"deep": [1]}}
    assert plain.transform(dict(row)) == row
    assert plain.flattening_enabled is False


def test_a_sink_is_drained_before_the_state_is_written() -> None:
    source = inspect.getsource(Target.drain_all)
    assert source.index("_drain_all(self._sinks_active") < source.index("_write_state_message")
