"""Settings, states and catalogs that are damaged or strange: one clear line, or tolerated."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from tests.kit.cli import CommandLine, Said, write
from tests.kit.quick import STREAMS, TAPS, Quick, errors, quick
from tests.support.running import discovered

Document = dict[str, Any]


@pytest.fixture(scope="module")
def catalogs() -> dict[str, Document]:
    return {tap: discovered(tap) for tap in TAPS}


def said(bench: Quick, **settings: Any) -> Said:
    """Run with settings that are written as they are, and return what was said."""
    write(bench.folder, "config.json", {**bench.config, **settings})
    assert bench.forked
    done = bench.forked(bench.tap, "--config", "config.json", folder=bench.folder)
    assert "Traceback" not in done.stderr
    return done


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"page_size": -1}, "Setting 'page_size' must be at least 1."),
        ({"page_size": 2.5}, "Setting 'page_size' must be of type integer or null."),
        ({"max_retries": "six"}, "Setting 'max_retries' must be of type integer."),
        ({"max_retries": -1}, "Setting 'max_retries' must be at least 0."),
        ({"request_timeout": -5}, "Setting 'request_timeout' must be greater than 0."),
        ({"requests_per_second": "NaN"}, "Setting 'requests_per_second' must be of type number."),
        ({"requests_per_second": [1]}, "Setting 'requests_per_second' must be of type number."),
        ({"max_parallel_requests": 0}, "Setting 'max_parallel_requests' must be at least 1."),
        ({"verify_ssl": "no"}, "Setting 'verify_ssl' must be of type boolean."),
        ({"tenant": {"a": 1}}, "Setting 'tenant' must be of type string or null."),
        ({"api_key": ""}, "Setting 'api_key' is empty."),
        ({"api_key": 7}, "Setting 'api_key' must be of type string."),
        ({"start_date": "2026-13-01"}, "Setting 'start_date' is no date-time."),
        ({"start_date": "0001-01-01T00:00:00+05:00"}, "Setting 'start_date' is no date-time."),
        ({"end_date": ""}, "Setting 'end_date' is no date-time."),
        ({"start_date": "2026-02-01", "end_date": "2026-01-01"}, "must be later than 'start_date'"),
        ({"STARTDATE": "2026-01-01"}, "Unknown setting 'STARTDATE'. Did you mean"),
        ({"": 1}, "Unknown setting ''. Did you mean"),
        ({"tenant": "\ud800x"}, "Setting 'tenant' holds characters that are no Unicode text."),
        ({"api_key": "two\nlines"}, "Setting 'api_key' holds line breaks"),
        ({"stream_maps": []}, "Setting 'stream_maps' must be of type object or null."),
    ],
    ids=repr,
)  # fmt: skip
def test_a_wrong_setting_is_one_line(bench: Quick, settings: Document, sentence: str) -> None:
    done = said(bench, **settings)
    assert done.exit_code == 1
    assert len(done.errors) == 1
    # A setting with a default is never null.
    assert sentence.removesuffix(".").removesuffix(" or null") in done.errors[0]
    assert not bench.server.log


@pytest.mark.parametrize(
    "settings",
    [
        {"page_size": 10**30},
        {"lookback_minutes": 10**30},
        {"max_retries": 10**30},
        {"backoff_seconds": 1e308},
        {"requests_per_second": 1e308},
        {"start_date": "1970-01-01"},
        {"end_date": "9999-12-31T23:59:59.999999Z"},
        {"tenant": None, "start_date": None, "page_size": None, "user_agent": None},
        {"request_timeout": 1e10},
        {"request_timeout": 10**400},
        {"requests_per_second": 10**400},
    ],
    ids=lambda settings: repr(settings)[:40],
)
def test_a_value_however_large_is_tolerated_or_refused(bench: Quick, settings: Document) -> None:
    done = said(bench, **settings)
    assert "defect of the tap" not in done.stderr
    if done.exit_code:
        assert len(done.errors) == 1
        assert done.errors[0].startswith("Setting '")
    else:
        assert done.stdout.count('"RECORD"') > 40


def test_an_empty_company_id_is_no_restriction(forked: CommandLine, tmp_path: Path) -> None:
    with quick("tap-gravityzone", forked, tmp_path) as bench:
        (error,) = said(bench, company_ids=["", "x"]).errors
        assert error == "Setting 'company_ids' holds an empty id."


@pytest.mark.parametrize("tap", TAPS)
def test_a_start_at_the_beginning_of_all_time(
    forked: CommandLine, tmp_path: Path, tap: str
) -> None:
    with quick(tap, forked, tmp_path) as bench:
        bench.assert_truth(bench.run(config={"start_date": "0001-01-01T00:00:00Z"}))


def test_a_user_agent_that_no_header_can_carry(bench: Quick) -> None:
    done = said(bench, user_agent="two\nlines")
    assert len(done.errors) == 1
    assert "user_agent" in done.errors[0]
    assert "attempt 2" not in done.stderr


def bookmarked(bench: Quick, **members: Any) -> Document:
    """Return a state in which each incremental stream has these members."""
    return {"bookmarks": {name: dict(members) for name in STREAMS[bench.tap]}}


@pytest.mark.parametrize(
    "members",
    [
        {"details_read": value}
        for value in (
            None, 5, "x", [], [["a"]], {"x": 5}, {"x": ["soon", "f"]}, {"x": [None, None]},
            {"x": ["2026-01-01T00:00:00Z", "f", "more"]}, {"": [[], {}]},
        )
    ] + [
        {"replication_key": 5}, {"replication_key": "another_column"}, {"start_date": None},
        {"read_through": None}, {"starting_replication_value": "x"}, {"partitions": [{}]},
    ],
    ids=repr,
)  # fmt: skip
def test_members_of_a_bookmark_that_are_none_are_tolerated(bench: Quick, members: Document) -> None:
    run = bench.run(bookmarked(bench, **members))
    bench.assert_truth(run)
    assert not errors(run)
    bench.assert_truth(run, bench.run(run.state))


@pytest.mark.parametrize("value", ["soon", "", [], {}, True, 1e30, "12:00"])
@pytest.mark.parametrize("name", ["read_through", "replication_key_value"])
def test_a_bookmark_that_is_no_time_is_one_line(bench: Quick, name: str, value: Any) -> None:
    run = bench.run(bookmarked(bench, **{name: value}), succeeds=False)
    (line,) = errors(run)
    assert f"is no date-time ({name})" in line
    assert "clear the state" in line
    assert not bench.server.log
    assert not run.order


@pytest.mark.parametrize("state", [{}, {"bookmarks": {}}, {"bookmarks": {"gone": {}}}, {"x": 5},
                                   {"bookmarks": {"incidents": {}}}], ids=repr)  # fmt: skip
def test_a_state_that_says_nothing_is_a_first_run(bench: Quick, state: Document) -> None:
    bench.assert_truth(bench.run(state))


def test_a_state_as_meltano_wraps_it(bench: Quick) -> None:
    """What ``meltano state get`` prints is not what ``--state`` takes; it must not do harm."""
    first = bench.run()
    bench.assert_truth(bench.run({"singer_state": first.state}))


def entry_of(catalog: Document, stream: str) -> Document:
    return next(each for each in catalog["streams"] if each["tap_stream_id"] == stream)


def with_all_deselected_but_the_stream(entry: Document) -> None:
    for metadata in entry["metadata"]:
        metadata["metadata"] |= {"selected": not metadata["breadcrumb"]}


def with_odd_metadata(entry: Document) -> None:
    entry["metadata"].append({"breadcrumb": ["properties", "gone"], "metadata": {"selected": True}})
    entry |= {"key_properties": ["gone"], "replication_key": "gone", "extra": [1]}


def with_other_types(entry: Document) -> None:
    properties, kept = entry["schema"]["properties"], {*entry["key_properties"]}
    kept.add(entry.get("replication_key"))
    for name in properties.keys() - kept:
        if not name.startswith("_"):
            properties[name] = {"type": ["integer", "null"]}


def with_few_columns(entry: Document) -> None:
    properties = entry["schema"]["properties"]
    kept = [*entry["key_properties"], entry.get("replication_key")]
    entry["schema"]["properties"] = {name: properties[name] for name in kept if name}


@pytest.mark.parametrize("stream", ["incidents", "alerts", "endpoints"])
@pytest.mark.parametrize(
    "change",
    [with_odd_metadata, with_all_deselected_but_the_stream, with_other_types, with_few_columns],
)
def test_a_strange_catalog_costs_no_row_and_no_key(
    bench: Quick, catalogs: dict[str, Document], change: Any, stream: str
) -> None:
    catalog = copy.deepcopy(catalogs[bench.tap])
    keys = list(entry_of(catalog, stream)["key_properties"])
    change(entry_of(catalog, stream))
    run = bench.run(catalog=catalog)
    assert run.keys[stream] == keys
    assert len(run.table(stream)) == len(bench.truth(stream))
    assert not errors(run)
    again = bench.run(run.state, catalog=catalog)
    assert not errors(again)


@pytest.mark.parametrize("metadata", [None, []])
def test_a_catalog_entry_without_metadata_is_read_with_its_key(
    bench: Quick, catalogs: dict[str, Document], metadata: Any
) -> None:
    catalog = copy.deepcopy(catalogs[bench.tap])
    entry_of(catalog, "endpoints").pop("metadata")
    if metadata is not None:
        entry_of(catalog, "endpoints")["metadata"] = metadata
    bench.assert_truth(bench.run(catalog=catalog))


def test_a_catalog_without_any_selection_reads_nothing(
    bench: Quick, catalogs: dict[str, Document]
) -> None:
    catalog = copy.deepcopy(catalogs[bench.tap])
    for entry in catalog["streams"]:
        for metadata in entry["metadata"]:
            metadata["metadata"]["selected"] = False
    run = bench.run(catalog=catalog)
    assert not run.schemas
    assert not bench.server.log


def test_a_settings_file_with_a_byte_order_mark(bench: Quick) -> None:
    """Windows editors write one: taken, or said in one line."""
    text = b"\xef\xbb\xbf" + json.dumps(bench.config).encode()
    write(bench.folder, "config.json", text)
    assert bench.forked
    done = bench.forked(bench.tap, "--config", "config.json", folder=bench.folder)
    assert done.exit_code == 0 or "not readable as a JSON object" in done.errors[0]
    assert len(done.errors) <= 1
