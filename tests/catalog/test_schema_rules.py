"""Rules that hold for the schema of every stream, new ones included."""

from __future__ import annotations

import importlib.resources
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.catalog.catalogs import STREAMS, TAPS, tap_of
from tests.catalog.conftest import Entry

# Columns beside the keys without which a record of the stream means nothing.
ALSO_REQUIRED = {("tap-cortex-xdr", "events"): {"alert_id"}}
# What is named like a time and is none, or is written by the vendor in words.
NO_TIMES = {("tap-gravityzone", "events"): {"lastupdate", "updatesigam"}}
LIKE_A_TIME = re.compile(r"(_ts|_timestamp|_time|_date|_at|Date|Time|Processed|Updated|Change)$")
EVERY_STREAM = pytest.mark.parametrize(("tap", "stream"), STREAMS)


def types(column: dict[str, Any]) -> list[str]:
    declared = column["type"]
    return [declared] if isinstance(declared, str) else declared


def nested(name: str, column: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield a column and all properties within it, with their paths."""
    yield name, column
    for inner, each in column.get("properties", {}).items():
        yield from nested(f"{name}.{inner}", each)
    if "items" in column:
        yield from nested(f"{name}[]", column["items"])


def columns(entry: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, column in entry["schema"]["properties"].items():
        yield from nested(name, column)


@EVERY_STREAM
def test_schema_is_a_closed_question(tap: str, stream: str, entry: Entry) -> None:
    schema = entry(tap, stream)["schema"]
    Draft202012Validator.check_schema(schema)
    assert schema["type"] == "object"
    for name, column in columns(entry(tap, stream)):
        assert not {"$ref", "anyOf", "oneOf", "allOf", "enum", "pattern"} & column.keys(), name
        assert len([each for each in types(column) if each != "null"]) == 1, name


@EVERY_STREAM
def test_every_property_is_described_in_words_of_its_own(
    tap: str, stream: str, entry: Entry
) -> None:
    described = {
        name: column.get("description", "")
        for name, column in columns(entry(tap, stream))
        if not name.endswith("[]")
    }
    for name, text in described.items():
        assert len(text) > 10, f"{name} is not described"
        assert text == text.strip(), name
        assert text.endswith((".", ")")), f"{name}: {text}"
    top_level = [text for name, text in described.items() if "." not in name and "[]" not in name]
    assert not [text for text, count in Counter(top_level).items() if count > 1]


@EVERY_STREAM
def test_everything_but_keys_is_nullable(tap: str, stream: str, entry: Entry) -> None:
    required = {*entry(tap, stream)["key_properties"], *ALSO_REQUIRED.get((tap, stream), ())}
    for name, column in columns(entry(tap, stream)):
        if name in required:
            assert "null" not in types(column), f"{name} is a key"
        else:
            assert "null" in types(column), f"{name} may be absent"
    assert set(entry(tap, stream)["schema"]["required"]) == required


@EVERY_STREAM
def test_times_are_date_times(tap: str, stream: str, entry: Entry) -> None:
    none = NO_TIMES.get((tap, stream), set())
    for name, column in columns(entry(tap, stream)):
        if column.get("format"):
            assert column["format"] == "date-time", name
            assert types(column) == ["string", "null"], name
        elif LIKE_A_TIME.search(name) and name not in none:
            assert types(column)[0] == "array", f"{name} is named like a time"
            assert column["items"].get("format") == "date-time", name


@EVERY_STREAM
def test_arrays_say_what_they_hold(tap: str, stream: str, entry: Entry) -> None:
    for name, column in columns(entry(tap, stream)):
        if "array" in types(column):
            assert "null" in types(column["items"]), f"{name} may hold null"


@EVERY_STREAM
def test_unknown_fields_have_a_place(tap: str, stream: str, entry: Entry) -> None:
    properties = entry(tap, stream)["schema"]["properties"]
    assert types(properties["_extra"]) == ["object", "null"]
    assert "properties" not in properties["_extra"]
    assert list(properties)[-1] == "_extra"


@EVERY_STREAM
def test_keys_come_first_and_are_automatic(tap: str, stream: str, entry: Entry) -> None:
    catalog = entry(tap, stream)
    keys = catalog["key_properties"]
    assert keys
    assert set(list(catalog["schema"]["properties"])[: len(keys)]) == set(keys)
    inclusions = {tuple(each["breadcrumb"]): each["metadata"] for each in catalog["metadata"]}
    for name in (*keys, *filter(None, [catalog.get("replication_key")])):
        assert inclusions["properties", name]["inclusion"] == "automatic", name


@EVERY_STREAM
def test_the_replication_key_is_a_time(tap: str, stream: str, entry: Entry) -> None:
    catalog = entry(tap, stream)
    if catalog["replication_method"] == "FULL_TABLE":
        assert "replication_key" not in catalog
    else:
        column = catalog["schema"]["properties"][catalog["replication_key"]]
        assert column["format"] == "date-time"


@EVERY_STREAM
def test_a_tenant_label_leads_the_keys(tap: str, stream: str, entry: Entry) -> None:
    plain = entry(tap, stream)
    labelled = tap_of(tap, tenant="north").catalog_dict["streams"]
    (catalog,) = [each for each in labelled if each["tap_stream_id"] == stream]
    assert list(catalog["key_properties"]) == ["_tenant", *plain["key_properties"]]
    properties = catalog["schema"]["properties"]
    assert next(iter(properties)) == "_tenant"
    assert properties["_tenant"]["type"] == "string"
    assert "_tenant" in catalog["schema"]["required"]
    assert properties.keys() - plain["schema"]["properties"].keys() == {"_tenant"}
    shaper = tap_of(tap, tenant="north").streams[stream].shaper  # type: ignore[attr-defined]
    record = shaper.shape(dict.fromkeys(plain["key_properties"], "1"))
    assert next(iter(record.as_dict())) == "_tenant"


@pytest.mark.parametrize("tap", TAPS)
def test_each_stream_has_a_schema_file_of_its_name(tap: str) -> None:
    folder = importlib.resources.files(f"{tap.replace('-', '_')}.schemas")
    files = {file.name.removesuffix(".json") for file in folder.iterdir() if ".json" in file.name}
    assert files == {stream for name, stream in STREAMS if name == tap}
