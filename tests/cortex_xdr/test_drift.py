"""What the vendor sends and the schema does not expect is kept, told once, and stops nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from edr_sandbox.serving import Fault

from tests.conftest import Bench
from tests.cortex_xdr.tenants import (
    ALERTS,
    ENDPOINTS,
    INCIDENTS,
    KEYS,
    NOW,
    assert_complete,
    on_the_wire,
)
from tests.support.comparing import differences
from tests.support.running import Run

Catalog = Callable[..., dict[str, Any]]
CALLS = {"incidents": INCIDENTS, "alerts": ALERTS, "endpoints": ENDPOINTS}
NEW = {"brand_new": {"nested": [1, None, "x"]}, "another": None}
RETYPED = {
    "incidents": ("alert_count", "starred", "hosts", "status"),
    "alerts": ("is_whitelisted", "host_ip", "name", "case_id"),
    "endpoints": ("ip", "endpoint_name", "isolated_date", "users"),
}
BIG = 10**30
SORTED_BY = {
    "incidents": "modification_time",
    "alerts": "local_insert_ts",
    "endpoints": "first_seen",
}


def answer(stream: str, *rows: Any) -> Fault:
    reply = {"total_count": len(rows), "result_count": len(rows), stream: list(rows)}
    return Fault(call=CALLS[stream], status=200, body=json.dumps({"reply": reply}).encode())


def drift_lines(run: Run) -> list[str]:
    return [line for line in run.warnings if "schema drift" in line]


@pytest.mark.parametrize("page_size", [5, 100])
def test_unknown_fields_and_changed_types_are_kept(small: Bench, page_size: int) -> None:
    for stream, names in RETYPED.items():
        small.world.drift(stream, add=NEW, retype=names, every=2)
    run = small.run(config={"page_size": page_size})
    assert_complete(small, run)
    kept = [row for row in run.records["incidents"] if row.get("_extra")]
    assert len(kept) > 2
    assert all(row["_extra"]["brand_new"] == NEW["brand_new"] for row in kept)
    for stream in RETYPED:
        (line,) = [line for line in drift_lines(run) if f"Stream '{stream}'" in line]
        assert "'brand_new'" in line


def test_a_tenant_as_documented_does_not_drift(small: Bench) -> None:
    run = small.run()
    assert not run.warnings
    for rows in run.records.values():
        assert not any(row.get("_extra") for row in rows)


@pytest.mark.parametrize("stream", CALLS)
def test_a_row_without_its_key_is_skipped_with_a_warning(
    small: Bench, catalog: Catalog, stream: str
) -> None:
    rows = sorted(on_the_wire(small, stream), key=lambda row: row[SORTED_BY[stream]])
    missing = "" if stream == "incidents" else None
    bad = rows[1] | {KEYS[stream]: missing}
    small.server.faults.append(answer(stream, rows[0], bad, rows[2]))
    run = small.run(catalog=catalog(stream))
    assert run.table(stream).keys() == {(rows[0][KEYS[stream]],), (rows[2][KEYS[stream]],)}
    assert sum("1 record(s) without a value for the primary key" in x for x in run.warnings) == 1


@pytest.mark.parametrize("stream", CALLS)
def test_rows_without_a_key_among_pages_stop_nothing(
    small: Bench, catalog: Catalog, stream: str
) -> None:
    small.world.drift(stream, add={KEYS[stream]: None}, every=3)
    run = small.run(catalog=catalog(stream), config={"page_size": 3})
    good = {row[KEYS[stream]] for row in on_the_wire(small, stream)} - {None}
    assert {key for (key,) in run.table(stream)} == good
    skipped = len(on_the_wire(small, stream)) - len(good)
    assert skipped
    assert any(re.search(r"record\(s\) without a value", line) for line in run.warnings)


HOSTILE: dict[str, Any] = {
    "a megabyte": "x" * 1_000_000,
    "a huge integer": BIG,
    "a negative zero": -0.0,
    "NUL": "a\x00b",
    "a list of lists": [[[]], [{}]],
    "an object": {"": {"a": [None]}},
    "true": True,
    "a number": 1.5,
    "an empty object": {},
    "an empty list": [],
    "deep": json.loads("[" * 60 + "]" * 60),
}


@pytest.mark.parametrize("stream", CALLS)
def test_any_value_in_any_column_is_survived_and_kept(
    small: Bench, catalog: Catalog, stream: str
) -> None:
    """One row for each value, which stands in all columns but the key and the time sorted by."""
    spared = {KEYS[stream], "modification_time", "local_insert_ts", "first_seen"}
    chosen = catalog(stream, "events") if stream == "alerts" else catalog(stream)
    template = on_the_wire(small, stream)[0]
    rows = []
    for number, (name, value) in enumerate(HOSTILE.items()):
        hostile = value if name != "a megabyte" else "x" * 20_000
        row = {column: template[column] if column in spared else hostile for column in template}
        rows.append(row | {KEYS[stream]: str(number)})
    rows[0] = template | {KEYS[stream]: "0", "description": HOSTILE["a megabyte"]}
    small.server.faults.append(answer(stream, *rows))
    run = small.run(catalog=chosen)
    emitted = run.table(stream)
    assert emitted.keys() == {(str(number),) for number in range(len(rows))}
    for number, row in enumerate(rows):
        if list(HOSTILE)[number] not in {"a list of lists", "deep"}:
            assert not differences(row, emitted[str(number),]), list(HOSTILE)[number]


@pytest.mark.parametrize("stream", CALLS)
def test_texts_that_are_no_proper_json_are_kept(
    small: Bench, catalog: Catalog, stream: str
) -> None:
    template = on_the_wire(small, stream)[0]
    body = json.dumps(template | {"new_a": "NAN", "new_b": "HIGH", "new_c": "BIG"})
    body = body.replace('"NAN"', "NaN").replace('"HIGH"', r'"\ud800 lone"')
    body = body.replace('"BIG"', "1e999")
    reply = f'{{"reply": {{"total_count": 1, "result_count": 1, "{stream}": [{body}]}}}}'
    small.server.faults.append(Fault(call=CALLS[stream], status=200, body=reply.encode()))
    run = small.run(catalog=catalog(stream))
    (record,) = run.records[stream]
    assert record["_extra"] == {"new_a": "NaN", "new_b": "\\ud800 lone", "new_c": "1e999"}


def test_entries_that_are_no_objects_are_left_out(small: Bench, catalog: Catalog) -> None:
    rows = sorted(on_the_wire(small, "incidents"), key=lambda row: row["modification_time"])
    small.server.faults.append(answer("incidents", rows[0], None, "x", 7, [], rows[1]))
    run = small.run(catalog=catalog("incidents"))
    assert_complete(small, run, streams=("incidents",))
    assert any("entries that are no objects were left out" in line for line in run.warnings)


def test_a_page_full_of_entries_that_are_no_objects_ends_no_read(
    small: Bench, catalog: Catalog
) -> None:
    """Such a page is full all the same: more rows follow it."""
    rows = sorted(on_the_wire(small, "incidents"), key=lambda row: row["modification_time"])
    page = answer("incidents", *rows[:4], None, "x")
    page.body = page.body.replace(b'"total_count": 6', b'"total_count": 14')
    small.server.faults.append(page)
    run = small.run(catalog=catalog("incidents"), config={"page_size": 6})
    assert_complete(small, run, streams=("incidents",))


@pytest.mark.parametrize(
    "events",
    [[None, "x", {"event_type": "e"}], {"event_type": "e"}, "text", [[]]],
)
def test_events_in_any_form_stop_nothing(small: Bench, catalog: Catalog, events: Any) -> None:
    row = on_the_wire(small, "alerts")[0] | {"events": events}
    small.server.faults.append(answer("alerts", row))
    run = small.run(catalog=catalog("alerts", "events"))
    assert len(run.records["alerts"]) == 1
    assert all(each["alert_id"] == row["alert_id"] for each in run.records["events"])
    if isinstance(events, list) and {"event_type": "e"} in events:
        assert [each["event_type"] for each in run.records["events"]] == ["e"]


def test_rows_without_a_readable_time_are_kept(small: Bench, catalog: Catalog) -> None:
    rows = sorted(on_the_wire(small, "incidents"), key=lambda row: row["modification_time"])
    odd = [None, "soon", {}, [NOW], BIG, -1, "NaN"]
    bent = [row | {"modification_time": at} for row, at in zip(rows[1:], odd, strict=False)]
    bent = [row for row in bent if row["modification_time"] != -1]
    small.server.faults.append(answer("incidents", rows[0], *bent, rows[-1]))
    run = small.run(catalog=catalog("incidents"))
    wanted = {(row["incident_id"],) for row in (rows[0], *bent, rows[-1])}
    assert wanted <= run.table("incidents").keys()
    assert len(small.server.log) == 1
    for row in bent:
        assert not differences(row, run.table("incidents")[row["incident_id"],])
    assert run.state["bookmarks"]["incidents"]["replication_key_value"]
