"""BATCH messages: files of JSON lines, Arrow and Parquet load as records do."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from target_duckdb_edr.errors import LoaderError

from tests.loader.conftest import (
    DATE,
    FLAG,
    INTEGER,
    JSON,
    NUMBER,
    TEXT,
    TIME,
    Message,
    Warehouse,
    activate,
    record,
    schema,
    state,
    versioned,
)

TABLE = schema(
    "t", ["id"], id=INTEGER, text=TEXT, n=NUMBER, flag=FLAG, moment=TIME, more=JSON
)  # fmt: skip
ROWS = [
    {
        "id": number,
        "text": f"é{number}" if number % 3 else None,
        "n": number / 2,
        "flag": number % 2 == 0,
        "moment": "2026-01-31T10:00:00.123456Z",
        "more": {"deep": [{"x": "y"}], "n": number},
    }
    for number in range(1300)
]


def batch(files: list[Path], kind: str, compression: str | None = None) -> Message:
    encoding = {"format": kind} | ({"compression": compression} if compression else {})
    return {
        "type": "BATCH",
        "stream": "t",
        "encoding": encoding,
        "manifest": [file.as_uri() for file in files],
    }


def json_lines(rows: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def arrow_table(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.table({
        "id": pa.array([row["id"] for row in rows], pa.int32()),
        "text": pa.array([row["text"] for row in rows], pa.large_string()),
        "n": pa.array([Decimal(str(row["n"])) for row in rows]),
        "flag": [row["flag"] for row in rows],
        "moment": pa.array([datetime.fromisoformat(row["moment"]) for row in rows]),
        "more": [row["more"] for row in rows],
    })  # fmt: skip


def stored(warehouse: Warehouse) -> list[dict[str, Any]]:
    names = list(ROWS[0])
    rows = warehouse.rows(f"SELECT {', '.join(names)} FROM vendor.t ORDER BY id")
    return [
        {
            **dict(zip(names, row, strict=True)),
            "moment": row[4].replace(tzinfo=UTC).isoformat().replace("+00:00", "Z"),
            "more": json.loads(row[5]),
        }
        for row in rows
    ]


@pytest.mark.parametrize("compression", [None, "gzip"])
def test_json_lines(warehouse: Warehouse, tmp_path: Path, compression: str | None) -> None:
    files = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    for file, rows in zip(files, (ROWS[:700], ROWS[700:]), strict=True):
        content = json_lines(rows)
        file.write_bytes(gzip.compress(content) if compression else content)
    states = warehouse.load(
        TABLE, batch(files, "jsonl", compression), state(t=1), batch_size_rows=500
    )
    assert stored(warehouse) == ROWS
    assert states[-1] == {"bookmarks": {"t": 1}}


@pytest.mark.parametrize("kind", ["file", "stream", "parquet"])
def test_arrow(warehouse: Warehouse, tmp_path: Path, kind: str) -> None:
    # Objects as Arrow has them in the one half, as JSON texts in the other.
    table = arrow_table(ROWS)
    texts = pa.array([json.dumps(row["more"]) for row in ROWS])
    halves = [table, table.set_column(5, "more", texts)]
    files = []
    for number, half in enumerate(halves):
        file = tmp_path / f"{number}.arrow"
        if kind == "parquet":
            pq.write_table(half, file)
        else:
            new = pa.ipc.new_file if kind == "file" else pa.ipc.new_stream
            with new(str(file), half.schema) as writer:
                writer.write_table(half, max_chunksize=300)
        files.append(file)
    message = batch(files, "parquet" if kind == "parquet" else "arrow")
    warehouse.load(TABLE, message, batch_size_rows=1000)
    assert stored(warehouse) == ROWS


def test_the_newest_row_wins_in_whatever_form_it_came(warehouse: Warehouse, tmp_path: Path) -> None:
    file = tmp_path / "a.arrow"
    table = pa.table({"id": [1, 2], "text": ["arrow", "arrow"]})  # without the other columns
    with pa.ipc.new_file(str(file), table.schema) as writer:
        writer.write_table(table)
    warehouse.load(
        TABLE,
        record("t", id=1, text="before", more={"a": 1}),
        batch([file], "arrow"),
        record("t", id=2, text="after"),
        add_record_metadata=True,
    )
    rows = warehouse.rows("SELECT text, more FROM vendor.t ORDER BY id")
    assert rows == [("arrow", None), ("after", None)]


def test_arrow_types_without_a_counterpart(warehouse: Warehouse, tmp_path: Path) -> None:
    table = pa.table({
        "id": pa.array([1], pa.uint64()),
        "big": pa.array([2**64 - 1], pa.uint64()),
        "day": pa.array([date(2026, 1, 31)]),
        "exact": pa.array([Decimal("0.1")]),
        "nanoseconds": pa.array([1_700_000_000_123_456_789], pa.timestamp("ns", "UTC")),
    })  # fmt: skip
    file = tmp_path / "odd.arrow"
    with pa.ipc.new_file(str(file), table.schema) as writer:
        writer.write_table(table)
    warehouse.load(
        schema("t", ["id"], id=INTEGER, big=INTEGER, day=DATE, exact=TEXT, nanoseconds=TIME),
        batch([file], "arrow"),
    )
    assert warehouse.rows("SELECT big, day, exact, nanoseconds::VARCHAR FROM vendor.t") == [
        (2**64 - 1, date(2026, 1, 31), "0.1", "2023-11-14 22:13:20.123456")
    ]


def test_a_batch_with_stream_maps_and_versions(warehouse: Warehouse, tmp_path: Path) -> None:
    jsonl, arrow = tmp_path / "a.jsonl", tmp_path / "a.arrow"
    jsonl.write_bytes(json_lines(ROWS[:2]))
    with pa.ipc.new_file(str(arrow), arrow_table(ROWS[2:4]).schema) as writer:
        writer.write_table(arrow_table(ROWS[2:4]))
    maps = {"t": {"id": "id", "doubled": "n * 2", "__else__": None}}
    warehouse.load(
        TABLE,
        versioned(batch([jsonl], "jsonl"), 1),
        versioned(batch([arrow], "arrow"), 1),
        activate("t", 1),
        stream_maps=maps,
    )
    rows = warehouse.rows("SELECT id, doubled::DOUBLE, _sdc_table_version FROM vendor.t ORDER BY 1")
    assert rows == [(number, float(number), 1) for number in range(4)]


@pytest.mark.parametrize(
    ("message", "complaint"),
    [
        ({"format": "csv"}, "csv"),
        ({"format": "jsonl", "compression": "zip"}, "zip"),
        ({"format": "jsonl"}, "cannot be read"),
        ({"format": "arrow"}, "cannot be read"),
    ],
)
def test_files_that_cannot_be_read(
    warehouse: Warehouse, tmp_path: Path, message: dict[str, str], complaint: str
) -> None:
    missing = tmp_path / "missing"
    if "compression" in message:
        missing.write_bytes(b"")
    with pytest.raises(LoaderError, match=complaint):
        warehouse.load(TABLE, {**batch([missing], "jsonl"), "encoding": message})


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary(), pa.list_(pa.binary(1))])
def test_bytes_are_refused(warehouse: Warehouse, tmp_path: Path, kind: pa.DataType) -> None:
    value = [b"a"] if pa.types.is_list(kind) else b"a"
    table = pa.table({"id": [1], "text": pa.array([value], kind)})
    pq.write_table(table, tmp_path / "a.parquet")
    for config in ({}, {"stream_maps": {"t": {"text": "text"}}}, {"validate_records": True}):
        with pytest.raises(LoaderError, match=r"column 'text' is .*Base64"):
            warehouse.load(TABLE, batch([tmp_path / "a.parquet"], "parquet"), **config)


def test_a_storage_that_fails_in_its_own_way(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("Unable to locate credentials")

    monkeypatch.setattr("target_duckdb_edr.batch_files.StorageTarget.from_url", fail)
    message = {**batch([], "jsonl"), "manifest": ["s3://bucket/file.jsonl"]}
    with pytest.raises(LoaderError, match="cannot be read: Unable to locate"):
        warehouse.load(TABLE, message)


def test_a_file_that_is_not_what_it_should_be(warehouse: Warehouse, tmp_path: Path) -> None:
    file = tmp_path / "text"
    file.write_text("this is text, whatever the message says\n")
    for kind in ("jsonl", "arrow", "parquet"):
        with pytest.raises(LoaderError, match=r"text|not JSON"):
            warehouse.load(TABLE, batch([file], kind))
    with pytest.raises(LoaderError, match="cannot be read"):
        warehouse.load(TABLE, batch([file], "jsonl", "gzip"))
