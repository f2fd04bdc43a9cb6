"""Details of changed rows: one costly request for a row of the lead feeds several followers.

Each follower remembers, for every row that the lead's next look-back will list again, the
fingerprint of that row; its details are asked for when any follower has not read it as it stands.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, ClassVar

from edr_tap_kit import times
from edr_tap_kit.errors import StreamError, StreamUnavailable
from edr_tap_kit.pages import Row
from edr_tap_kit.stream import EdrStream, Follower

_CHECKPOINT_EVERY = 10
_MEMORY = "details_read"  # in the state

Fetch = Callable[[Iterable[str]], Iterator[Any]]
"""Yields the details of each row by its id, in order; ``None`` for one that vanished."""


class NotUnderstood(Exception):
    """Details hold something else than they should; ``rows`` is what was found all the same."""

    def __init__(self, rows: Sequence[Row] = ()) -> None:
        super().__init__()
        self.rows = rows


def objects_of(value: Any) -> Sequence[Row]:
    """Return the objects of a list inside details; a missing one is empty.

    Raises:
        NotUnderstood: It is no list, or holds anything else.
    """
    if value is None:
        return ()
    if not isinstance(value, list):
        raise NotUnderstood
    rows = [row for row in value if isinstance(row, dict)]
    if len(rows) < len(value):
        raise NotUnderstood(rows)
    return rows


class DetailFollower(Follower):
    """A stream of what the details of its lead's rows hold.

    ``lead_key`` names the column that carries the id of the lead's row.
    """

    replication_key = "_changed_at"
    lead_key: ClassVar[str]

    def rows_of(self, details: Any) -> Sequence[Row]:
        """Return this stream's rows in the details of one row.

        Raises:
            NotUnderstood: The details have another shape.
        """
        raise NotImplementedError  # not abstract: followers are asked for by their type

    def write_details(self, details: Any, lead_id: str, changed_at: str) -> bool:
        """Write what the details hold; return whether they could be understood."""
        try:
            rows, understood = self.rows_of(details), True
        except NotUnderstood as error:
            rows, understood = error.rows, False
        for row in rows:
            self.write({**row, self.lead_key: lead_id, "_changed_at": changed_at or None})
        if not understood:
            self.partial(
                "details hold something else in the place of its rows. They are read again by the "
                "next run; tell the vendor."
            )
        return understood

    def has_read(self, lead_id: str, fingerprint: str) -> bool:
        """Whether the details of a row were read as it stands in the list now."""
        return self._incremental and self._read_before.get(lead_id, [])[1:] == [fingerprint]

    def has_now_read(self, lead_id: str, changed_at: str, fingerprint: str) -> None:
        """Remember a row, its details being written, and forget what is out of reach.

        The memory lives in the state and holds what the look-back of the next run lists again.
        """
        if not self._incremental:
            return
        self.bookmark.read_through(changed_at or None)
        memory = self._read_before
        memory.pop(lead_id, None)
        reach = times.sort_key(self.reach or "")
        # One that was found by a stamp that does not show stays within reach all the same.
        memory[lead_id] = [max(changed_at, self.reach or "", key=times.sort_key), fingerprint]
        for known_id in itertools.takewhile(
            lambda known_id: times.sort_key(memory[known_id][0]) < reach, list(memory)
        ):
            del memory[known_id]

    def hold_before(self, changed_at: str) -> None:
        """Keep the bookmark from passing a row that is to be read again; move it up to there."""
        limits = [self.bookmark.ceiling, changed_at or self.bookmark.ceiling]
        self.bookmark.ceiling = min(limits, key=times.sort_key)
        self.bookmark.read_through(changed_at or None)

    @cached_property
    def _read_before(self) -> dict[str, list[str]]:
        stored = self.stream_state.get(_MEMORY)
        memory: dict[str, list[str]] = {}
        for known_id, known in stored.items() if isinstance(stored, dict) else ():
            match known:
                case [changed_at, fingerprint]:
                    memory[known_id] = [str(changed_at), str(fingerprint)]
        self.stream_state[_MEMORY] = memory
        return memory


class DetailReader:
    """Collects the rows of a lead while it is read, and then reads their details.

    Args:
        lead: The stream whose rows have details.
    """

    def __init__(self, lead: EdrStream) -> None:
        self._lead = lead
        self.followers = lead.followers(DetailFollower)
        self._listed: dict[str, tuple[str, str]] = {}

    def listed(self, lead_id: Any, changed_at: str | None, fingerprint: str) -> None:
        """Note a row as it stands in the list; ``changed_at`` is UTC text."""
        if lead_id:
            self._listed[str(lead_id)] = (changed_at or "", fingerprint)

    def read(self, fetch: Fetch) -> None:
        """Fetch and write the details that a follower lacks, oldest change first."""
        pending = sorted(
            (changed_at, lead_id, fingerprint)
            for lead_id, (changed_at, fingerprint) in self._listed.items()
            if not all(each.has_read(lead_id, fingerprint) for each in self.followers)
        )
        # A list of whole seconds does not show that a row changed twice within this one.
        now = self._lead.tap.vendor_clock()
        details = fetch(lead_id for _, lead_id, _ in pending)
        try:
            for number, (row, found) in enumerate(zip(pending, details, strict=True), start=1):
                self._write(*row, found, now)
                if number % _CHECKPOINT_EVERY == 0:
                    self._lead.checkpoint()
        except StreamUnavailable as error:
            self._lead.tap.report.skip(self._names, str(error))
        except StreamError as error:
            self._lead.tap.report.fail(self._names, str(error))

    def _write(
        self, changed_at: str, lead_id: str, fingerprint: str, details: Any, now: str
    ) -> None:
        if details is None:
            self._lead.logger.info("%s vanished before its details were read.", lead_id)
        for follower in self.followers:
            if follower.has_read(lead_id, fingerprint):
                continue
            understood = details is None or follower.write_details(details, lead_id, changed_at)
            if understood and times.is_before(changed_at, now):
                follower.has_now_read(lead_id, changed_at, fingerprint)
            else:
                follower.hold_before(changed_at)

    @property
    def _names(self) -> list[str]:
        return [each.name for each in self.followers]
