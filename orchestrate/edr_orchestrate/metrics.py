"""What a run did, read from its log: rows, requests, waits, skipped streams, how far it read.

The taps log metric messages (``edr_tap_kit.figures`` and the SDK's own). Meltano hands them on
whole in its JSON format alone (``meltano --log-format=json``); its console format drops the stream.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from edr_orchestrate.errors import OrchestrationError

# A line of a tap that runs without Meltano.
_CONSOLE = re.compile(
    r"^[\d:, -]{23} \| (?P<level>\w+) +\| (?P<logger>\S+) +\| "
    r"(?:METRIC: (?P<metric>{.*})|(?P<text>.*))$"
)
_BARE_METRIC = re.compile(r"\bMETRIC +metric_name=")
_DEAD_KEY = "does not accept the key"  # of both taps
_UNSAVED = "Failed to persist incremental state"  # Meltano; its exit status is 0 all the same
_ERRORS = {"error", "critical"}
_ECHO = "Block run completed"  # said once more at level ERROR when a block failed
_TAP = re.compile(r"^tap-(?P<product>.+?)(--.*)?$")


class UnreadableLog(OrchestrationError):
    """A log from which the metrics of one run cannot be read; the text says what to do."""


@dataclass(frozen=True)
class RunMetrics:
    """One run of one tap.

    Attributes:
        tenant: The tap's setting ``tenant``, if it is given.
        product: ``gravityzone`` or ``cortex-xdr``; None when no tap said anything.
        state_id: Meltano's state id.
        run_id: Meltano's run id.
        succeeded: What Meltano said at the end; None when it did not get there.
        duration_s: Seconds that Meltano took.
        ended_at: UTC time of the last line that has one.
        rows: Records written, by stream.
        requests: Requests sent, repetitions included, by the vendor's call.
        retries: Repetitions among them.
        waits: Seconds that requests were held back, by reason; several may wait at once.
        read_until: UTC time up to which each stream that succeeded was read: the run's start, or
            its ``end_date``.
        newest: UTC time of the newest row written, by incremental stream: its bookmark.
        failed: Streams that failed.
        skipped: Streams that the key may not read or the tenant lacks.
        unfinished: Streams that the run ended before.
        drift: Values that the schema did not expect, kept in ``_extra``, by stream.
        keyless: Rows left out because they have no key, by stream.
        clock_skew_s: Seconds that the vendor's clock is ahead, to about one.
        errors: Texts of ERROR lines, of the tap, the loader or Meltano.
    """

    tenant: str | None = None
    product: str | None = None
    state_id: str | None = None
    run_id: str | None = None
    succeeded: bool | None = None
    duration_s: float | None = None
    ended_at: datetime | None = None
    rows: dict[str, int] = field(default_factory=dict)
    requests: dict[str, int] = field(default_factory=dict)
    retries: int = 0
    waits: dict[str, float] = field(default_factory=dict)
    read_until: dict[str, datetime] = field(default_factory=dict)
    newest: dict[str, datetime] = field(default_factory=dict)
    failed: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    unfinished: tuple[str, ...] = ()
    drift: dict[str, int] = field(default_factory=dict)
    keyless: dict[str, int] = field(default_factory=dict)
    clock_skew_s: float | None = None
    errors: tuple[str, ...] = ()

    @property
    def waited_s(self) -> float:
        """Seconds that requests were held back, whatever the reason."""
        return sum(self.waits.values())

    @property
    def key_refused(self) -> bool:
        """Whether the vendor refused the key: running again does not help, and may lock it."""
        return any(_DEAD_KEY in error for error in self.errors)

    @property
    def state_unsaved(self) -> bool:
        """Whether a state could not be written: the next run reads the same rows again."""
        return any(error.startswith(_UNSAVED) for error in self.errors)

    @property
    def drifted(self) -> tuple[str, ...]:
        """Streams with values that the schema did not expect."""
        return tuple(self.drift)

    @property
    def statuses(self) -> dict[str, str]:
        """How each stream ended: succeeded, failed, skipped or unfinished."""
        return (
            dict.fromkeys(self.read_until, "succeeded")
            | dict.fromkeys(self.failed, "failed")
            | dict.fromkeys(self.skipped, "skipped")
            | dict.fromkeys(self.unfinished, "unfinished")
        )


def read_metrics(lines: Iterable[str]) -> RunMetrics:
    """Read the log of one run: of ``meltano --log-format=json run``, or of a tap by itself.

    Lines that are neither are passed over.

    Raises:
        UnreadableLog: It holds several runs, or metrics in Meltano's console format.
    """
    log = _Log()
    for line in lines:
        if _BARE_METRIC.search(line):
            raise UnreadableLog(
                "Meltano's console format does not say which stream a metric is of. "
                "Run it with --log-format=json, or with MELTANO_CLI_LOG_FORMAT=json."
            )
        if entry := _entry(line.strip()):
            log.take(entry)
    return log.metrics()


class _Tags(msgspec.Struct, frozen=True):
    stream: str = ""
    endpoint: str = ""
    reason: str = ""
    status: str = ""
    kind: str = ""


class _Point(msgspec.Struct, frozen=True):
    metric: str
    value: float
    tags: _Tags = _Tags()


class _Labels(msgspec.Struct, frozen=True):
    tenant: str | None = None


class _Entry(msgspec.Struct, frozen=True):
    """A line as Meltano writes it (``event``), or as the SDK's structured format does."""

    event: str = ""
    level: str = ""
    message: str = ""
    name: str = ""
    logger_name: str = ""
    consumer: bool = False
    metric_info: _Point | None = None
    run_id: str | None = None
    job_name: str | None = None
    tenant: str | None = None
    timestamp: datetime | None = None
    ts: float | None = None
    status: str = ""
    duration_seconds: float | None = None
    extra: _Labels = _Labels()


_LINE = msgspec.json.Decoder(_Entry)
_POINT = msgspec.json.Decoder(_Point)


def _entry(line: str) -> _Entry | None:
    try:
        if line.startswith("{"):
            return _LINE.decode(line)
        if found := _CONSOLE.match(line):
            point = _POINT.decode(found["metric"]) if found["metric"] else None
            return _Entry(
                event=found["text"] or "",
                level=found["level"].lower(),
                logger_name=found["logger"],
                metric_info=point,
            )
    except msgspec.DecodeError:
        pass  # a line that was cut short, or JSON of something else
    return None


class _Log:
    """Adds up the lines of a log."""

    def __init__(self) -> None:
        self._told: dict[str, str] = {}
        self._tenant: str | None = None
        self._succeeded: bool | None = None
        self._duration: float | None = None
        self._ended_at: datetime | None = None
        self._errors: list[str] = []
        self._sums: dict[str, Counter[str]] = {}
        self._waits: dict[str, float] = {}
        self._moments: dict[str, dict[str, datetime]] = {"read_until": {}, "bookmark": {}}
        self._statuses: dict[str, str] = {}
        self._skew: float | None = None

    def take(self, entry: _Entry) -> None:
        for name, value in (("state id", entry.job_name), ("run id", entry.run_id)):
            if value and self._told.setdefault(name, value) != value:
                raise UnreadableLog(f"The log holds several runs, by their {name}; give one.")
        moment = entry.timestamp or (entry.ts and datetime.fromtimestamp(entry.ts, UTC))
        self._ended_at = moment or self._ended_at
        if entry.event == "Run completed" and not entry.name:
            self._succeeded = entry.status == "success"
            self._duration = entry.duration_seconds
        if entry.level in _ERRORS and (entry.event or entry.message) != _ECHO:
            self._errors.append(entry.event or entry.message)
        if entry.consumer:
            return  # the loader counts the same records
        self._tenant = entry.tenant or entry.extra.tenant or self._tenant
        tap = entry.name or entry.logger_name.partition(".")[0]
        if found := _TAP.match(tap):
            self._told.setdefault("product", found["product"])
        if entry.metric_info:
            self._measure(entry.metric_info)

    def _measure(self, point: _Point) -> None:
        tags = point.tags
        match point.metric:
            case "record_count":
                self._add(point.metric, tags.stream, point.value)
            case "http_request_count" | "http_retry_count":
                self._add(point.metric, tags.endpoint, point.value)
            case "drift_count":
                kind = "keyless" if tags.kind == "keyless" else "drift"
                self._add(kind, tags.stream, point.value)
            case "wait_duration":
                self._waits[tags.reason] = self._waits.get(tags.reason, 0) + point.value
            case "read_until" | "bookmark":
                moment = datetime.fromtimestamp(point.value, UTC)
                self._moments[point.metric][tags.stream] = moment
            case "stream_status":
                self._statuses[tags.stream] = tags.status
            case "clock_skew":
                self._skew = point.value

    def _add(self, what: str, of: str, value: float) -> None:
        self._sums.setdefault(what, Counter())[of] += int(value)

    def metrics(self) -> RunMetrics:
        sums = {what: dict(counts) for what, counts in self._sums.items()}
        return RunMetrics(
            tenant=self._tenant,
            product=self._told.get("product"),
            state_id=self._told.get("state id"),
            run_id=self._told.get("run id"),
            succeeded=self._succeeded,
            duration_s=self._duration,
            ended_at=self._ended_at,
            rows=sums.get("record_count", {}),
            requests=sums.get("http_request_count", {}),
            retries=sum(sums.get("http_retry_count", {}).values()),
            waits=self._waits,
            read_until=self._moments["read_until"],
            newest=self._moments["bookmark"],
            failed=self._with_status("failed"),
            skipped=self._with_status("skipped"),
            unfinished=self._with_status("unfinished"),
            drift=sums.get("drift", {}),
            keyless=sums.get("keyless", {}),
            clock_skew_s=self._skew,
            errors=tuple(self._errors),
        )

    def _with_status(self, status: str) -> tuple[str, ...]:
        return tuple(stream for stream, each in self._statuses.items() if each == status)
