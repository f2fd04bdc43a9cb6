"""Security events that GravityZone pushed and a receiver stored; the API offers no pull of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cached_property

from edr_tap_kit import codec
from edr_tap_kit.errors import StreamError, StreamUnavailable
from edr_tap_kit.pages import Row
from edr_tap_kit.records import Record
from typing_extensions import override

from tap_gravityzone.bodies import Unreadable, events_in
from tap_gravityzone.event_times import event_time
from tap_gravityzone.spool.positions import Positions
from tap_gravityzone.spool.reading import Damage, Delivery, Finished, Place, Range, Spool
from tap_gravityzone.streams.base import GravityZoneStream

_SECRET = "license_key"  # noqa: S105 (of exchange-organization-info: the name of the member)


class Events(GravityZoneStream):
    """Events that the receiver stored in ``events_spool``, by the time they were stored.

    The bookmark is for files of other receivers. Of each receiver of ours the state keeps the time
    of the last line that was read, so that segments which come late are not missed.
    """

    name = "events"
    primary_keys = ("_event_id",)
    replication_key = "_received_at"
    default_lookback_minutes = 10

    @cached_property
    def _unread(self) -> Counter[str]:
        """What could not be read, by file."""
        return Counter()

    @override
    def read(self) -> Iterator[Record]:
        spool = self._spool()
        positions = Positions(self.stream_state)
        if self.bookmark.begun_anew or not self._incremental:
            positions.forget()
        settings = self.tap.settings
        wanted = Range(
            positions.less(settings.lookback_minutes),
            start=settings.start_date,
            files_since=self.start,
            until=settings.end_date,
        )
        try:
            for each in spool.deliveries(wanted):
                if isinstance(each, Delivery):
                    yield from self.records(self._rows(each))
                elif isinstance(each, Damage):
                    self._note(each.place, each.reason)
                if isinstance(each, Delivery | Finished):
                    positions.advance(each.place.receiver, each.received_at)
        except OSError as error:
            # Not passed over: the bookmark would never come back to it.
            raise StreamError(f"a file of the spool cannot be read ({error}).") from error
        finally:
            self._sum_up()

    @override
    def probe(self) -> None:
        self._spool()

    def _spool(self) -> Spool:
        url = self.tap.settings.events_spool
        if url is None:
            raise StreamUnavailable(
                "the setting events_spool is not set",
                "GravityZone only pushes events: run tap-gravityzone-receiver and name its spool, "
                "or deselect the stream.",
            )
        try:
            return Spool(url)
        except FileNotFoundError:
            raise StreamError(
                "the folder of events_spool does not exist. Check the setting."
            ) from None
        except (ImportError, ValueError, OSError) as error:
            raise StreamError(
                f"events_spool cannot be listed ({error}). Check the setting, and what reading "
                "from there needs: the package for such URLs, credentials, rights."
            ) from error

    def _rows(self, delivery: Delivery) -> Iterator[Row]:
        """Yield the event rows of a body; what is no event is said and left where it is."""
        met: Counter[str] = Counter()
        for pushed in events_in(delivery.body):
            if isinstance(pushed, Unreadable):
                line = delivery.place.line or pushed.line
                self._note(delivery.place._replace(line=line), pushed.reason)
                continue
            event, envelope_id = pushed
            sent_at = self.utc(envelope_id)
            own_time = self.utc(event_time(event))
            # Without a time of its own an event may come twice, alike, and mean two things.
            content = codec.fingerprint(event, None if own_time else envelope_id)
            met[content] += 1
            yield {
                **{name: value for name, value in event.items() if name != _SECRET},
                "_event_id": codec.fingerprint(content, met[content]),
                "_received_at": delivery.received_at,
                "_event_type": event.get("module"),
                "_event_time": own_time or sent_at or delivery.received_at,
                "_envelope_id": envelope_id,
                "_sent_at": sent_at,
                "_is_test": bool(event.get("_testEvent_")),
            }

    def _note(self, place: Place, reason: str) -> None:
        """Say the first thing in a file that cannot be read, and count all."""
        self._unread[place.path] += 1
        if self._unread[place.path] > 1:
            return
        line = "" if place.line is None else f", line {place.line},"
        self.tap.report.note(
            f"Spool file {place.path}{line} holds {reason}. That and the like in this file stay "
            "there unread: look at it."
        )

    def _sum_up(self) -> None:
        """Say how much was not read where that is more than was said at the time."""
        if (count := self._unread.total()) > (files := len(self._unread)):
            self.tap.report.note(
                f"{count} parts of spool files could not be read, in {files} file(s); the first of "
                "each file is named above."
            )
