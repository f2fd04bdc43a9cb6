"""What the kit takes for granted of the SDK, private members included."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from singer_sdk import Stream, Tap
from singer_sdk.helpers._state import StateWriter
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.plugin_base import PluginBase
from singer_sdk.singerlib import Catalog
from tap_cortex_xdr.tap import TapCortexXDR
from tap_gravityzone.tap import TapGravityZone

SCHEMA = {
    "type": "object",
    "properties": {"id": {"type": "string"},
                   "at": {"type": ["string", "null"], "format": "date-time"},
                   "flag": {"type": ["boolean", "null"]}, "other": {"type": ["object", "null"]}},
}  # fmt: skip
ROWS = [{"id": str(number), "at": f"2026-01-0{number}T00:00:00Z"} for number in range(1, 6)]


class Written(list[dict[str, Any]]):
    """A message writer that keeps what it is given."""

    def write_message(self, message: Any) -> None:
        self.append(json.loads(json.dumps(message.to_dict(), default=str)))

    def __bool__(self) -> bool:
        return True  # the SDK takes its own writer instead of a false one

    @property
    def kinds(self) -> list[str]:
        return [f"{message['type']!s} {message.get('stream', '')}".strip() for message in self]


class Lead(Stream):
    """A stream as the kit makes them, on the SDK's own base class."""

    name = "lead"
    schema = SCHEMA
    primary_keys = ("id",)
    replication_key = "at"
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE
    STATE_MSG_FREQUENCY = 2
    is_sorted = True
    rows: list[dict[str, Any]] = ROWS

    def get_records(self, context: Any) -> Iterator[dict[str, Any]]:
        self.events: list[Any] = []
        self.contexts = [*getattr(self, "contexts", []), context]
        for row in self.rows:
            yield dict(row)

    def generate_child_contexts(self, record: Any, context: Any) -> Iterable[Any]:  # noqa: ARG002
        return ()

    def _write_record_message(self, record: dict[str, Any]) -> None:
        super()._write_record_message(record)
        self.events.append(("written", record["id"]))

    def _increment_stream_state(self, latest_record: Any, *, context: Any = None) -> None:  # noqa: ARG002
        self.events.append(("counted", latest_record["id"]))
        self.stream_state["replication_key_value"] = latest_record["at"]


class Child(Stream):
    """A follower: the SDK must leave its reading alone."""

    name = "child"
    schema = SCHEMA
    primary_keys = ("id",)
    parent_stream_type = Lead
    synced = 0

    def get_records(self, _: Any) -> Iterable[dict[str, Any]]:
        Child.synced += 1
        return ()


class Plain(Tap):
    """A tap of the two streams."""

    name = "tap-contract"
    config_jsonschema: dict[str, Any] = {"type": "object", "properties": {}}  # noqa: RUF012

    def discover_streams(self) -> list[Stream]:
        return [Lead(self), Child(self)]


@pytest.fixture
def written() -> Written:
    return Written()


@pytest.fixture
def tap(written: Written) -> Plain:
    Child.synced = 0
    return Plain(config={}, message_writer=written)


def stream(tap: Tap, name: str) -> Any:
    return tap.streams[name]


@pytest.mark.parametrize("base", [TapGravityZone, TapCortexXDR, Plain])
def test_settings_are_validated_by_the_private_member_in_the_constructor(
    base: type[Tap], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    monkeypatch.setattr(
        base, "_validate_config", lambda _, *, raise_errors: calls.append(raise_errors) or []
    )
    base(config={}, validate_config=False)
    base(config={}, validate_config=True)
    assert calls == [False, True]


def test_the_signature_that_validation_overrides() -> None:
    signature = inspect.signature(PluginBase._validate_config)
    assert list(signature.parameters) == ["self", "raise_errors"]
    assert signature.parameters["raise_errors"].kind is inspect.Parameter.KEYWORD_ONLY
    assert signature.parameters["raise_errors"].default is True


def test_defaults_injected_by_validation_are_in_force() -> None:
    assert "max_retries" in TapGravityZone(config={}, validate_config=False).config


def test_the_environment_is_read_by_the_private_member(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{TapGravityZone._env_var_prefix}TENANT", "north")
    assert TapGravityZone._env_var_config == {"tenant": "north"}
    monkeypatch.setenv(f"{TapGravityZone._env_var_prefix}MAX_RETRIES", "many")
    with pytest.raises(ValueError, match="invalid literal"):
        _ = TapGravityZone._env_var_config


def test_state_moves_once_for_each_record_and_after_it_was_written(tap: Plain) -> None:
    tap.sync_all()
    expected = [(what, row["id"]) for row in ROWS for what in ("written", "counted")]
    assert stream(tap, "lead").events == expected


def test_the_signature_that_the_bookmark_overrides() -> None:
    parameters = inspect.signature(Stream._increment_stream_state).parameters
    assert list(parameters) == ["self", "latest_record", "context"]
    assert parameters["context"].kind is inspect.Parameter.KEYWORD_ONLY


def test_what_the_override_puts_into_the_state_is_what_is_written(
    tap: Plain, written: Written
) -> None:
    tap.sync_all()
    states = [message["value"] for message in written if message["type"] == "STATE"]
    reached = [state["bookmarks"]["lead"].get("replication_key_value") for state in states]
    assert list(dict.fromkeys(reached)) == [ROWS[1]["at"], ROWS[3]["at"], ROWS[4]["at"]]


def test_the_replication_key_survives_deselection(tap: Plain) -> None:
    catalog = tap.catalog_dict
    for entry in catalog["streams"]:
        for metadata in entry["metadata"]:
            metadata["metadata"]["selected"] = metadata["breadcrumb"] != ["properties", "at"]
    deselecting = Plain(config={}, catalog=catalog, message_writer=Written())
    deselecting.sync_all()
    assert deselecting.state["bookmarks"]["lead"]["replication_key_value"] == ROWS[4]["at"]


def test_a_schema_message_is_exactly_one(tap: Plain, written: Written) -> None:
    stream(tap, "child")._write_schema_message()
    assert written.kinds == ["SCHEMA child"]
    assert written[0]["key_properties"] == ["id"]


def test_a_record_message_is_exactly_one_and_has_no_other_effect(
    tap: Plain, written: Written
) -> None:
    child = stream(tap, "child")
    child._write_record_message({"id": "1", "flag": None})
    assert written.kinds == ["RECORD child"]
    assert written[0]["record"] == {"id": "1", "flag": None}
    assert child.stream_state == {}


def test_a_record_message_drops_deselected_columns_from_the_record_itself(
    written: Written,
) -> None:
    catalog = Plain(config={}).catalog_dict
    for entry in catalog["streams"]:
        for metadata in entry["metadata"]:
            metadata["metadata"]["selected"] = metadata["breadcrumb"] != ["properties", "flag"]
    tap = Plain(config={}, catalog=catalog, message_writer=written)
    record = {"id": "1", "flag": True}
    stream(tap, "child")._write_record_message(record)
    assert written[0]["record"] == {"id": "1"}
    assert record == {"id": "1"}, "a follower takes what it needs from the record before"


def test_a_child_is_not_synced_by_the_tap(tap: Plain, written: Written) -> None:
    tap.sync_all()
    assert Child.synced == 0
    assert "SCHEMA child" not in written.kinds
    assert written.kinds.count("SCHEMA lead") == 1
    assert stream(tap, "lead").child_streams == [stream(tap, "child")]


def test_no_child_contexts_no_child_syncs(tap: Plain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(Lead, "generate_child_contexts")
    monkeypatch.setattr(Lead, "get_child_context", lambda *_, **__: {"lead": "x"}, raising=False)
    tap.sync_all()
    assert Child.synced == len(ROWS), "the SDK's own method syncs a child for each record"


def test_a_deselected_lead_of_a_selected_child_is_read_and_not_written(written: Written) -> None:
    catalog = Plain(config={}).catalog_dict
    for entry in catalog["streams"]:
        for metadata in entry["metadata"]:
            metadata["metadata"]["selected"] = entry["stream"] == "child"
    tap = Plain(config={}, catalog=catalog, message_writer=written)
    tap.sync_all()
    assert stream(tap, "lead").contexts == [None]
    assert not [kind for kind in written.kinds if kind.startswith("RECORD")]


def test_a_state_that_did_not_change_is_written_once(written: Written) -> None:
    writer = StateWriter(written)
    state = {"bookmarks": {"lead": {"at": [1]}}}
    writer.write_state(state)
    writer.write_state(state)
    state["bookmarks"]["lead"]["at"].append(2)
    writer.write_state(state)
    assert [message["value"]["bookmarks"]["lead"]["at"] for message in written][-1] == [1, 2]
    assert len(written) == 2


def test_the_public_state_writer_is_the_one_in_use(tap: Plain, written: Written) -> None:
    stream(tap, "lead").stream_state["own"] = {"memory": 1}
    tap.state_writer.write_state(stream(tap, "lead").tap_state)
    assert written[-1]["value"] == {"bookmarks": {"lead": {"own": {"memory": 1}}}}
    assert tap.state == written[-1]["value"]


def test_own_members_of_the_state_survive_a_run_and_a_reload(written: Written) -> None:
    own = {"memory": {"a": ["b"]}, "start_date": None}
    again = Plain(config={}, state={"bookmarks": {"lead": own}}, message_writer=written)
    again.sync_all()
    assert own.items() <= written[-1]["value"]["bookmarks"]["lead"].items()


def test_conformance_none_leaves_the_record_alone(tap: Plain, written: Written) -> None:
    record = {"id": "1", "flag": "no boolean", "other": {"a": [None, 10**30]}, "unknown": 1}
    stream(tap, "child").TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE
    stream(tap, "child")._write_record_message(dict(record))
    stream(tap, "child").TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.RECURSIVE
    stream(tap, "child")._write_record_message(dict(record))
    assert written[0]["record"] == record
    assert written[1]["record"] != record, "other levels do change it"


def test_a_catalog_takes_the_keys_away(tap: Plain) -> None:
    catalog = tap.catalog_dict
    for entry in catalog["streams"]:
        for metadata in entry["metadata"]:
            if metadata["breadcrumb"] == []:
                metadata["metadata"] |= {"table-key-properties": ["at"], "replication-key": "id"}
        entry |= {"key_properties": ["at"], "replication_key": "id"}
    stream(tap, "lead").apply_catalog(Catalog.from_dict(catalog))
    assert list(stream(tap, "lead").primary_keys) == ["at"]
    assert stream(tap, "lead").replication_key == "id"


def test_the_version_that_records_carry(tap: Plain, written: Written) -> None:
    """The SDK reads ``_stream_version`` for each record, and writes the message when it is told."""
    lead = stream(tap, "lead")
    lead._stream_version = 7
    lead.sync()
    lead._write_activate_version_message(7)
    assert {each["version"] for each in written if each["type"] == "RECORD"} == {7}
    assert written[-1] == {"type": "ACTIVATE_VERSION", "stream": "lead", "version": 7}


def test_the_property_that_keeps_the_sdk_from_writing_it_first(written: Written) -> None:
    config = {"emit_activate_version_messages": True}
    tap = Plain(config=config, message_writer=written)
    lead = stream(tap, "lead")
    lead.replication_key = None
    lead.sync()
    kinds = written.kinds
    assert kinds.index("ACTIVATE_VERSION lead") < kinds.index("RECORD lead")
