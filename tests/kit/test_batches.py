"""Batch files hold what RECORD messages would, and no STATE is ahead of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from edr_tap_kit.batches import Batches, BatchSettings
from edr_tap_kit.records import Record, fields_type

from tests.conftest import Bench
from tests.support.running import command, discovered, selecting

ENCODINGS = [
    {"format": "jsonl"},
    {"format": "jsonl", "compression": "none"},
    {"format": "arrow"},
]


@pytest.fixture(params=["gravityzone", "cortex"])
def bench(request: pytest.FixtureRequest) -> Bench:
    """Each vendor in turn."""
    return request.getfixturevalue(request.param)


def config(folder: Path, encoding: dict[str, str], size: int) -> dict[str, Any]:
    storage = {"root": f"file://{folder}/batches", "prefix": "run-"}
    return {"batch_config": {"encoding": encoding, "storage": storage, "batch_size": size}}


@pytest.mark.parametrize(
    ("encoding", "size"),
    [(ENCODINGS[0], 3), (ENCODINGS[1], 10_000), (ENCODINGS[2], 700)],
    ids=["jsonl.gz", "jsonl", "arrow"],
)
def test_batches_hold_what_records_would(
    bench: Bench, tmp_path: Path, encoding: dict[str, str], size: int
) -> None:
    plain = bench.run()
    run = bench.run(config=config(tmp_path, encoding, size))
    assert {line.split()[0] for line in run.order} == {"SCHEMA", "BATCH", "STATE"}
    assert run.schemas == plain.schemas
    assert run.records.keys() == plain.records.keys()
    for stream, rows in plain.records.items():
        written = run.table(stream)
        assert len(written) == len(plain.table(stream))
        assert len(run.records[stream]) == len(rows)
        for key, row in plain.table(stream).items():
            # Arrow knows no column that a row lacks, only one that is empty.
            arrow = encoding["format"] == "arrow"
            held = {name: value for name, value in row.items() if not arrow or value is not None}
            assert held == written[key], stream
    assert bench.run(run.state).state == bench.run(plain.state).state


def test_deselected_columns_are_in_no_file(cortex: Bench, tmp_path: Path) -> None:
    catalog = selecting(discovered("tap-cortex-xdr"), "alerts")
    for entry in catalog["streams"]:
        for each in entry["metadata"]:
            if each["breadcrumb"][-1:] in (["severity"], ["_extra"]):
                each["metadata"]["selected"] = False
    for encoding in ENCODINGS:
        run = cortex.run(config=config(tmp_path, encoding, 5), catalog=catalog)
        assert run.records["alerts"]
        assert not any({"severity", "_extra"} & row.keys() for row in run.records["alerts"])


def test_stream_maps_and_vanished_rows_go_their_own_ways(cortex: Bench, tmp_path: Path) -> None:
    more = {
        "stream_maps": {"incidents": {"seen": "'yes'"}},
        "emit_activate_version_messages": True,
        **config(tmp_path, {"format": "jsonl"}, 10_000),
    }
    run = cortex.run(config=more)
    assert all(row["seen"] == "yes" for row in run.records["incidents"])
    assert run.activated.keys() == {"endpoints"}
    assert set(run.versions["endpoints"]) == {run.activated["endpoints"]}
    assert run.order.index("BATCH endpoints") < run.order.index("ACTIVATE_VERSION endpoints")


def test_a_place_that_takes_no_files_is_said(cortex: Bench, tmp_path: Path) -> None:
    (tmp_path / "batches").write_text("a file")
    run = cortex.run(config=config(tmp_path, {"format": "jsonl"}, 5), succeeds=False)
    assert "batch_config.storage" in run.stderr


def test_a_setting_that_is_none_is_named(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text('{"api_key": "k", "api_key_id": "1", "fqdn": "x", "batch_config": {"encoding":'
                    ' {"format": "parquet"}, "storage": {"root": "file:///tmp"}}}')  # fmt: skip
    done = command("tap-cortex-xdr", "--config", str(path))
    assert done.returncode == 1
    assert "batch_config.encoding.format" in done.stderr


def test_integers_that_arrow_does_not_hold_come_as_lines(tmp_path: Path) -> None:
    schema = {"properties": {"id": {"type": "integer"}, "size": {"type": ["number", "null"]}}}
    made = fields_type(Record, {"id": Any, "size": Any})
    batches = Batches(BatchSettings("arrow", None, str(tmp_path), "", 10_000))
    batches.describe("files", schema)

    def record(number: int, size: Any) -> Record:
        return made(member_0=number, member_1=size)

    for number in (1, 10**30, 3):
        batches.add("files", record(number, 2**60 + 1), None)
    messages = batches.close_all().decode()
    assert [line.count('"format":"jsonl"') for line in messages.splitlines()] == [1]
    (lines,) = tmp_path.glob("*.jsonl")
    assert lines.read_text().splitlines()[1] == f'{{"id":{10**30},"size":{2**60 + 1}}}'
