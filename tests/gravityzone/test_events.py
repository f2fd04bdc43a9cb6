"""Pushed events: every one of them once, under a lasting key, at the time of its module."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Bench
from tests.gravityzone.checking import moment
from tests.support.comparing import differences
from tests.support.running import Run

SENT = 1_763_800_000_123  # an envelope's id: when it was sent, epoch ms
SENT_TEXT = "2025-11-22T08:26:40.123Z"
TIME, TIME_TEXT = "2025-11-22T08:26:31.000Z", "2025-11-22T08:26:31.000Z"
EPOCH, EPOCH_TEXT = 1_763_799_991, "2025-11-22T08:26:31Z"

# The vendor's table of event types: the member that says when an event happened.
TIMED = {
    "adcloud": "lastAdReportDate",
    "aph": "last_blocked",
    "av": "timestamp",
    "avc": "last_blocked",
    "hd": "date",
    "antiexploit": "detection_time",
    "fw": "last_blocked",
    "network-monitor": "timestamp",
    "network-sandboxing": "detectionTime",
    "dp": "last_blocked",
    "uc": "last_blocked",
    "ransomware-mitigation": "detected_on",
    "new-incident": "created",
    "exchange-malware": "detectionTime",
    "storage-antimalware": "detection_time",
    "device-control": "date",
    "troubleshooting-activity": "startDate",
}
IN_SECONDS = {"network-sandboxing", "ransomware-mitigation"}
UNTIMED = [
    "exchange-organization-info", "exchange-user-credentials", "task-status", "modules",
    "registration", "supa-update-status", "sva", "sva-load", "install", "uninstall", "hwid-change",
    "endpoint-moved-in", "endpoint-moved-out", "security-container-update-available",
    "partner-changed", "a-module-of-tomorrow",
]  # fmt: skip


@pytest.fixture
def pushed(gravityzone: Bench) -> Bench:
    """A tenant with its pushed events, and a key that reads nothing else."""
    gravityzone.switches.enabled_apis = ()
    return gravityzone


def body(*events: dict[str, Any], sent: Any = SENT) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "method": "addEvents", "params": {"events": events}, "id": sent}


def store(spool: Path, name: str, *bodies: dict[str, Any]) -> None:
    (spool / name).write_text("\n".join(map(json.dumps, bodies)), encoding="utf-8")


def read(bench: Bench, **options: Any) -> Run:
    bench.switches.enabled_apis = ()
    return bench.run(**options)


def assert_all_events(run: Run, events: list[dict[str, Any]]) -> None:
    left = list(run.table("events").values())
    for whole in events:
        event = {name: value for name, value in whole.items() if name != "license_key"}
        found = next((record for record in left if not differences(event, record)), None)
        assert found, f"lost or changed: {event}"
        left.remove(found)
    assert not left, f"invented: {left[:2]}"


def test_every_pushed_event_is_read_once(pushed: Bench) -> None:
    run = pushed.run()
    truth = pushed.world.truth("events")
    assert len(run.table("events")) == len(truth)
    assert_all_events(run, truth)
    assert len(run.records["events"]) > len(truth), "the re-delivery of the simulator is gone"


def test_no_licence_key_is_written(pushed: Bench) -> None:
    (key,) = {row["license_key"] for row in pushed.world.truth("events") if "license_key" in row}
    assert key not in str(pushed.run().records)


def test_a_redelivery_and_a_later_run_give_the_same_keys(pushed: Bench, spool: Path) -> None:
    first = pushed.run()
    for number, path in enumerate(sorted(spool.iterdir())):
        (spool / f"again-{number}.json").write_bytes(path.read_bytes())
    second = pushed.run(first.state)
    third = pushed.run()
    assert first.table("events").keys() == third.table("events").keys()
    assert second.table("events").keys() <= first.table("events").keys()
    assert len(third.records["events"]) == 2 * len(first.records["events"])


def test_new_files_are_read_by_the_next_run(pushed: Bench, spool: Path) -> None:
    first = pushed.run()
    store(spool, "later.json", body({"module": "install", "hwid": "new one"}))
    second = pushed.run(first.state)
    assert "new one" in {row.get("hwid") for row in second.records["events"]}
    stored = moment(second.state["bookmarks"]["events"]["replication_key_value"])
    assert stored >= moment(first.state["bookmarks"]["events"]["replication_key_value"])


def test_the_time_of_every_module(small: Bench, spool: Path) -> None:
    timed = [
        {"module": module, member: EPOCH if module in IN_SECONDS else TIME}
        for module, member in TIMED.items()
    ]
    untimed = [{"module": module, "end_subscription_date": TIME} for module in UNTIMED]
    store(spool, "body.json", body(*timed, *untimed))
    by_type = {row["_event_type"]: row for row in read(small).records["events"]}
    assert by_type.keys() == {*TIMED, *UNTIMED}
    for module in TIMED:
        expected = EPOCH_TEXT if module in IN_SECONDS else TIME_TEXT
        assert by_type[module]["_event_time"] == expected, module
    for module in UNTIMED:
        assert by_type[module]["_event_time"] == SENT_TEXT, module
    assert {row["_sent_at"] for row in by_type.values()} == {SENT_TEXT}
    assert {row["_envelope_id"] for row in by_type.values()} == {str(SENT)}


def test_a_malformed_time_is_kept_as_it_is(small: Bench, spool: Path) -> None:
    malformed = "2017-09-13T14: 20:37.000Z"
    store(spool, "body.json", body({"module": "exchange-malware", "detectionTime": malformed}))
    (record,) = read(small).records["events"]
    assert record["detectionTime"] is None
    assert record["_extra"] == {"detectionTime": malformed}
    assert record["_event_time"] == SENT_TEXT


def test_without_any_time_the_time_of_storing_counts(small: Bench, spool: Path) -> None:
    store(spool, "body.json", body({"module": "install"}, sent="no time"))
    (record,) = read(small).records["events"]
    assert record["_sent_at"] is None
    assert record["_event_time"] == record["_received_at"]


def test_distinct_events_have_distinct_keys(small: Bench, spool: Path) -> None:
    install = {"module": "install", "hwid": "one"}
    growing = {"module": "new-incident", "incident_id": "a", "created": TIME, "severityScore": 89}
    grown = {**growing, "severityScore": 95}
    store(spool, "1.json", body(install, install, growing))
    store(spool, "2.json", body(install, grown, sent=SENT + 60_000))
    run = read(small)
    # Alike without a time of their own: two in one body and one in another are three events.
    assert len(run.table("events")) == len(run.records["events"]) == 5


def test_the_order_of_members_does_not_make_another_event(small: Bench, spool: Path) -> None:
    event = {"module": "av", "timestamp": TIME, "hash": "abc"}
    store(spool, "1.json", body(event))
    store(spool, "2.json", body(dict(reversed(event.items())), sent=SENT + 5000))
    run = read(small)
    assert len(run.records["events"]) == 2
    assert len(run.table("events")) == 1


def test_test_events_are_flagged(pushed: Bench) -> None:
    run = pushed.run()
    flagged = [row for row in run.table("events").values() if row["_is_test"]]
    truth = [row for row in pushed.world.truth("events") if row.get("_testEvent_")]
    assert len(flagged) == len(truth) > 0
    assert all(row["_testEvent_"] for row in flagged)


def test_start_and_end_are_about_the_time_of_storing(pushed: Bench) -> None:
    run = pushed.run(config={"start_date": "2100-01-01T00:00:00Z"})
    assert not run.records["events"]
    run = pushed.run(config={"end_date": "2020-01-01T00:00:00Z"})
    assert not run.records["events"]
