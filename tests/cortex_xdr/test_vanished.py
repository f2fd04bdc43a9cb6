"""Rows that are gone are told after a complete read of the table, and never after another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from edr_sandbox.serving import Fault

from tests.conftest import Bench
from tests.cortex_xdr.queries import entry
from tests.cortex_xdr.tenants import DAY, ENDPOINTS, NOW, small_world, utc
from tests.kit.quick import Quick

Catalog = Callable[..., dict[str, Any]]
MARK = {"emit_activate_version_messages": True}
SMALL_PAGES = {**MARK, "page_size": 4}


def full_table(catalog: dict[str, Any]) -> dict[str, Any]:
    for stream in catalog["streams"]:
        stream["replication_method"] = "FULL_TABLE"
        for metadata in stream["metadata"]:
            if metadata["breadcrumb"] == []:
                metadata["metadata"]["forced-replication-method"] = "FULL_TABLE"
    return catalog


def test_without_the_setting_there_are_no_versions(small: Bench) -> None:
    run = small.run()
    assert not run.activated
    assert set(run.versions["endpoints"]) == {None}


def test_a_complete_read_of_the_endpoints_ends_with_their_version(small: Bench) -> None:
    run = small.run(config=SMALL_PAGES)
    assert run.activated.keys() == {"endpoints"}
    assert set(run.versions["endpoints"]) == {run.activated["endpoints"]}
    assert set(run.versions["incidents"]) == {None}, "only what changed was read of these"
    last = len(run.order) - 1 - run.order[::-1].index("RECORD endpoints")
    assert run.order[last + 1] == "ACTIVATE_VERSION endpoints"


def test_versions_grow_from_run_to_run(small: Bench) -> None:
    first = small.run(config=MARK)
    second = small.run(first.state, config=MARK)
    # Whole seconds: two runs within one would have the same number, which marks nothing.
    assert second.activated["endpoints"] >= first.activated["endpoints"]
    assert second.activated["endpoints"] < 2**31, "loaders keep it in 32 bits"


@pytest.mark.parametrize(
    "fault",
    [
        Fault(call=ENDPOINTS, skip=2, times=99, status=500, body={"reply": {
            "err_code": 500, "err_msg": "An error occurred", "err_extra": "invalid field"}}),
        Fault(call=ENDPOINTS, skip=2, times=99, status=402),
        Fault(call=ENDPOINTS, skip=2, times=99, status=503),
    ],
    ids=["refused", "no licence", "outage"],
)  # fmt: skip
def test_a_read_that_breaks_off_tells_of_nothing(small: Bench, fault: Fault) -> None:
    small.server.faults.append(fault)
    run = small.run(config={**SMALL_PAGES, "max_retries": 1}, succeeds=fault.status == 402)
    assert run.records["endpoints"], "something was read"
    assert not run.activated


def test_endpoints_that_the_vendor_counts_and_hides_are_said(small: Bench) -> None:
    def count_more(_: Any, reply: Any) -> None:
        if reply.status == 200 and "endpoints" in (reply.body.get("reply") or {}):
            reply.body["reply"]["total_count"] = len(small.world.keys("endpoints")) + 1

    small.server.before_reply.append(count_more)
    run = small.run(config=SMALL_PAGES)
    assert not run.activated
    assert len(run.table("endpoints")) == len(small.world.keys("endpoints"))
    (said,) = [line for line in run.warnings if "counts more endpoints" in line][:1]
    assert "endpoints" in said


def test_a_full_refresh_tells_which_alerts_are_gone(small: Bench, catalog: Catalog) -> None:
    chosen = full_table(catalog("incidents", "alerts", "events"))
    run = small.run(config=MARK, catalog=chosen)
    assert run.activated.keys() == {"incidents", "alerts", "events"}
    for stream in run.activated:
        assert set(run.versions[stream]) == {run.activated[stream]}


@pytest.mark.parametrize("limit", ["start_date", "end_date"])
def test_a_full_refresh_of_some_days_tells_of_nothing(
    small: Bench, catalog: Catalog, limit: str
) -> None:
    chosen = full_table(catalog("incidents", "alerts", "events"))
    run = small.run(config={**MARK, limit: utc(NOW - 3 * DAY)}, catalog=chosen)
    assert run.records["alerts"]
    assert not run.activated
    assert sum("not everything was read" in line for line in run.warnings) >= 3


def test_a_query_never_tells_that_rows_are_gone(small: Bench) -> None:
    start = utc(NOW - DAY)
    run = small.run(config={**MARK, "start_date": start, "xql_queries": [entry()]})
    assert run.activated.keys() == {"endpoints"}


@pytest.mark.parametrize(
    ("stream", "call", "reply", "told"),
    [
        ("endpoints", "", None, False),
        ("endpoints", "", {}, False),
        ("endpoints", "", {"endpoints": None, "total_count": None}, False),
        ("endpoints", "", {"endpoints": None, "total_count": 0}, True),
        ("endpoints", "", {"endpoints": []}, True),
        ("endpoints", "", [], True),
        ("endpoint_summaries", "", None, False),
        ("endpoint_summaries", "", {}, False),
        ("endpoint_summaries", "", [], True),
        ("endpoint_summaries", "", {"endpoints": []}, True),
        ("agent_versions", "", None, False),
        ("agent_versions", "", {}, True),
        ("agent_versions", "", {"windows": []}, True),
        ("roles", "get_users", None, False),
        ("roles", "get_users", [], True),
        ("roles", "get_roles", None, False),
        ("disable_prevention_rules", "disable_prevention/", None, False),
        ("disable_prevention_rules", "disable_injection", None, False),
        ("disable_prevention_rules", "disable_injection", {"data": []}, True),
        ("external_services", "", {}, False),
        ("alerts", "v2", None, False),
    ],
)
def test_an_answer_without_its_list_does_not_tell_that_all_rows_are_gone(
    swift: Callable[..., Quick], catalog: Catalog, stream: str, call: str, reply: Any, told: bool
) -> None:
    bench = swift(small_world())
    bench.server.faults.append(Fault(call=call, status=200, times=99, body={"reply": reply}))
    run = bench.run(config=MARK, catalog=full_table(catalog(stream)))
    assert (stream in run.activated) == told
    said = f"Stream '{stream}': an answer without its list does not tell that a table is empty"
    assert any(said in line for line in run.warnings) == (not told)
