"""Removes from a spool what all its readers have passed, and keeps what they could not read."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tap_gravityzone.bodies import Unreadable, events_in
from tap_gravityzone.spool import names
from tap_gravityzone.spool.names import Segment
from tap_gravityzone.spool.positions import Positions
from tap_gravityzone.spool.reading import Damage, Delivery, Spool


def passed(
    spool: Spool, bookmarks: Sequence[Mapping[str, Any]], keep: timedelta
) -> Iterator[tuple[str, Segment]]:
    """Yield the sealed segments, with their receivers, that can go.

    All lines of such a segment lie at or before the position of every one of the ``bookmarks`` of
    the ``events`` stream, and it is older than ``keep``. The newest sealed segment of a receiver
    stays: its name tells the receiver, should its clock be set back, where time stood.
    """
    oldest_kept = names.to_text(datetime.now(UTC) - keep)
    positions = [Positions(dict(bookmark)).less(None) for bookmark in bookmarks]
    for receiver, segments in sorted(spool.segments.items()):
        read = min((known.get(receiver, "") for known in positions), default="")
        sealed = [segment for segment in segments if segment.last is not None]
        for segment in sealed[:-1]:
            if str(segment.last) <= read and str(segment.last) < oldest_kept:
                yield receiver, segment


def remove(spool: Spool, receiver: str, segment: Segment) -> int:
    """Remove a segment; return how many of its lines went to the quarantine instead.

    Raises:
        OSError: It cannot be read or removed, or the quarantine not be written.
    """
    path = spool.path(receiver, segment)
    kept: list[bytes] = []
    for each in spool.lines(receiver, segment):
        if isinstance(each, Damage):
            if each.place.line is None:  # not even the lines can be told apart
                _keep_whole(spool, receiver, segment)
                return 1
            kept.append(each.content)
        elif _is_unreadable(each):
            moment = names.to_moment(each.received_at)
            kept.append(names.encode_line(moment, "unreadable", each.body))
    if kept:
        target = _quarantined(spool, receiver, segment.name.removesuffix(".gz"))
        spool.filesystem.pipe_file(target, b"".join(kept))
    spool.filesystem.rm_file(path)
    return len(kept)


def _is_unreadable(delivery: Delivery) -> bool:
    return any(isinstance(each, Unreadable) for each in events_in(delivery.body))


def _keep_whole(spool: Spool, receiver: str, segment: Segment) -> None:
    target = _quarantined(spool, receiver, segment.name)
    spool.filesystem.mv(spool.path(receiver, segment), target)


def _quarantined(spool: Spool, receiver: str, name: str) -> str:
    folder = posixpath.join(spool.root, names.QUARANTINE, receiver)
    spool.filesystem.makedirs(folder, exist_ok=True)
    return posixpath.join(folder, name)
