"""After a run, an upserting consumer holds exactly what the tenant holds, in every call shape."""

from __future__ import annotations

import pytest

from tests.conftest import Bench
from tests.support.comparing import assert_same_table

KEYS = {"incidents": "incident_id", "alerts": "alert_id", "endpoints": "endpoint_id"}


@pytest.mark.parametrize("stream", KEYS)
def test_a_run_equals_the_tenant(cortex: Bench, stream: str) -> None:
    run = cortex.run()
    key = KEYS[stream]
    assert_same_table(run.table(stream), cortex.world.truth(stream), lambda row: (str(row[key]),))


def test_events_are_those_of_the_alerts_in_order(cortex: Bench) -> None:
    run = cortex.run()
    truth = cortex.world.truth("events")
    emitted = sorted(
        run.records["events"], key=lambda row: (int(row["alert_id"]), row["_event_index"])
    )
    expected = sorted(
        ({"_event_index": index, **event} for index, event in _numbered(truth)),
        key=lambda row: (int(row["alert_id"]), row["_event_index"]),
    )
    assert len(emitted) == len(expected)
    for record, event in zip(emitted, expected, strict=True):
        assert record["_event_id"] == f"{event['alert_id']}-{event['_event_index']}"


def _numbered(events):
    counts: dict[str, int] = {}
    for event in events:
        alert = str(event["alert_id"])
        yield counts.setdefault(alert, 0), event
        counts[alert] += 1
