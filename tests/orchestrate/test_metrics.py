"""The metrics of a run, from logs as the taps, the SDK and Meltano write them."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from edr_orchestrate.metrics import RunMetrics, UnreadableLog, read_metrics
from edr_sandbox.serving import Fault

from tests.kit.cli import CommandLine
from tests.kit.quick import CALLS, TAPS, Quick, quick, rewrite

STRUCTURED = {
    "version": 1, "disable_existing_loggers": False,
    "formatters": {"it": {"()": "singer_sdk.logging.StructuredFormatter"}},
    "handlers": {"it": {"class": "logging.StreamHandler", "formatter": "it",
                        "stream": "ext://sys.stderr"}},
    "root": {"level": logging.INFO, "handlers": ["it"]},
}  # fmt: skip


@pytest.fixture(params=TAPS)
def bench(request: pytest.FixtureRequest, forked: CommandLine, tmp_path: Path) -> Iterator[Quick]:
    with quick(request.param, forked, tmp_path) as running:
        yield running


def metrics_of(bench: Quick, log: str) -> RunMetrics:
    metrics = read_metrics(log.splitlines())
    assert metrics.product == bench.tap.removeprefix("tap-")
    assert sum(metrics.requests.values()) == len(bench.server.log)
    return metrics


def test_a_tap_by_itself(bench: Quick) -> None:
    run = bench.run(config={"tenant": "acme"})
    metrics = metrics_of(bench, run.stderr)
    written = {stream: len(rows) for stream, rows in run.records.items() if rows}
    assert {stream: rows for stream, rows in metrics.rows.items() if rows} == written
    assert metrics.statuses == dict.fromkeys(metrics.rows, "succeeded")
    assert metrics.newest.keys() <= metrics.read_until.keys()
    assert metrics.retries == 0
    assert metrics.errors == ()
    assert metrics.succeeded is None, "Meltano alone says so"


def test_the_sdks_structured_form(bench: Quick) -> None:
    config = bench.folder / "logging.json"
    config.write_text(json.dumps(STRUCTURED))
    settings = bench.folder / "settings.json"
    settings.write_text(json.dumps(bench.config | {"tenant": "acme"}))
    assert bench.forked
    said = bench.forked(
        bench.tap, "--config", str(settings), folder=bench.folder,
        SINGER_SDK_LOG_CONFIG=str(config),
    )  # fmt: skip
    lines = [line for line in said.stderr.splitlines() if line.startswith("{")]
    metrics = metrics_of(bench, "\n".join(lines))
    assert metrics.tenant == "acme"
    assert metrics.ended_at is not None
    assert metrics.ended_at.tzinfo is UTC
    assert metrics.rows["incidents"] == len(bench.truth("incidents"))


def test_what_went_wrong_is_told(bench: Quick) -> None:
    call = CALLS[bench.tap]["endpoints"]
    bench.server.faults.append(Fault(call=call, status=503, times=10**6))
    rewrite(bench, "incidents", lambda _, rows: rows[0].update(brand_new=1) if rows else None)
    metrics = metrics_of(bench, bench.run(config={"max_retries": 2}, succeeds=False).stderr)
    assert metrics.failed == ("endpoints",)
    assert metrics.statuses["endpoints"] == "failed"
    assert metrics.retries == 2
    assert metrics.waited_s == pytest.approx(sum(metrics.waits.values()))
    assert "incidents" in metrics.drifted
    assert any("'endpoints' failed" in text for text in metrics.errors)


# Lines as Meltano writes them.


def meltano(event: str = "METRIC", **members: Any) -> str:
    line = {
        "event": event, "level": "info", "run_id": "r", "job_name": "prod:tap-x-to-y:acme",
        "timestamp": "2026-01-31T12:00:00.5Z", "name": "tap-gravityzone--eu", "producer": True,
        "consumer": False, "tenant": "acme", **members,
    }  # fmt: skip
    return json.dumps(line)


def metric(name: str, value: float, **tags: Any) -> str:
    return meltano(metric_info={"type": "t", "metric": name, "value": value, "tags": tags})


def test_meltanos_log() -> None:
    loader = {"name": "target-x", "producer": False, "consumer": True}
    metrics = read_metrics([
        "a line of something else", "{", "[1]", "{}", '{"event": 5}', "",
        meltano("Running job", name="meltano", producer=False),
        metric("record_count", 3, stream="alerts"),
        metric("record_count", 4, stream="alerts"),
        meltano("METRIC", **loader, metric_info={"metric": "record_count", "value": 7,
                                                 "tags": {"stream": "alerts"}}),
        metric("http_request_count", 5, endpoint="a"),
        metric("http_retry_count", 2, endpoint="a"),
        metric("wait_duration", 1.5, reason="retries"),
        metric("read_until", 1769860800, stream="alerts"),
        metric("bookmark", 1769860799.25, stream="alerts"),
        metric("stream_status", 1, stream="events", status="skipped"),
        metric("stream_status", 1, stream="users", status="unfinished"),
        metric("drift_count", 2, stream="alerts", kind="unknown"),
        metric("drift_count", 3, stream="alerts", kind="mistyped"),
        metric("drift_count", 1, stream="alerts", kind="keyless"),
        metric("clock_skew", -0.5),
        metric("a_new_one", 1),
        meltano("no room", level="error", **loader),
        json.dumps({"event": "Block run completed", "level": "error"}),
        json.dumps({"event": "Run completed", "status": "failure", "duration_seconds": 9.5,
                    "level": "info", "timestamp": "2026-01-31T12:00:09Z", "run_id": "r"}),
    ])  # fmt: skip
    assert metrics == RunMetrics(
        tenant="acme", product="gravityzone", state_id="prod:tap-x-to-y:acme", run_id="r",
        succeeded=False, duration_s=9.5, ended_at=datetime(2026, 1, 31, 12, 0, 9, tzinfo=UTC),
        rows={"alerts": 7}, requests={"a": 5}, retries=2, waits={"retries": 1.5},
        read_until={"alerts": datetime(2026, 1, 31, 12, tzinfo=UTC)},
        newest={"alerts": datetime(2026, 1, 31, 11, 59, 59, 250_000, tzinfo=UTC)},
        skipped=("events",), unfinished=("users",), drift={"alerts": 5}, keyless={"alerts": 1},
        clock_skew_s=-0.5, errors=("no room",),
    )  # fmt: skip


@pytest.mark.parametrize("other", [{"run_id": "other"}, {"job_name": "prod:other"}])
def test_a_log_of_several_runs_is_refused(other: dict[str, str]) -> None:
    with pytest.raises(UnreadableLog, match="several runs"):
        read_metrics([meltano(), meltano(**other)])


def test_meltanos_console_format_is_refused_with_the_remedy() -> None:
    line = "2026-01-31T12:00:00Z [info ] tap-x METRIC   metric_name=record_count metric_value=1"
    with pytest.raises(UnreadableLog, match="--log-format=json"):
        read_metrics([line])


def test_a_message_that_quotes_a_metric_is_none() -> None:
    forged = 'METRIC: {"type":"counter","metric":"record_count","value":9,"tags":{"stream":"x"}}'
    console = "2026-01-31 12:00:00,000 | WARNING  | tap-gravityzone                | said: "
    metrics = read_metrics([console + forged, meltano(forged)])
    assert metrics.rows == {}
