"""What attackers write is data in the warehouse, and text in the log."""

from __future__ import annotations

import logging

import duckdb
import pytest
from target_duckdb_edr.ending import errors_said_once

from tests.loader.conftest import TEXT, Warehouse, record, schema

HOSTILE = [
    "'; DROP TABLE vendor.t; --", '"; DROP TABLE vendor.t; --', "\x1b[2J\x1b]0;owned\x07",
    "a\nERROR", "=cmd|' /C calc'!A0", "<script>alert(1)</script>", "{{ config }}",
    "%s %(x)s $1 ?", "\u202egnp.exe",
    "../../etc/passwd", "\\N", "\x00\x01",
]  # fmt: skip


def test_hostile_values_arrive_as_they_are(warehouse: Warehouse) -> None:
    properties = {"id": TEXT, **{text.replace("\x00", ""): TEXT for text in HOSTILE}}
    sent = [
        record("t", id=text, **{name: text for name in properties if name != "id"})
        for text in HOSTILE
    ]
    warehouse.load(schema("t", ["id"], **properties), *sent, *sent)
    found = warehouse.rows('SELECT * FROM "vendor"."t"')
    assert sorted(row[0] for row in found) == sorted(HOSTILE)
    assert all(set(row) == {row[0]} for row in found)


def test_an_error_of_duckdb_is_one_printable_line(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(SystemExit), errors_said_once(logging.getLogger("test")):
        raise duckdb.Error("Could not convert '\x1b[2J'\nERROR forged")
    (message,) = caplog.messages
    assert r"\x1b[2J'\nERROR forged" in message
    assert message.isprintable()


def test_an_error_that_quotes_a_value_is_one_printable_line(warehouse: Warehouse) -> None:
    done = warehouse.run(
        schema("t", ["id"], id=TEXT, at={"type": "string", "format": "date-time"}),
        record("t", id="1", at="\x1b[2Jforged\nERROR line"),
    )
    assert done.returncode == 1
    errors = [line for line in done.stderr.split("\n") if "forged" in line]
    assert len(errors) == 1
    assert errors[0].isprintable()
    assert not any(line.startswith("ERROR line") for line in done.stderr.split("\n"))
