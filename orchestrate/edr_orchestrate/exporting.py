"""Runs as metrics of Prometheus: one text file for each tenant and product, for node_exporter.

A run is over before anybody could ask it, so its figures are added to those of the runs before it,
which the file holds: counters go on, and a stream that was not read keeps the time up to which it
was. A file that is removed is a counter that starts again, which Prometheus understands.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from prometheus_client import CollectorRegistry, Metric, generate_latest, write_to_textfile
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector
from typing_extensions import override

from edr_orchestrate.errors import OrchestrationError
from edr_orchestrate.metrics import RunMetrics

UNIT = ("tenant", "product")
# By name: what it counts, and its labels beside those of the unit.
COUNTERS = {
    "edr_runs": ("Runs that ended.", ("status",)),
    "edr_records": ("Records that the tap wrote.", ("stream",)),
    "edr_requests": ("Requests to the vendor, repetitions included.", ("endpoint",)),
    "edr_retries": ("Requests that were repeated.", ()),
    "edr_wait_seconds": ("Time that requests were held back; several wait at once.", ("reason",)),
    "edr_drifted_values": ("Values that the schema did not expect, kept in _extra.", ("stream",)),
    "edr_keyless_records": ("Rows left out because they have no key.", ("stream",)),
}
GAUGES = {
    "edr_run_success": ("Whether the last run succeeded.", ()),
    "edr_run_end_timestamp_seconds": ("When the last run ended.", ()),
    "edr_run_duration_seconds": ("How long the last run took.", ()),
    "edr_stream_status": ("1 for how a stream ended in the last run.", ("stream", "status")),
    "edr_stream_read_until_timestamp_seconds": (
        "Up to when a stream was read to its end.", ("stream",),
    ),
    "edr_stream_bookmark_timestamp_seconds": ("The newest row that was written.", ("stream",)),
    "edr_clock_skew_seconds": ("How far the vendor's clock is ahead.", ()),
}  # fmt: skip
# What a later run that does not get so far leaves as it was.
_LASTING = ("edr_stream_read_until_timestamp_seconds", "edr_stream_bookmark_timestamp_seconds")

Values = dict[tuple[str, ...], float]


class DamagedFile(OrchestrationError):
    """A file of metrics that cannot be read; the text says what to do."""


def export(metrics: RunMetrics, folder: Path, *, tenant: str, product: str) -> Path:
    """Add a run to the file of its tenant and product, and return the file.

    It is replaced at once, so that nobody reads half of it; runs that end together wait for each
    other.

    Raises:
        DamagedFile: The file holds something else.
        OSError: The folder cannot be written.
    """
    path = folder / f"edr.{quote(tenant, safe='')}.{quote(product, safe='')}.prom"
    with _alone(path):
        before = _read(path) if path.exists() else {}
        write_to_textfile(str(path), _registry(metrics, before, (tenant, product)))
    return path


def as_text(metrics: RunMetrics, *, tenant: str, product: str) -> str:
    """Return a single run as Prometheus reads it."""
    return generate_latest(_registry(metrics, {}, (tenant, product))).decode()


def _registry(
    metrics: RunMetrics, before: Mapping[str, Values], unit: tuple[str, str]
) -> CollectorRegistry:
    registry = CollectorRegistry()
    families = _families(_counted(metrics, before), _gauged(metrics, before), unit)
    registry.register(_Fixed(list(families)))
    return registry


def _counted(metrics: RunMetrics, before: Mapping[str, Values]) -> dict[str, Values]:
    """Return the counters after the run, by name and labels."""
    none = dict.fromkeys(metrics.statuses, 0)  # a counter must be seen before it rises
    run: dict[str, Mapping[str, float]] = {
        "edr_runs": {"succeeded": 0, "failed": 0} | {_verdict(metrics): 1},
        "edr_records": metrics.rows,
        "edr_requests": metrics.requests,
        "edr_wait_seconds": metrics.waits,
        "edr_drifted_values": none | metrics.drift,
        "edr_keyless_records": none | metrics.keyless,
    }
    added: dict[str, Values] = {
        name: {(label,): value for label, value in counts.items()} for name, counts in run.items()
    }
    added["edr_retries"] = {(): metrics.retries}
    return {name: _sum(before.get(f"{name}_total", {}), values) for name, values in added.items()}


def _gauged(metrics: RunMetrics, before: Mapping[str, Values]) -> dict[str, Values]:
    """Return the gauges after the run, by name and labels."""
    statuses = metrics.statuses
    gauges: dict[str, Values] = {
        "edr_run_success": {(): float(_verdict(metrics) == "succeeded")},
        "edr_stream_status": dict.fromkeys(statuses.items(), 1),
        "edr_stream_read_until_timestamp_seconds": {
            (stream,): moment.timestamp() for stream, moment in metrics.read_until.items()
        },
        "edr_stream_bookmark_timestamp_seconds": {
            (stream,): moment.timestamp() for stream, moment in metrics.newest.items()
        },
    }
    if metrics.ended_at is not None:
        gauges["edr_run_end_timestamp_seconds"] = {(): metrics.ended_at.timestamp()}
    if metrics.duration_s is not None:
        gauges["edr_run_duration_seconds"] = {(): metrics.duration_s}
    if metrics.clock_skew_s is not None:
        gauges["edr_clock_skew_seconds"] = {(): metrics.clock_skew_s}
    for name in _LASTING:
        for labels, value in before.get(name, {}).items():
            # A stream that nobody reads any more is forgotten; a run that read none forgets none.
            if not statuses or labels[0] in statuses:
                gauges[name][labels] = max(value, gauges[name].get(labels, value))
    return gauges


def _verdict(metrics: RunMetrics) -> str:
    return "succeeded" if metrics.succeeded and not metrics.state_unsaved else "failed"


def _sum(before: Values, run: Values) -> Values:
    return {
        labels: before.get(labels, 0) + run.get(labels, 0) for labels in before.keys() | run.keys()
    }


def _families(
    counters: Mapping[str, Values], gauges: Mapping[str, Values], unit: tuple[str, str]
) -> Iterator[Metric]:
    for described, values, make in (
        (COUNTERS, counters, CounterMetricFamily),
        (GAUGES, gauges, GaugeMetricFamily),
    ):
        for name, (text, labels) in described.items():
            family = make(name, text, labels=[*UNIT, *labels])
            for own, value in sorted(values.get(name, {}).items()):
                family.add_metric([*unit, *own], value)
            if family.samples:
                yield family


class _Fixed(Collector):
    """Metrics that are what they are."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    @override
    def collect(self) -> list[Metric]:
        return self._families


def _read(path: Path) -> dict[str, Values]:
    """Return the values of a file by the name of the sample and its labels, without the unit's."""
    known = {f"{name}_total": labels for name, (_, labels) in COUNTERS.items()}
    known |= {name: labels for name, (_, labels) in GAUGES.items()}
    found: dict[str, Values] = {}
    try:
        for family in text_string_to_metric_families(path.read_text(encoding="utf-8")):
            for sample in family.samples:
                own = tuple(sample.labels[label] for label in known[sample.name])
                found.setdefault(sample.name, {})[own] = sample.value
    except (ValueError, KeyError) as error:
        raise DamagedFile(
            f"{path} is no file of these metrics. Remove it: its counters start again."
        ) from error
    return found


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold the lock of a file."""
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
