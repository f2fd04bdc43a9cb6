"""Details of changed rows: one costly request for a row of the lead feeds several followers.

Each follower remembers, for every row that the lead's next look-back will list again, the
fingerprint of that row; its details are asked for when any follower has not read it as it stands.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, ClassVar

from edr_tap_kit import times
from edr_tap_kit.errors import RowVanished, StreamError, StreamUnavailable
from edr_tap_kit.one_by_one import Fetch, Unread, fetched, unreadable
from edr_tap_kit.pages import Row
from edr_tap_kit.stream import EdrStream, Follower

_CHECKPOINT_EVERY = 10
_MEMORY = "details_read"  # in the state
# Marks in the memory of rows whose details were not read.
_REFUSED, _ODD = "refused", "odd"
# Refusals that a run can afford, because some rows were readable before.
_AFFORDABLE = 50

Listed = tuple[str, str, str]
"""When a row changed (UTC text), its id, and its fingerprint as it stands in the list."""


class NotUnderstood(Exception):
    """Details hold something else than they should; ``rows`` is what was found all the same."""

    def __init__(self, rows: Sequence[Row] = ()) -> None:
        super().__init__()
        self.rows = rows


def objects_of(value: Any) -> Sequence[Row]:
    """Return the objects of a list inside details; a missing one is empty, null entries are none.

    Raises:
        NotUnderstood: It is no list, or holds anything else.
    """
    if value is None:
        return ()
    if not isinstance(value, list):
        raise NotUnderstood
    entries = [entry for entry in value if entry is not None]
    rows: list[Row] = [entry for entry in entries if isinstance(entry, dict)]
    if len(rows) < len(entries):
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
                "details hold something else in the place of its rows. Such details are read "
                "twice, lest one answer was spoilt; tell the vendor."
            )
        return understood

    def has_read(self, lead_id: str, fingerprint: str) -> bool:
        """Whether the details of a row were read as it stands in the list now."""
        return self._incremental and self._is_known(lead_id, fingerprint)

    def was_refused(self, lead_id: str, fingerprint: str) -> bool:
        """Whether the details of a row as it stands in the list now were refused before."""
        return self._is_known(lead_id, fingerprint, _REFUSED)

    @property
    def has_read_any(self) -> bool:
        """Whether the details of any row within reach were read."""
        return self._incremental and any(len(known) == 2 for known in self._read_before.values())  # noqa: PLR2004 (no mark)

    def take(self, details: Any, listed: Listed, now: str) -> None:
        """Write what came for a row and remember it; ``now`` is the vendor's, before it came."""
        changed_at, lead_id, fingerprint = listed
        if self.has_read(lead_id, fingerprint):
            return
        match details:
            case StreamUnavailable():
                self._remember(listed, _REFUSED)
                return
            case StreamError():
                understood = False
            case None | RowVanished():
                understood = True
            case _:
                odd_before = self._is_known(lead_id, fingerprint, _ODD)
                understood = self.write_details(details, lead_id, changed_at) or odd_before
                if not understood and self._incremental:
                    self._mark(listed, _ODD)
        if understood and times.is_before(changed_at, now):
            self._remember(listed)
        else:
            self._hold_before(changed_at)

    def _remember(self, listed: Listed, *mark: str) -> None:
        """Remember a row, its details being written or refused, and forget what is out of reach.

        The memory lives in the state and holds what the look-back of the next run lists again.
        """
        if not self._incremental:
            return
        changed_at, _, _ = listed
        self.bookmark.read_through(changed_at or None)
        self._mark(listed, *mark)
        memory, reach = self._read_before, times.sort_key(self.reach or "")
        for known_id in itertools.takewhile(
            lambda known_id: times.sort_key(memory[known_id][0]) < reach, list(memory)
        ):
            del memory[known_id]

    def _mark(self, listed: Listed, *mark: str) -> None:
        """Note how a row was met, as the last one."""
        changed_at, lead_id, fingerprint = listed
        self._read_before.pop(lead_id, None)
        # One that was found by a stamp that does not show stays within reach all the same.
        within = max(changed_at, self.reach or "", key=times.sort_key)
        self._read_before[lead_id] = [within, fingerprint, *mark]

    def _is_known(self, lead_id: str, fingerprint: str, *mark: str) -> bool:
        return self._read_before.get(lead_id, [])[1:] == [fingerprint, *mark]

    def _hold_before(self, changed_at: str) -> None:
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
                case [changed_at, fingerprint, *mark]:
                    memory[known_id] = [str(changed_at), str(fingerprint), *map(str, mark)]
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
        """Fetch and write the details that a follower lacks, oldest change first.

        Those that were refused before come last, and only when some of them can be read now.
        """
        pending: list[Listed] = sorted(
            (changed_at, lead_id, fingerprint)
            for lead_id, (changed_at, fingerprint) in self._listed.items()
            if self._lacking(lead_id, fingerprint)
        )
        fresh: list[Listed] = []
        refused: list[Listed] = []
        for row in pending:
            (refused if self._refused_before(row) else fresh).append(row)
        known = len(fresh) <= _AFFORDABLE and any(each.has_read_any for each in self.followers)
        # A list of whole seconds does not show that a row changed twice within this one.
        now = self._lead.tap.vendor_clock()
        unread = Unread(self.followers)
        with unread.summed_up():
            self._take(fresh, fetched(fetch, _ids(fresh), known=known), now, unread)
            if refused and (why := unreadable(fetch, _ids(refused))):
                unread.count(len(refused), why)
            else:
                self._take(refused, fetched(fetch, _ids(refused), known=True), now, unread)

    def _take(
        self, rows: Sequence[Listed], details: Iterable[Any], now: str, unread: Unread
    ) -> None:
        for number, (row, found) in enumerate(zip(rows, details, strict=True), start=1):
            _, lead_id, _ = row
            unread.counts(lead_id, found)
            for follower in self.followers:
                follower.take(found, row, now)
            if number % _CHECKPOINT_EVERY == 0:
                self._lead.checkpoint()

    def _lacking(self, lead_id: str, fingerprint: str) -> list[DetailFollower]:
        return [each for each in self.followers if not each.has_read(lead_id, fingerprint)]

    def _refused_before(self, row: Listed) -> bool:
        _, lead_id, fingerprint = row
        lacking = self._lacking(lead_id, fingerprint)
        return all(each.was_refused(lead_id, fingerprint) for each in lacking)


def _ids(rows: Sequence[Listed]) -> list[str]:
    return [lead_id for _, lead_id, _ in rows]
