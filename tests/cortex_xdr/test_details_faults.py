"""Details of incidents that vanish, are refused, fail or cannot be understood."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from edr_sandbox.serving import Fault, Reply, Request

from tests.cortex_xdr.surface import DETAILS, Row, assert_surface, wire
from tests.cortex_xdr.tenants import NOW, SECOND, asked, assert_complete, small_world
from tests.kit.quick import Quick, errors

Catalog = Callable[..., dict[str, Any]]
Swift = Callable[..., Quick]

CALL = "get_incident_extra_data"
# What was read is remembered as far as the look-back lists it again.
FAR = {"lookback_minutes": 60 * 24 * 60}
ERROR = "An error occurred while processing XDR public API"


@pytest.fixture
def bench(swift: Swift) -> Quick:
    return swift(small_world())


def refusal(status: int, extra: Any) -> Row:
    return {"reply": {"err_code": status, "err_msg": ERROR, "err_extra": extra}}


def rewriting(bench: Quick, change: Callable[[str, Row], None]) -> None:
    """Let ``change`` bend the details of each incident in place."""

    def hook(request: Request, reply: Reply) -> None:
        if CALL in request.path and reply.status == 200:
            change(request.json()["request_data"]["incident_id"], reply.body["reply"])

    bench.server.before_reply.append(hook)


@pytest.mark.parametrize("status", [404, 500])
def test_an_incident_that_vanished_since_it_was_listed(
    bench: Quick, catalog: Catalog, status: int
) -> None:
    bench.switches.set(missing_incident=status)
    gone = bench.world.keys("incidents")[4]

    def vanish(request: Request, _: Reply) -> None:
        if "get_incidents" in request.path:
            bench.world.restrict("incidents", [gone])

    bench.server.before_reply.append(vanish)
    run = bench.run(catalog=catalog("incidents", *DETAILS))
    assert_surface(bench, run, streams=DETAILS)
    assert (gone,) not in run.table("incident_details")
    assert not run.warnings
    assert f"{gone} vanished" in run.stderr


def test_a_404_without_a_word_is_a_vanished_incident_once_the_call_is_known(
    bench: Quick, catalog: Catalog
) -> None:
    bench.server.faults.append(Fault(call=CALL, skip=3, status=404, body=refusal(404, None)))
    run = bench.run(catalog=catalog(*DETAILS), config={"max_parallel_requests": 1})
    assert len(run.records["incident_details"]) == 13
    assert not run.warnings


def test_an_incident_that_vanishes_before_the_rest_of_its_alerts(
    swift: Swift, catalog: Catalog
) -> None:
    world = small_world(incidents=2, alerts=4)
    for _ in range(1001):
        world.add_alert(case_id=int(world.keys("incidents")[0]), at=NOW - SECOND)
    bench = swift(world, missing_incident=404)

    def vanish(request: Request, _: Reply) -> None:
        if CALL in request.path:
            world.restrict("incidents", world.keys("incidents"))

    bench.server.before_reply.append(vanish)
    run = bench.run(catalog=catalog(*DETAILS), config={"max_parallel_requests": 1})
    assert len(run.records["incident_alerts"]) == 1000, "what came is written"
    assert "is skipped" not in run.stderr


@pytest.mark.parametrize("status", [402, 403, 404])
def test_without_the_right_the_details_alone_are_skipped(
    bench: Quick, catalog: Catalog, status: int
) -> None:
    bench.server.faults.append(
        Fault(call=CALL, status=status, body=refusal(status, None), times=99)
    )
    run = bench.run(catalog=catalog("incidents", "endpoints", *DETAILS))
    assert_complete(bench, run, streams=("incidents", "endpoints"))
    assert (
        f"Stream '{', '.join(DETAILS)}' is skipped: incidents/{CALL} (HTTP {status})"
        in (run.warnings[0])
    )
    assert len(run.warnings) == 2, "one for the streams, one in the summary"
    again = bench.run(run.state, catalog=catalog("incidents", *DETAILS))
    assert "is skipped" in again.warnings[0]
    bench.server.faults.clear()
    last = bench.run(again.state, catalog=catalog("incidents", *DETAILS))
    assert_surface(bench, last, streams=DETAILS)


@pytest.mark.parametrize(
    ("status", "extra", "fails"), [(403, None, False), (500, "invalid incident_id", True)]
)
def test_one_incident_that_is_refused_keeps_no_other_back(
    bench: Quick, catalog: Catalog, status: int, extra: str | None, fails: bool
) -> None:
    chosen = catalog("incidents", *DETAILS)
    refused = bench.world.keys("incidents")[4]
    handle = bench.server.simulator.handle

    def refusing(request: Request) -> Reply:
        if CALL in request.path and request.json()["request_data"]["incident_id"] == refused:
            return Reply(refusal(status, extra), status)
        return handle(request)

    bench.server.simulator.handle = refusing
    run = bench.run(catalog=chosen, config=FAR, succeeds=not fails)
    read = {row["incident_id"] for row in run.records["incident_details"]}
    assert read == {*bench.world.keys("incidents")} - {refused}
    said = errors(run)[0] if fails else run.warnings[0]
    assert f"Stream '{', '.join(DETAILS)}'" in said
    assert f"(HTTP {status})" in said
    bench.server.simulator.handle = handle
    size = len(bench.server.log)
    rest = bench.run(run.state, catalog=chosen, config=FAR)
    assert_surface(bench, run, rest, streams=DETAILS)
    assert {each["incident_id"] for each in asked(bench, CALL, since=size)} == {refused}


@pytest.mark.parametrize(
    "fault",
    [
        Fault(call=CALL, skip=5, times=99, status=503),
        Fault(call=CALL, skip=5, times=99, status=500, body=refusal(500, "invalid incident_id")),
        Fault(call=CALL, skip=5, times=99, status=200, body={"reply": {"err_code": 500}}),
    ],
    ids=["outage", "refused", "an error with status 200"],
)
def test_a_lasting_fault_fails_the_details_alone(
    bench: Quick, catalog: Catalog, fault: Fault
) -> None:
    chosen = catalog("incidents", "endpoints", *DETAILS)
    bench.server.faults.append(fault)
    config = {"max_retries": 1, "max_parallel_requests": 1}
    run = bench.run(catalog=chosen, config=config, succeeds=False)
    assert_complete(bench, run, streams=("incidents", "endpoints"))
    assert f"Stream '{', '.join(DETAILS)}' failed" in errors(run)[0]
    assert len(run.records["incident_details"]) == 5
    bench.server.faults.clear()
    size = len(bench.server.log)
    rest = bench.run(run.state, catalog=chosen)
    assert_surface(bench, run, rest, streams=DETAILS)
    assert len(asked(bench, CALL, since=size)) < 14


@pytest.mark.parametrize("kind", ["truncate", "reset"])
def test_a_passing_fault_loses_nothing(bench: Quick, catalog: Catalog, kind: str) -> None:
    bench.server.faults.append(Fault(kind=kind, call=CALL, skip=2, times=2))
    run = bench.run(catalog=catalog(*DETAILS))
    assert_surface(bench, run, streams=DETAILS)


@pytest.mark.parametrize(
    ("stream", "member", "value"),
    [
        ("incident_alerts", "alerts", {"data": "none"}),
        ("incident_alerts", "alerts", "none"),
        ("file_artifacts", "file_artifacts", {"data": {"a": 1}}),
        ("network_artifacts", "network_artifacts", 7),
    ],
)
def test_something_else_in_the_place_of_rows_is_asked_for_again(
    bench: Quick, catalog: Catalog, stream: str, member: str, value: Any
) -> None:
    odd = bench.world.keys("incidents")[3]
    rewriting(bench, lambda key, details: details.update({member: value}) if key == odd else None)
    run = bench.run(catalog=catalog(*DETAILS))
    others = tuple(name for name in DETAILS if name != stream)
    assert_surface(bench, run, streams=others)
    assert f"Stream '{stream}': details hold something else" in run.stderr
    assert (odd,) not in {each[:1] for each in run.table(stream)}
    bench.server.before_reply.clear()
    rest = bench.run(run.state, catalog=catalog(*DETAILS))
    assert_surface(bench, run, rest, streams=DETAILS)
    assert odd in [one["incident_id"] for one in asked(bench, CALL)[14:]]


def replacing(bench: Quick, key: str, change: Callable[[Row], Any]) -> None:
    """Let ``change`` make another reply of the details of one incident."""

    def hook(request: Request, reply: Reply) -> None:
        if CALL in request.path and request.json()["request_data"]["incident_id"] == key:
            reply.body["reply"] = change(reply.body["reply"])

    bench.server.before_reply.append(hook)


@pytest.mark.parametrize(
    "change",
    [
        lambda _: None,
        lambda _: {},
        lambda _: [],
        lambda details: [details],
        lambda details: {**details, "incident": "none"},
        lambda details: {**details, "incident": None},
    ],
    ids=["null", "empty", "empty list", "in a list", "text", "without the incident"],
)
def test_no_stream_has_read_a_reply_without_an_incident(
    bench: Quick, catalog: Catalog, change: Callable[[Row], Any]
) -> None:
    odd = bench.world.keys("incidents")[3]
    replacing(bench, odd, change)
    run = bench.run(catalog=catalog(*DETAILS))
    for stream in DETAILS:
        assert f"Stream '{stream}': details hold something else" in run.stderr
        assert len({each[0] for each in run.table(stream)} | {odd}) == len(
            {row["incident_id"] for row in wire(bench, stream)} | {odd}
        )
    assert f"the details of incident {odd} lack something" in run.stderr
    assert "drift" not in run.stderr, "a record was made of something else"
    size = len(bench.server.log)
    bench.server.before_reply.clear()
    rest = bench.run(run.state, catalog=catalog(*DETAILS))
    assert_surface(bench, run, rest, streams=DETAILS)
    assert odd in [one["incident_id"] for one in asked(bench, CALL, since=size)]


def test_details_that_were_not_understood_tell_of_no_row_that_is_gone(
    bench: Quick, catalog: Catalog
) -> None:
    replacing(bench, bench.world.keys("incidents")[3], lambda _: None)
    chosen = catalog("incidents", *DETAILS)
    for stream in chosen["streams"]:
        stream["replication_method"] = "FULL_TABLE"
    run = bench.run(catalog=chosen, config={"emit_activate_version_messages": True})
    assert run.activated.keys() == {"incidents"}


@pytest.mark.parametrize("reply", [None, {}, []], ids=str)
def test_a_reply_that_is_faulty_by_chance_is_asked_for_again(
    bench: Quick, catalog: Catalog, reply: Any
) -> None:
    bench.server.faults.append(Fault(call=CALL, skip=3, status=200, body={"reply": reply}))
    run = bench.run(catalog=catalog(*DETAILS), config=FAR)
    assert_surface(bench, run, streams=DETAILS)
    assert not run.warnings
    assert len(asked(bench, CALL)) == 15
    bench.run(run.state, catalog=catalog(*DETAILS), config=FAR)
    assert len(asked(bench, CALL)) == 15


@pytest.mark.parametrize("member", ["alerts", "file_artifacts", "network_artifacts"])
@pytest.mark.parametrize("entry", [None, "x", 5, []], ids=str)
def test_an_entry_that_is_no_object_is_missing_alone(
    bench: Quick, catalog: Catalog, member: str, entry: Any
) -> None:
    odd = bench.world.keys("incidents")[3]
    said = f"entries of {member} that are no objects were left out" if entry is not None else ""

    def put_in(key: str, details: Row) -> None:
        if key == odd:
            details[member]["data"] = [entry, *details[member]["data"], entry]

    rewriting(bench, put_in)
    run = bench.run(catalog=catalog(*DETAILS), config=FAR)
    assert_surface(bench, run, streams=DETAILS)
    assert sum(said in line for line in run.warnings[:-1]) == (1 if said else 0)
    assert bool(run.warnings) == bool(said), "null is allowed everywhere"
    size = len(bench.server.log)
    bench.run(run.state, catalog=catalog(*DETAILS), config=FAR)
    assert not asked(bench, CALL, since=size), "what two answers hold is how the vendor answers"


@pytest.mark.parametrize("member", ["alerts", "file_artifacts", "network_artifacts"])
@pytest.mark.parametrize(
    "held", [lambda _: [], lambda _: None, lambda rows: rows], ids=["empty", "null", "some"]
)
def test_fewer_rows_than_the_vendor_counts_are_said(
    bench: Quick, catalog: Catalog, member: str, held: Callable[[Any], Any]
) -> None:
    odd = bench.world.keys("incidents")[3]
    stream = "incident_alerts" if member == "alerts" else member

    def hide(key: str, details: Row) -> None:
        if key == odd:
            rows = details[member]["data"]
            details[member] = {"total_count": len(rows) + 3, "data": held(rows)}

    rewriting(bench, hide)
    run = bench.run(catalog=catalog(*DETAILS), config=FAR)
    assert_surface(bench, run, streams=tuple(name for name in DETAILS if name != stream))
    assert f"Stream '{stream}': an incident has more {member} than" in run.warnings[0]
    assert len(asked(bench, CALL)) == 15, "a second answer decides"
    bench.run(run.state, catalog=catalog(*DETAILS), config=FAR)
    assert len(asked(bench, CALL)) == 15, "and tells all that the vendor hands out"


def test_lists_that_are_null_or_missing_are_empty(bench: Quick, catalog: Catalog) -> None:
    def empty(_: str, details: Row) -> None:
        details["alerts"] = {"total_count": None, "data": None}
        details["file_artifacts"] = None
        del details["network_artifacts"]

    rewriting(bench, empty)
    run = bench.run(catalog=catalog(*DETAILS))
    assert_surface(bench, run, streams=DETAILS[:1])
    assert not any(run.records[name] for name in DETAILS[1:])
    assert not run.warnings


def test_a_list_of_incidents_that_fails_reads_no_details(bench: Quick, catalog: Catalog) -> None:
    bench.server.faults.append(Fault(call="get_incidents", status=503, times=99, skip=2))
    config = {"max_retries": 1, "page_size": 4}
    run = bench.run(catalog=catalog("incidents", *DETAILS), config=config, succeeds=False)
    assert not asked(bench, CALL)
    bench.server.faults.clear()
    rest = bench.run(run.state, catalog=catalog("incidents", *DETAILS))
    assert_surface(bench, run, rest, streams=DETAILS)
