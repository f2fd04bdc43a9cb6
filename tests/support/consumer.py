"""A strict consumer of Singer messages: it believes nothing that it has not checked."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from tests.support import batches

Record = dict[str, Any]


@dataclass
class Consumer:
    """Takes messages line by line; raises ``AssertionError`` at the first that breaks the protocol.

    Attributes:
        records: All records by stream, in the order they were written.
        initial: The state that the run began with.
        states: The values of all STATE messages.
        versions: The version of each record, by stream.
        activated: The version that an ACTIVATE_VERSION message made the valid one, by stream.
    """

    schemas: dict[str, Record] = field(default_factory=dict)
    keys: dict[str, list[str]] = field(default_factory=dict)
    records: dict[str, list[Record]] = field(default_factory=dict)
    initial: Record = field(default_factory=dict)
    states: list[Record] = field(default_factory=list)
    versions: dict[str, list[int | None]] = field(default_factory=dict)
    activated: dict[str, int] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    _validators: dict[str, Draft202012Validator] = field(default_factory=dict)
    _newest: dict[str, str] = field(default_factory=dict)
    _bookmark_columns: dict[str, str] = field(default_factory=dict)

    def take_all(self, lines: Iterable[str]) -> Consumer:
        """Take all lines."""
        for line in lines:
            self.take(json.loads(line, parse_constant=_no_constant))
        return self

    def take(self, message: Record) -> None:
        """Take one message."""
        kind = message["type"]
        self.order.append(f"{kind} {message.get('stream', '')}".strip())
        match kind:
            case "SCHEMA":
                self._take_schema(message)
            case "RECORD":
                self._take_record(message)
            case "BATCH":
                for record in batches.records_of(message, self.schemas[message["stream"]]):
                    self._take_record({**message, "record": record})
            case "STATE":
                self._take_state(message["value"])
            case "ACTIVATE_VERSION":
                self._take_version(message["stream"], message["version"])
            case _:
                raise AssertionError(f"unexpected message {kind}")

    def table(self, stream: str) -> dict[tuple[Any, ...], Record]:
        """Return the stream as an upserting loader holds it: the newest record by key."""
        keys = self.keys[stream]
        return {tuple(row[key] for key in keys): row for row in self.records.get(stream, [])}

    @property
    def state(self) -> Record:
        """The last STATE."""
        return self.states[-1]

    def _take_schema(self, message: Record) -> None:
        stream = message["stream"]
        assert stream not in self.schemas, f"a second SCHEMA message of {stream}"
        schema = message["schema"]
        Draft202012Validator.check_schema(schema)
        assert message["key_properties"], f"{stream} has no key"
        assert set(message["key_properties"]) <= set(schema["properties"])
        self.schemas[stream] = schema
        self.keys[stream] = message["key_properties"]
        self.records[stream] = []
        if message.get("bookmark_properties"):
            self._bookmark_columns[stream] = message["bookmark_properties"][0]
        # Unknown columns would be dropped by most loaders without a word.
        closed = {**schema, "additionalProperties": False}
        self._validators[stream] = Draft202012Validator(closed, format_checker=FormatChecker())

    def _take_record(self, message: Record) -> None:
        stream, record = message["stream"], message["record"]
        assert stream in self.schemas, f"a record of {stream} before its SCHEMA"
        assert stream not in self.activated, f"a record of {stream} after its last version"
        self.versions.setdefault(stream, []).append(message.get("version"))
        self._validators[stream].validate(record)
        for key in self.keys[stream]:
            assert record[key] not in (None, ""), f"{stream} without {key}"
        for name, column in self.schemas[stream]["properties"].items():
            if column.get("format") == "date-time" and record.get(name) is not None:
                assert record[name].endswith("Z"), f"{stream}.{name} is not UTC: {record[name]}"
                datetime.fromisoformat(record[name])
        self.records[stream].append(record)
        column = self._bookmark_columns.get(stream)
        if column and record.get(column):
            written = record[column].removesuffix("Z")
            self._newest[stream] = max(self._newest.get(stream, ""), written)

    def _take_version(self, stream: str, version: int) -> None:
        assert stream in self.schemas, f"a version of {stream} before its SCHEMA"
        assert stream not in self.activated, f"a second version of {stream}"
        # A loader would take a row without the number for a vanished one.
        assert set(self.versions.get(stream, [])) <= {version}
        self.activated[stream] = version

    def _take_state(self, value: Record) -> None:
        before = self.states[-1] if self.states else self.initial
        for stream, bookmark in value.get("bookmarks", {}).items():
            reached = bookmark.get("replication_key_value")
            known = before.get("bookmarks", {}).get(stream, {}).get("replication_key_value")
            if reached and reached != known:
                newest = self._newest.get(stream, "")
                assert reached.removesuffix("Z") <= newest, (
                    f"STATE of {stream} is at {reached}, the newest record written at {newest}"
                )
        self.states.append(json.loads(json.dumps(value)))


def _no_constant(name: str) -> Any:
    raise AssertionError(f"{name} is no JSON")
