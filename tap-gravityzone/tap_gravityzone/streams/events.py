"""Security events that GravityZone pushed and a receiver stored; the API offers no pull of them."""

from __future__ import annotations

import gzip
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import fsspec
from edr_tap_kit import codec, times
from edr_tap_kit.errors import StreamError, StreamUnavailable
from edr_tap_kit.reading import Row
from typing_extensions import override

from tap_gravityzone.event_times import event_time
from tap_gravityzone.streams.base import GravityZoneStream

_UNFINISHED = (".tmp", ".part", ".swp")
_SECRET = "license_key"  # noqa: S105 (of exchange-organization-info: the name of the member)


@dataclass(frozen=True, order=True)
class SpoolFile:
    """A file of the spool: when it was stored (UTC text) and where."""

    received_at: str
    path: str


class Events(GravityZoneStream):
    """Events that the receiver stored in ``events_spool``, by the time they were stored."""

    name = "events"
    primary_keys = ("_event_id",)
    replication_key = "_received_at"
    # Several receivers may write into one spool, with clocks of their own.
    default_lookback_minutes = 10

    @override
    def read(self) -> Iterator[dict[str, Any]]:
        end = self.tap.settings.end_date
        for file in self._files():
            if self.start and times.sort_key(file.received_at) < times.sort_key(self.start):
                continue
            if end and times.sort_key(file.received_at) >= times.sort_key(end):
                continue
            yield from self.records(list(self._rows(file)))
            self.checkpoint()

    @override
    def probe(self) -> None:
        self._files()

    def _files(self) -> list[SpoolFile]:
        """Return the spool's finished files, oldest first."""
        spool = self.tap.settings.events_spool
        if spool is None:
            raise StreamUnavailable(
                "the setting events_spool is not set",
                "GravityZone only pushes events: run a receiver and name its folder, or deselect "
                "the stream.",
            )
        try:
            self._filesystem, root = fsspec.core.url_to_fs(spool)
            if not self._filesystem.isdir(root):
                raise StreamError("the folder of events_spool does not exist. Check the setting.")
            found = self._filesystem.find(root, detail=True)
        except (ImportError, ValueError, OSError) as error:
            raise StreamError(f"events_spool cannot be listed ({error}).") from error
        return sorted(
            SpoolFile(_stored_at(entry), path)
            for path, entry in found.items()
            if _is_finished(path.removeprefix(root))
        )

    def _rows(self, file: SpoolFile) -> Iterator[Row]:
        """Yield the event rows of a file; what is no event is said and left where it is."""
        try:
            with self._filesystem.open(file.path, "rb") as stream:
                body = stream.read()
        except OSError as error:
            # Not passed over: the bookmark would never come back to it.
            raise StreamError(f"spool file {file.path} cannot be read ({error}).") from error
        try:
            if file.path.endswith(".gz"):
                body = gzip.decompress(body)
        except (OSError, EOFError, zlib.error) as error:
            self.tap.report.note(
                f"Spool file {file.path} is no gzip file ({error}); it stays in the spool unread."
            )
            return
        documents = codec.decode_concatenated(body)
        while True:
            try:
                document = next(documents)
            except StopIteration:
                return
            except (ValueError, RecursionError):
                self.tap.report.note(
                    f"Spool file {file.path} holds something that is no JSON; what comes before it "
                    "was read. The file stays in the spool: look at it."
                )
                return
            yield from self._events_of(document, file)

    def _events_of(self, document: Any, file: SpoolFile) -> Iterator[Row]:
        events, envelope_id = _unwrapped(document)
        if events is None:
            self.tap.report.note(f"Spool file {file.path} holds a body that carries no events.")
            return
        met: Counter[str] = Counter()
        for event in events:
            if not isinstance(event, dict):
                self.tap.report.note(f"Spool file {file.path} holds an event that is no object.")
                continue
            sent_at = self.utc(envelope_id)
            own_time = self.utc(event_time(event))
            # Without a time of its own an event may come twice, alike, and mean two things.
            content = codec.fingerprint(event, None if own_time else envelope_id)
            met[content] += 1
            yield {
                **{name: value for name, value in event.items() if name != _SECRET},
                "_event_id": codec.fingerprint(content, met[content]),
                "_received_at": file.received_at,
                "_event_type": event.get("module"),
                "_event_time": own_time or sent_at or file.received_at,
                "_envelope_id": envelope_id,
                "_sent_at": sent_at,
                "_is_test": bool(event.get("_testEvent_")),
            }


def _unwrapped(document: Any) -> tuple[list[Any] | None, Any]:
    """Return the events of a body and the id of its envelope."""
    if isinstance(document, dict):
        params = document.get("params")
        if isinstance(params, dict) and isinstance(params.get("events"), list):
            return params["events"], document.get("id")
        if isinstance(document.get("event"), dict):
            return [document["event"]], None
        if "module" in document:
            return [document], None
    return None, None


def _is_finished(name: str) -> bool:
    return not any(part.startswith(".") for part in name.split("/")) and not name.endswith(
        _UNFINISHED
    )


def _stored_at(entry: dict[str, Any]) -> str:
    """Return when a file was stored; file systems disagree on name and type of that."""
    stored = entry.get("mtime") or entry.get("LastModified") or entry.get("last_modified") or 0
    if isinstance(stored, int | float):
        stored = datetime.fromtimestamp(stored, UTC)
    return times.to_utc_text(stored.astimezone(UTC).isoformat(timespec="microseconds"))
