"""Runs as Prometheus reads them: counters go on, and what was read stays read."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from edr_orchestrate.exporting import DamagedFile, export
from edr_orchestrate.metrics import RunMetrics
from prometheus_client.parser import text_string_to_metric_families

from tests.orchestrate.conftest import EDR_ORCHESTRATE
from tests.orchestrate.test_metrics import meltano, metric

NOON, ONE = (datetime(2026, 1, 31, hour, tzinfo=UTC) for hour in (12, 13))
GOOD = RunMetrics(
    succeeded=True, ended_at=NOON, duration_s=5.0, rows={"alerts": 10, "events": 3},
    requests={"get": 4}, retries=1, waits={"retries": 2.0},
    read_until={"alerts": NOON, "events": NOON}, newest={"alerts": NOON},
    drift={"alerts": 2}, clock_skew_s=1.0,
)  # fmt: skip


def values(path: Path) -> dict[str, float]:
    """Return the samples as ``name{label,label}``, without the labels of the unit."""
    found = {}
    for family in text_string_to_metric_families(path.read_text()):
        for sample in family.samples:
            assert (sample.labels.pop("tenant"), sample.labels.pop("product")) == ("a/b", "x")
            found[f"{sample.name}{{{','.join(sample.labels.values())}}}"] = sample.value
    return found


def exported(folder: Path, *runs: RunMetrics) -> dict[str, float]:
    for run in runs:
        path = export(run, folder, tenant="a/b", product="x")
    assert path.parent == folder
    assert path.suffix == ".prom"
    return values(path)


def test_a_first_run(tmp_path: Path) -> None:
    found = exported(tmp_path, GOOD)
    assert found["edr_records_total{alerts}"] == 10
    assert found["edr_requests_total{get}"] == 4
    assert found["edr_retries_total{}"] == 1
    assert found["edr_wait_seconds_total{retries}"] == 2
    assert found["edr_drifted_values_total{alerts}"] == 2
    assert found["edr_drifted_values_total{events}"] == 0, "seen before it rises"
    assert found["edr_runs_total{succeeded}"] == 1
    assert found["edr_runs_total{failed}"] == 0
    assert found["edr_run_success{}"] == 1
    assert found["edr_run_duration_seconds{}"] == 5
    assert found["edr_run_end_timestamp_seconds{}"] == NOON.timestamp()
    assert found["edr_stream_read_until_timestamp_seconds{events}"] == NOON.timestamp()
    assert found["edr_stream_bookmark_timestamp_seconds{alerts}"] == NOON.timestamp()
    assert found["edr_stream_status{succeeded,alerts}"] == 1
    assert found["edr_clock_skew_seconds{}"] == 1


def test_counters_go_on_and_what_was_read_stays_read(tmp_path: Path) -> None:
    dead = RunMetrics(
        succeeded=False, ended_at=ONE, requests={"get": 2}, unfinished=("alerts", "events")
    )
    found = exported(tmp_path, GOOD, GOOD, dead)
    assert found["edr_records_total{alerts}"] == 20
    assert found["edr_requests_total{get}"] == 10
    assert found["edr_runs_total{failed}"] == 1
    assert found["edr_run_success{}"] == 0
    assert found["edr_run_end_timestamp_seconds{}"] == ONE.timestamp()
    assert found["edr_stream_read_until_timestamp_seconds{alerts}"] == NOON.timestamp()
    assert found["edr_stream_status{unfinished,alerts}"] == 1
    assert "edr_stream_status{succeeded,alerts}" not in found
    assert "edr_clock_skew_seconds{}" not in found


def test_a_run_whose_state_was_not_saved_failed(tmp_path: Path) -> None:
    unsaved = replace(
        GOOD, errors=("Failed to persist incremental state to the configured backend",)
    )
    assert exported(tmp_path, unsaved)["edr_run_success{}"] == 0


def test_a_run_that_was_killed_forgets_nothing(tmp_path: Path) -> None:
    found = exported(tmp_path, GOOD, RunMetrics(rows={"alerts": 1}))
    assert found["edr_run_success{}"] == 0
    assert found["edr_records_total{alerts}"] == 11
    assert found["edr_stream_read_until_timestamp_seconds{events}"] == NOON.timestamp()


def test_a_stream_that_is_read_no_more_is_forgotten(tmp_path: Path) -> None:
    found = exported(tmp_path, GOOD, RunMetrics(succeeded=True, read_until={"alerts": ONE}))
    assert found["edr_stream_read_until_timestamp_seconds{alerts}"] == ONE.timestamp()
    assert "edr_stream_read_until_timestamp_seconds{events}" not in found
    assert found["edr_records_total{events}"] == 3, "a counter is never taken back"


def test_a_window_of_the_past_takes_nothing_back(tmp_path: Path) -> None:
    earlier = RunMetrics(succeeded=True, read_until={"alerts": datetime(2020, 1, 1, tzinfo=UTC)})
    found = exported(tmp_path, GOOD, earlier)
    assert found["edr_stream_read_until_timestamp_seconds{alerts}"] == NOON.timestamp()


def test_runs_that_end_together_are_all_counted(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        for _ in range(40):
            threads.submit(export, GOOD, tmp_path, tenant="a/b", product="x")
    found = exported(tmp_path, GOOD)
    assert found["edr_runs_total{succeeded}"] == 41
    assert [path.suffix for path in sorted(tmp_path.iterdir())] == [".lock", ".prom"]


@pytest.mark.parametrize("content", ["not a file of metrics {", "other_metric 5\n"])
def test_a_damaged_file_is_named_and_left(tmp_path: Path, content: str) -> None:
    path = export(GOOD, tmp_path, tenant="a/b", product="x")
    path.write_text(content)
    with pytest.raises(DamagedFile, match="Remove it"):
        exported(tmp_path, GOOD)
    assert path.read_text() == content


# The command.


def command(*arguments: str, log: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [EDR_ORCHESTRATE, "metrics", *arguments],
        input=log, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def test_the_command_prints_a_run_or_adds_it_to_a_folder(tmp_path: Path) -> None:
    log = "\n".join([metric("record_count", 3, stream="alerts"), meltano("Run completed")])
    printed = command(log=log)
    line = 'edr_records_total{product="gravityzone",stream="alerts",tenant="acme"} 3.0'
    assert line in printed.stdout
    assert printed.returncode == 0
    (tmp_path / "run.log").write_text(log)
    for _ in range(2):
        added = command("--folder", str(tmp_path), str(tmp_path / "run.log"))
        assert (added.returncode, added.stdout, added.stderr) == (0, "", "")
    assert line.replace("3.0", "6.0") in (tmp_path / "edr.acme.gravityzone.prom").read_text()
    assert 'tenant="other"' in command("--tenant", "other", log=log).stdout


@pytest.mark.parametrize(
    ("arguments", "log", "said"),
    [
        ((), "nothing\n", "no tap speaks in this log"),
        (("nowhere.log",), "", "nowhere.log: No such file"),
        (("--folder", "/nowhere"), meltano(), "/nowhere: No such file"),
    ],
)
def test_the_command_says_what_is_wrong(arguments: tuple[str, ...], log: str, said: str) -> None:
    done = command(*arguments, log=log)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
