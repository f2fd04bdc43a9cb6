"""Alerts: on failure, on lag, once each; and a look at the push."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from dagster import (
    AssetKey,
    AssetMaterialization,
    DagsterInstance,
    SensorResult,
    build_run_status_sensor_context,
    build_sensor_context,
)
from edr_orchestrate.alerting import URL, alert
from edr_orchestrate.dagster import sensors
from edr_orchestrate.dagster.definitions import definitions_of
from edr_orchestrate.dagster.fleet import Fleet
from edr_orchestrate.lag import Watch, read_watch, write_watch

from tests.orchestrate.dagster.conftest import StandIn

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def webhook(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A webhook; the texts that it received."""
    texts: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            texts.append(json.loads(body)["text"])
            self.send_response(503 if "refuse" in self.path else 200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv(URL, f"http://127.0.0.1:{server.server_port}/token-of-a-channel")
    yield texts
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_webhook_that_is_out_of_order_is_said_without_its_address(
    webhook: list[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert alert("one")
    monkeypatch.setenv(URL, "http://127.0.0.1:9/secret-token")
    assert not alert("two")
    monkeypatch.setenv(URL, "file:///etc/passwd")
    assert not alert("three")
    monkeypatch.delenv(URL)
    assert not alert("four")
    assert webhook == ["one"]
    assert "The webhook did not take an alert (ConnectionRefusedError): two" in caplog.text
    assert "has to begin with https://; not delivered: three" in caplog.text
    assert "four (no EDR_ORCHESTRATE_ALERT_URL is set" in caplog.text
    assert "secret-token" not in caplog.text


def test_lag_is_told_once_when_it_begins_and_once_when_it_is_over() -> None:
    limits = {"acme/gravityzone": HOUR, "new/gravityzone": HOUR}
    watch = Watch(since={"acme/gravityzone": NOON - 2 * HOUR})
    (late,) = watch.look(limits, NOON)
    assert late == (
        "acme/gravityzone is behind: it was last read to its end 120 minutes ago, and 60 minutes "
        "are allowed."
    )
    watch = read_watch(write_watch(watch))
    assert list(watch.look(limits, NOON + HOUR / 2)) == []
    (late,) = watch.look(limits, NOON + 2 * HOUR)
    assert late.startswith("new/gravityzone is behind")  # it never ran at all
    watch.since["acme/gravityzone"] = NOON + 2 * HOUR
    assert list(watch.look(limits, NOON + 2 * HOUR)) == ["acme/gravityzone is up to date again."]
    assert list(watch.look({}, NOON + 9 * HOUR)) == []  # who is no tenant any more
    assert not watch.since
    assert not watch.told


def test_the_lag_sensor_follows_the_runs_that_ended_well(
    fleet: Fleet, instance: DagsterInstance, webhook: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sensors, "_LIMIT_MINUTES", 0)
    sensor = sensors.lag_sensor(fleet)

    def look(cursor: str | None) -> str | None:
        with build_sensor_context(instance, cursor=cursor) as context:
            result = sensor(context)
            assert isinstance(result, SensorResult)
            return result.cursor

    cursor = look(look(None))
    assert len(webhook) == 4, "nobody was ever read"
    monkeypatch.setattr(sensors, "_LIMIT_MINUTES", 60)
    sensor = sensors.lag_sensor(fleet)
    instance.report_runless_asset_event(
        AssetMaterialization(AssetKey(["gravityzone", "live"]), partition="acme")
    )
    webhook.clear()
    cursor = look(cursor)
    assert "acme/gravityzone is up to date again." in webhook
    seen = read_watch(cursor)
    assert seen.after.keys() == {"gravityzone"}


def test_a_run_that_fails_is_told_with_its_reason(
    fleet: Fleet, instance: DagsterInstance, meltano: StandIn, webhook: list[str]
) -> None:
    error = {"level": "error", "event": "GravityZone does not accept the key (HTTP 401)."}
    meltano.says("acme", error, status=1)
    repository = definitions_of(fleet).get_repository_def()
    job = repository.get_job("gravityzone_live")
    result = job.execute_in_process(instance=instance, partition_key="acme", raise_on_error=False)
    assert not result.success
    context = build_run_status_sensor_context(
        "failures", result.get_run_failure_event(), instance, result.dagster_run
    ).for_run_failure()
    sensors.failure_sensor(context)
    (text,) = webhook
    assert text.startswith(
        "gravityzone_live acme failed: acme/gravityzone: GravityZone does not accept the key"
    )
    assert result.run_id in text


def test_every_push_is_looked_at(fleet: Fleet, instance: DagsterInstance) -> None:
    found = sensors.push_sensor(fleet)
    assert found is not None
    repository = definitions_of(fleet).get_repository_def()
    with build_sensor_context(instance, repository_def=repository) as context:
        data = found[1].evaluate_tick(context)
    assert [request.partition_key for request in data.run_requests or ()] == ["acme"]
