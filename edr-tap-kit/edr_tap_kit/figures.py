"""What a run did, as metric messages in the SDK's form: its summary, for machines.

They come beside the SDK's own (``record_count``, ``sync_duration``), at the end of a run that
ended by itself, well or not.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, cast

from singer_sdk import metrics

from edr_tap_kit import times
from edr_tap_kit.report import Report


class Figure(StrEnum):
    """Names of the metrics, and what their value is."""

    REQUESTS = "http_request_count"  # sent, repetitions included; by endpoint
    RETRIES = "http_retry_count"  # repetitions; by endpoint
    WAITED = "wait_duration"  # s; by reason
    READ_UNTIL = "read_until"  # s since 1970, UTC; of streams that were read to their end
    STATUS = "stream_status"  # 1; of the others, by stream and status
    BOOKMARK = "bookmark"  # s since 1970, UTC: the newest replication value written
    DRIFT = "drift_count"  # values that the schema did not expect; by stream and kind
    SKEW = "clock_skew"  # s that the vendor's clock is ahead of this machine's


def log(
    report: Report, bookmarks: Mapping[str, str | None], started_at: str, skew: float | None
) -> None:
    """Log the metrics of a run.

    Args:
        report: What the run met.
        bookmarks: The bookmark (UTC text) of each selected stream, or ``None`` where it has none.
        started_at: The moment (UTC text) that the run read up to.
        skew: Seconds that the vendor's clock is ahead, where it showed one.
    """
    seconds = _seconds(started_at)
    points = [*_of_requests(report), *_of_streams(report, bookmarks, seconds), *_of_drift(report)]
    if skew is not None:
        points.append(("gauge", Figure.SKEW, skew, {}))
    for kind, figure, value, tags in points:
        # The SDK's own enumeration of metrics is closed; it only asks for the value.
        name = cast("metrics.Metric", figure)
        point = metrics.Point(kind, name, value, tags | {"pid": os.getpid()})
        metrics.log(metrics.get_metrics_logger(), point)


_Point = tuple[str, Figure, float, dict[str, Any]]


def _of_requests(report: Report) -> Iterator[_Point]:
    for figure, counts in ((Figure.REQUESTS, report.requests), (Figure.RETRIES, report.retries)):
        for endpoint, count in sorted(counts.items()):
            yield "counter", figure, count, {"endpoint": endpoint}
    for reason, milliseconds in report.waited.items():
        if milliseconds:
            yield "timer", Figure.WAITED, milliseconds / 1000, {"reason": reason}


def _of_streams(
    report: Report, bookmarks: Mapping[str, str | None], started_at: float
) -> Iterator[_Point]:
    for stream, bookmark in bookmarks.items():
        status = report.status(stream)
        if status == "succeeded":
            yield "gauge", Figure.READ_UNTIL, started_at, {"stream": stream}
        else:
            yield "gauge", Figure.STATUS, 1, {"stream": stream, "status": status}
        if bookmark is not None:
            yield "gauge", Figure.BOOKMARK, _seconds(bookmark), {"stream": stream}


def _of_drift(report: Report) -> Iterator[_Point]:
    for stream, drift in report.drift.items():
        for kind, count in (
            ("unknown", drift.unknown.total()),
            ("mistyped", drift.mistyped.total()),
            ("keyless", drift.keyless),
        ):
            if count:
                yield "counter", Figure.DRIFT, count, {"stream": stream, "kind": kind}


def _seconds(moment: str) -> float:
    return times.epoch_ms(moment) / 1000
