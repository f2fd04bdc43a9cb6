"""Settings and the command line."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from singer_sdk.exceptions import ConfigValidationError
from target_duckdb_edr.errors import LoaderError

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
        ({"filepath": ":memory:"}, "gone with the run"),
        ({"filepath": "./:memory:mine"}, "gone with the run"),
        ({"filepath": "s3://bucket/x.duckdb"}, "not a URL"),
    ],
)
def test_settings_that_are_not_usable(
    warehouse: Warehouse,
    config: dict[str, object],
    complaint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)  # where a path that is taken after all does no harm
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


def test_numbers_from_the_environment(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TARGET_DUCKDB_EDR_FILEPATH", str(warehouse.path))
    monkeypatch.setenv("TARGET_DUCKDB_EDR_LOCK_WAIT_SECONDS", "10")
    monkeypatch.setenv("TARGET_DUCKDB_EDR_BATCH_WAIT_LIMIT_SECONDS", "1.5")
    monkeypatch.setenv("TARGET_DUCKDB_EDR_BATCH_SIZE_ROWS", "3000")
    done = command("--config=ENV", messages=[TABLE])
    assert done.returncode == 0, done.stderr
    assert warehouse.rows("SELECT count(*) FROM main.t") == [(0,)]


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("LOCK_WAIT_SECONDS", "soon", "lock_wait_seconds"),
        ("LOCK_WAIT_SECONDS", "nan", "lock_wait_seconds"),
        ("BATCH_SIZE_ROWS", "abc", "'batch_size_rows' must be an integer, not 'abc'"),
        ("THREADS", "", "'threads' must be an integer, not ''"),
        ("STREAM_MAPS", "{", "no JSON"),
    ],
)
def test_an_environment_that_is_not_usable(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, complaint: str
) -> None:
    monkeypatch.setenv("TARGET_DUCKDB_EDR_FILEPATH", "unused.duckdb")
    monkeypatch.setenv(f"TARGET_DUCKDB_EDR_{name}", text)
    done = command("--config=ENV")
    assert done.returncode == 1
    (error,) = [line for line in done.stderr.splitlines() if "ERROR" in line]
    assert complaint in error
    assert "Traceback" not in done.stderr


def test_fractions_are_validated_as_they_were_written(warehouse: Warehouse) -> None:
    price = {"type": "number", "multipleOf": 0.01, "maximum": 1e300}
    strict = schema("t", ["id"], id={"type": "integer"}, price=price)
    warehouse.load(
        strict,
        record("t", id=1, price=1.13),
        record("t", id=2.0, price=1e300),
        strict,  # just the same: nothing is made anew
        validate_records=True,
    )
    assert warehouse.rows("SELECT id, price FROM vendor.t") == [(1, 1.13), (2, 1e300)]
    for value, complaint in ((1.125, "1.125 is not a multiple of 0.01"), (math.nan, "NaN")):
        with pytest.raises(LoaderError, match=complaint):
            warehouse.load(strict, record("t", id=3, price=value), validate_records=True)


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


@pytest.mark.parametrize("content", [b"{", b"[1]", b"\xff"])
def test_a_settings_file_that_is_none(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "settings.json"
    file.write_bytes(content)
    done = command("--config", str(file))
    assert done.returncode == 1
    assert f"{file} is not readable as a JSON object" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_settings_file_that_is_missing() -> None:
    done = command("--config", "missing.json")
    assert done.returncode == 1
    assert "missing.json" in done.stderr
    assert "Traceback" not in done.stderr
