"""Every document validates against the official schema of OCSF 1.8, and agrees with its columns."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

from tests.transform.conftest import SOURCES
from tests.transform.programs import TRANSFORM, Program
from tests.transform.warehouses import DuckDB

CLASSES = sorted(file.stem for file in (TRANSFORM / "models" / "ocsf").glob("ocsf_*.sql"))
_UIDS = {
    "ocsf_incident_finding": 2005,
    "ocsf_detection_finding": 2004,
    "ocsf_vulnerability_finding": 2002,
    "ocsf_device_inventory_info": 5001,
    "ocsf_process_activity": 1007,
    "ocsf_file_activity": 1001,
    "ocsf_registry_key_activity": 201001,
    "ocsf_network_activity": 4001,
    "ocsf_http_activity": 4002,
    "ocsf_dns_activity": 4003,
    "ocsf_peripheral_activity": 1010,
    "ocsf_api_activity": 6003,
    "ocsf_authentication": 3002,
    "ocsf_file_remediation_activity": 7002,
}


@pytest.fixture(scope="session")
def schemas() -> OcsfJsonSchemaEmbedded:
    """The official schema, as JSON Schema."""
    return OcsfJsonSchemaEmbedded(get_ocsf_schema(version="1.8.0"))


def validator(schemas: OcsfJsonSchemaEmbedded, document: dict[str, Any]) -> Any:
    """Return a validator for a document's class and profiles."""
    # Classes of an extension are listed under its name, such as win/registry_key_activity.
    (name,) = [
        name
        for name, known in get_ocsf_schema(version="1.8.0")["classes"].items()
        if known["uid"] == document["class_uid"]
    ]
    schema = schemas.get_class_schema(name, document["metadata"].get("profiles", []))
    return jsonschema.Draft202012Validator(schema)


def test_there_is_a_table_for_each_class() -> None:
    assert set(CLASSES) == set(_UIDS)


@pytest.mark.parametrize("table", CLASSES)
def test_every_document_is_valid(
    table: str, on_duckdb: DuckDB, schemas: OcsfJsonSchemaEmbedded
) -> None:
    validators: dict[str, Any] = {}
    rows = on_duckdb.rows(f"ocsf.{table}")
    assert rows
    for row in rows:
        document = row["ocsf"]
        profiles = str(document["metadata"].get("profiles"))
        if profiles not in validators:
            validators[profiles] = validator(schemas, document)
        errors = [error.message for error in validators[profiles].iter_errors(document)]
        assert not errors, (errors[:3], document)
        assert document["class_uid"] == row["class_uid"] == _UIDS[table]
        assert document["type_uid"] == row["type_uid"]
        assert document["type_uid"] == document["class_uid"] * 100 + document["activity_id"]
        assert document["severity_id"] == row["severity_id"]
        assert document["metadata"]["uid"] == row["uid"]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"severity_id": 7}, "7"),
        ({"severity_id": "high"}, "high"),
        ({"hostname": "pc"}, "hostname"),
        ({"time": None}, "time"),
        ({"assignee": None, "assignee_group": None}, "assignee"),
    ],
)
def test_the_validator_sees_what_is_wrong(
    change: dict[str, Any], word: str, on_duckdb: DuckDB, schemas: OcsfJsonSchemaEmbedded
) -> None:
    document = on_duckdb.rows("ocsf.ocsf_incident_finding")[0]["ocsf"]
    wrong = {name: value for name, value in {**document, **change}.items() if value is not None}
    errors = list(validator(schemas, document).iter_errors(wrong))
    assert any(word in error.message or word in str(error.validator_value) for error in errors)


def test_test_events_of_the_vendor_are_no_detections(on_duckdb: DuckDB) -> None:
    found = {row["uid"]: row for row in on_duckdb.rows("ocsf.ocsf_detection_finding")}
    assert "test" not in found
    deleted = found["file"]
    assert (deleted["disposition_id"], deleted["action_id"]) == (5, 4)
    assert (deleted["file_name"], deleted["device_ip"]) == ("sample.exe", "10.0.0.1")
    assert (found["mail"]["title"], found["mail"]["disposition_id"]) == ("Trojan.Example", 3)


def test_a_second_build_adds_what_arrived_and_keeps_the_rest(
    on_duckdb: DuckDB, dbt: Program, tmp_path: Path
) -> None:
    warehouse = DuckDB(tmp_path, dbt)
    shutil.copy(on_duckdb.file, warehouse.file)
    before = {row["uid"] for row in warehouse.rows("ocsf.ocsf_process_activity")}
    warehouse.execute(
        "insert into planted_cortex_xdr.events (_event_id, alert_id, event_type, event_timestamp, "
        "local_insert_ts) values "
        # The latter as of a tenant whose history is loaded later than the others'.
        "('new', '11', 'Process Execution', '2026-02-01', '2026-02-01'), "
        "('old', '11', 'Process Execution', '2025-06-01', '2025-06-01')"
    )
    warehouse.dbt("run", "-s", "int_cortex_xdr__activities", "ocsf_process_activity", **SOURCES)
    after = [row["uid"] for row in warehouse.rows("ocsf.ocsf_process_activity")]
    assert sorted(after) == sorted({*before, "11|new", "11|old"})
