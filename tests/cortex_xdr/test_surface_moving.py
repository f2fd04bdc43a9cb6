"""Tables larger than a page that change between their pages, and shards of the logs."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from edr_sandbox.serving import Reply, Request

from tests.cortex_xdr.surface import LOGS, Row, assert_rows, assert_surface, moment, wire
from tests.cortex_xdr.tenants import DAY, HOUR, NOW, SECOND, small_world, table, utc
from tests.kit.quick import Quick, errors

Catalog = Callable[..., dict[str, Any]]
Swift = Callable[..., Quick]

# Read in pages that overlap, or by tokens in scans that agree.
BY_OFFSET = {
    "iocs": "indicators/get", "legacy_exceptions": "legacy_exceptions/fetch",
    "correlation_rules": "correlations/get", "assets": "v1/assets",
    "distributions": "get_distributions",
}  # fmt: skip
BY_TOKEN = {
    "external_services": "get_external_services", "external_ip_ranges": "address_ranges",
    "vulnerabilities": "get_vulnerabilities",
}  # fmt: skip
SMALL = {"page_size": 8}
ALIKE = {
    "RECEIVEDTIME": NOW - DAY, "ENDPOINTID": "0a1b", "ENDPOINTNAME": "srv-01", "DOMAIN": None,
    "TRAPSVERSION": "8.3", "CATEGORY": "Audit", "TYPE": "Action", "SUBTYPE": "File Upload",
    "RESULT": "Success", "REASON": None, "DESCRIPTION": "alike", "SEVERITY": "Informational",
}  # fmt: skip


class Moving:
    """Takes a row away and adds one in front of the first replies of a call."""

    def __init__(self, bench: Quick, stream: str, call: str, times: int) -> None:
        self.world, self.stream, self.call, self.times = bench.world, stream, call, times
        self.rng = Random(5)
        self.there = set(self.world.keys(stream))

    def __call__(self, request: Request, _: Reply) -> None:
        if self.times and self.call in request.path:
            self.times -= 1
            keys = self.world.keys(self.stream)
            for key in (keys[0], self.rng.choice(keys[1:])):
                self.world.remove_row(self.stream, key)
                self.there.discard(key)
            self.world.add_row(self.stream)


@pytest.mark.parametrize(("stream", "call"), [*BY_OFFSET.items(), *BY_TOKEN.items()])
def test_rows_that_stay_are_in_a_run_during_which_others_come_and_go(
    swift: Swift, catalog: Catalog, stream: str, call: str
) -> None:
    bench = swift(small_world(counts={stream: 60}))
    moving = Moving(bench, stream, call, times=9)
    bench.server.before_reply.append(moving)
    run = bench.run(catalog=catalog(stream), config=SMALL)
    assert not moving.times
    held = {key for (key,) in run.table(stream)}
    assert {_key(key) for key in moving.there} <= set(map(str, held))
    again = bench.run(catalog=catalog(stream), config=SMALL)
    assert_surface(bench, again, streams=(stream,))


def _key(key: str) -> str:
    return str(key)


def test_a_naive_reader_of_tokens_loses_rows_on_the_same_schedule(swift: Swift) -> None:
    bench = swift(small_world(counts={"external_ip_ranges": 60}), level="standard")
    moving = Moving(bench, "external_ip_ranges", BY_TOKEN["external_ip_ranges"], times=9)
    bench.server.before_reply.append(moving)
    headers = {
        "authorization": bench.config["api_key"], "x-xdr-auth-id": "7",
        "content-type": "application/json",
    }  # fmt: skip
    seen: set[str] = set()
    more: Row = {}
    while more is not None:
        data = {"search_from": 0, "search_to": 8, "use_page_token": True, **more}
        request = Request(
            "POST", "/public_api/v1/assets/get_external_ip_address_ranges", headers,
            json.dumps({"request_data": data}).encode(),
        )  # fmt: skip
        reply, _ = bench.server.answer(request)
        seen |= {row["range_id"] for row in reply.body["reply"]["external_ip_address_ranges"]}
        token = reply.body["reply"]["next_page_token"]
        more = {"next_page_token": token} if token else None
    assert moving.there - seen, "the naive reader lost nothing"


def test_a_table_of_tokens_that_never_stands_still_fails(swift: Swift, catalog: Catalog) -> None:
    bench = swift(small_world(counts={"vulnerabilities": 60}))
    bench.server.before_reply.append(Moving(bench, "vulnerabilities", "get_vuln", times=9999))
    config = SMALL | {"emit_activate_version_messages": True}
    run = bench.run(catalog=catalog("vulnerabilities"), config=config, succeeds=False)
    assert "the table kept changing" in errors(run)[0]
    assert run.records["vulnerabilities"]
    assert not run.activated


@pytest.mark.parametrize("stream", ["cases", "issues"])
@pytest.mark.parametrize("seed", [1, 2])
def test_what_changes_while_it_is_read_is_held_after_two_runs(
    swift: Swift, catalog: Catalog, stream: str, seed: int
) -> None:
    world = small_world(counts={"cases": 40, "issues": 60})
    bench = swift(world)
    rng, busy = Random(seed), [25]

    def change(_: Request, __: Reply) -> None:
        if busy[0]:
            busy[0] -= 1
            world.now_ms += SECOND
            for key in rng.sample(world.keys(stream), 2):
                world.change_row(stream, key, severity=rng.choice(["low", "high"]))
            world.add_row(stream)

    bench.server.before_reply.append(change)
    config = SMALL | {"lookback_minutes": 0}
    first = bench.run(catalog=catalog(stream), config=config)
    assert busy[0] < 18, "the tenant did not move while it was read"
    busy[0] = 0
    second = bench.run(first.state, catalog=catalog(stream), config=config)
    assert_surface(bench, first, second, streams=(stream,))


@pytest.mark.parametrize("stream", ["cases", "issues", "management_logs", "agent_reports"])
def test_more_rows_of_one_moment_than_a_page(swift: Swift, catalog: Catalog, stream: str) -> None:
    world = small_world(audits=20, counts={"cases": 20, "issues": 20, "agent_reports": 20})
    at = NOW - 3 * DAY
    for number in range(30):
        if stream == "management_logs":
            world.add_audit(at=at)
        elif stream == "agent_reports":
            world.add_row(stream, at=at + number, TIMESTAMP=at + number / 100)
        else:
            key = world.add_row(stream, at=at)
            world.change_row(stream, key, at=at)
    bench = swift(world)
    run = bench.run(catalog=catalog(stream), config=SMALL)
    assert_surface(bench, run, streams=(stream,))


@pytest.mark.parametrize("bounds", ["exact", "whole_ms"])
@pytest.mark.parametrize("page_size", [3, 100])
def test_reports_with_parts_of_a_millisecond(
    swift: Swift, catalog: Catalog, bounds: str, page_size: int
) -> None:
    world = small_world(counts={"agent_reports": 0})
    for part in (0, 0.0001, 0.25, 0.5, 0.9999, 1, 1.5, 2, 2.75, 999.9, 1000):
        # One of each is like all others, but for its time.
        for row in (ALIKE, {}):
            at = NOW - 2 * DAY + part
            world.add_row("agent_reports", **{"at": NOW - DAY, "TIMESTAMP": at, **row})
    bench = swift(world, report_bounds=bounds)
    first = bench.run(catalog=catalog("agent_reports"), config={"page_size": page_size})
    assert_surface(bench, first, streams=("agent_reports",))
    world.add_row("agent_reports", at=NOW, TIMESTAMP=NOW - 2 * DAY + 1000.5)
    second = bench.run(
        first.state, catalog=catalog("agent_reports"),
        config={"page_size": page_size, "lookback_minutes": 0},
    )  # fmt: skip
    assert_surface(bench, first, second, streams=("agent_reports",))
    ended = second.state["bookmarks"]["agent_reports"]["replication_key_value"]
    assert moment(ended) == moment(NOW - 2 * DAY + 1000.5)


@pytest.mark.parametrize("stream", LOGS)
def test_shards_hold_each_row_once(swift: Swift, catalog: Catalog, stream: str) -> None:
    """``start_date`` counts in, ``end_date`` does not, to the fraction of a millisecond."""
    bench = swift(small_world(audits=40, counts={"agent_reports": 40, "device_violations": 40}))
    world = bench.world
    cut = NOW - 12 * DAY
    for at in (cut - 1, cut, cut + 1):
        if stream == "management_logs":
            world.add_audit(at=at)
        elif stream == "agent_reports":
            world.add_row(stream, at=at, TIMESTAMP=at + 0.5)
            world.add_row(stream, at=at + 9, TIMESTAMP=at)
        else:
            key = world.add_row(stream, at=at)
            world.change_row(stream, key, at=at)
    edges = (NOW - 40 * DAY, cut, NOW - 5 * DAY, NOW + HOUR)
    runs = []
    for low, high in zip(edges, edges[1:], strict=False):
        config = {"start_date": utc(low), "end_date": utc(high), "page_size": 9}
        run = bench.run(catalog=catalog(stream), config=config)
        rows = [row for row in wire(bench, stream) if low <= row[LOGS[stream]] < high]
        assert rows
        assert_rows(table(stream, run), stream, rows)
        runs.append(run)
    assert_surface(bench, *runs, streams=(stream,))


@pytest.mark.parametrize("stream", LOGS)
def test_a_full_refresh_of_a_log_tells_what_is_gone_only_when_whole(
    swift: Swift, catalog: Catalog, stream: str
) -> None:
    bench = swift(small_world(audits=20, counts={"agent_reports": 20}))
    chosen = catalog(stream)
    for entry in chosen["streams"]:
        entry["replication_method"] = "FULL_TABLE"
    config = {"emit_activate_version_messages": True}
    whole = bench.run(catalog=chosen, config=config)
    assert whole.activated.keys() == {stream}
    part = bench.run(catalog=chosen, config=config | {"start_date": utc(NOW - 5 * DAY)})
    assert not part.activated
    assert "not everything was read" in part.stderr
