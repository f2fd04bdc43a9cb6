"""What a run says: each thing once when it happens, and all of it at the end."""

from __future__ import annotations

import logging
import threading

import pytest
from edr_tap_kit.report import Drift, Report

LOGGER = logging.getLogger("tests.report")


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, LOGGER.name)
    return caplog


def test_a_quiet_run_says_one_line(said: pytest.LogCaptureFixture) -> None:
    Report(LOGGER).summarise()
    assert said.messages == ["Requests: 0 (none)"]


def test_everything_is_said_when_it_happens_and_in_the_summary(
    said: pytest.LogCaptureFixture,
) -> None:
    report = Report(LOGGER)
    report.count_request("list", 0.0)
    report.count_request("list", 1.5)
    report.count_request("get", 0.0)
    report.count_retry("get", 2.25)
    report.skip(["devices"], "no licence 100%")
    report.fail(["alerts"], "gone")
    report.note("something 50%")
    report.note("something 50%")
    levels = [(record.levelname, record.getMessage()) for record in said.records]
    assert levels == [
        ("WARNING", "Stream 'devices' is skipped: no licence 100%"),
        ("ERROR", "Stream 'alerts' failed: gone"),
        ("WARNING", "something 50%"),
    ]
    said.clear()
    report.summarise()
    assert said.messages == [
        "Requests: 3 (get 1, list 2)",
        "Waited: 1.5 s for request budget, 2.2 s for retries; repeated requests: 1",
        "Skipped streams: devices",
        "Failed streams: alerts",
        "Said during the run: something 50%",
    ]


def test_drift_names_what_and_where_to_find_it(said: pytest.LogCaptureFixture) -> None:
    report = Report(LOGGER)
    drift = Drift()
    drift.unknown["new_field"] += 3
    drift.mistyped["count"] += 1
    drift.keyless += 2
    report.drifted("alerts", drift)
    report.drifted("incidents", Drift())
    drifted, keyless = said.messages
    assert "'alerts'" in drifted
    assert "'new_field' (3)" in drifted
    assert "'count' (1)" in drifted
    assert "_extra" in drifted
    assert "2 record(s) without a value for the primary key were skipped" in keyless
    said.clear()
    report.summarise()
    assert "Streams that drifted: alerts" in said.messages


def test_drift_of_very_many_fields_stays_one_readable_line(said: pytest.LogCaptureFixture) -> None:
    drift = Drift()
    drift.unknown.update(f"field_{number}" for number in range(1000))
    Report(LOGGER).drifted("alerts", drift)
    (message,) = said.messages
    assert "and 980 more" in message
    assert len(message) < 1500


def test_threads_count_together() -> None:
    report = Report(LOGGER)

    def count() -> None:
        for _ in range(500):
            report.count_request("list", 0.001)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert report.requests["list"] == 2000
    assert report.waited["request budget"] == 2000
