"""Settings and the command line."""

from __future__ import annotations

import json

import pytest
from singer_sdk.exceptions import ConfigValidationError

from tests.loader.conftest import INTEGER, Warehouse, command, record, schema

TABLE = schema("t", ["id"], id=INTEGER)


@pytest.mark.parametrize(
    ("config", "complaint"),
    [
        ({"file_path": "x"}, "Do you mean 'filepath'"),
        ({"schema_mapping": {}}, "'schema_mapping' does not exist"),
        ({"data_flattening_max_level": 1}, "flattening_enabled"),
        ({"flush_all_streams": False}, "flush_all_streams"),
        ({"load_method": "replace"}, "replace"),
        ({"batch_size_rows": 0}, "batch_size_rows"),
        ({"timestamp_type": "TEXT"}, "timestamp_type"),
        ({"filepath": "md:mine"}, "MotherDuck"),
        ({"filepath": None}, "filepath"),
    ],
)
def test_settings_that_are_not_usable(
    warehouse: Warehouse, config: dict[str, object], complaint: str
) -> None:
    with pytest.raises(ConfigValidationError) as error:
        warehouse.load(TABLE, **config)
    assert complaint in " ".join(error.value.errors)


def test_names_of_target_duckdb(warehouse: Warehouse) -> None:
    warehouse.config["path"] = warehouse.config.pop("filepath")
    warehouse.load(
        TABLE,
        record("t", id=1),
        add_metadata_columns=True,
        flush_all_streams=True,
        primary_key_required=True,
        data_flattening_max_level=0,
        validate_records=True,
    )
    assert "_sdc_batched_at" in warehouse.types("t")


def test_records_are_validated_on_demand(warehouse: Warehouse) -> None:
    strict = schema("t", ["id"], id={"type": "integer", "maximum": 5})
    warehouse.load(strict, record("t", id=6))
    done = warehouse.run(strict, record("t", id=7), validate_records=True)
    assert done.returncode == 1
    assert "maximum of 5" in done.stderr
    assert "Traceback" not in done.stderr
    assert warehouse.rows("SELECT id FROM vendor.t") == [(6,)]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("no json", "not a Singer message"),
        ("[1]", "not a Singer message"),
        ('{"type": "SOMETHING"}', "unknown type"),
        ('{"record": {}}', "unknown type"),
        ('{"type": "RECORD", "stream": "other", "record": {"id": 1}}', "other"),
        ('{"type": "RECORD", "stream": "t"}', "record"),
        ('{"type": "RECORD", "stream": "t", "record": [1]}', "no object"),
        ('{"type": "RECORD", "stream": "t", "record": {}}', "lacks its key id"),
        ('{"type": "ACTIVATE_VERSION", "stream": "other", "version": 1}', "other"),
        ('{"type": "BATCH", "stream": "t"}', "manifest"),
        ('{"type": "SCHEMA", "stream": "t", "schema": {}}', "properties"),
        ('{"type": "SCHEMA", "stream": "u", "schema": {"properties": {}}}', "no property"),
        (json.dumps(schema("u", ["b"], a={})), "key 'b'"),
    ],
)  # fmt: skip
def test_messages_that_are_none(warehouse: Warehouse, line: str, complaint: str) -> None:
    done = warehouse.run(TABLE, record("t", id=1), line)
    assert done.returncode == 1
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr


def test_flattening_and_stream_maps(warehouse: Warehouse) -> None:
    nested = {"type": "object", "properties": {"a": INTEGER, "b": INTEGER}}
    warehouse.load(
        schema("t", ["id"], id=INTEGER, deep=nested),
        record("t", id=1, deep={"a": 1, "b": 2}),
        record("t", id=2, deep={"a": 3, "b": 4}),
        flattening_enabled=True,
        flattening_max_depth=1,
        stream_maps={"t": {"__filter__": "id > 1"}},
    )
    assert warehouse.rows("SELECT id, deep__a, deep__b FROM vendor.t") == [(2, 3, 4)]


def test_about_names_every_setting() -> None:
    done = command("--about", "--format=json")
    assert done.returncode == 0, done.stderr
    names = json.loads(done.stdout)["settings"]["properties"]
    assert {"filepath", "batch_wait_limit_seconds", "stream_maps", "batch_config"} <= names.keys()
    assert all("description" in each for each in names.values())


def test_a_settings_file_that_is_missing() -> None:
    done = command("--config", "missing.json")
    assert done.returncode == 1
    assert "missing.json" in done.stderr
    assert "Traceback" not in done.stderr
