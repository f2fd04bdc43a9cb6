"""One request a row: what one row is refused for, or fails with, costs no other row.

A vendor refuses details by company, by licence or by kind of row, and some rows break its server
each time. Yet a key that may read none of them must not spend a small budget on finding that out
row by row. So when rows cannot be read, a few others from all over the list tell what to do.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from edr_tap_kit.errors import EdrTapError, RowVanished, StreamError, StreamUnavailable
from edr_tap_kit.report import Report
from edr_tap_kit.stream import EdrStream

_A_FEW = 5
_FAILURES_IN_A_ROW = 3

Fetch = Callable[[Iterable[str]], Iterator[Any]]
"""Yields the details of each row by its id, in order; ``None`` for one that vanished.

Where they cannot be read, the error that tells why may stand in the place of a row's details:
:class:`RowVanished`, :class:`StreamUnavailable` when they are refused, :class:`StreamError` when
they failed. An error that is raised ends the reading of all.
"""

Unreadable = (StreamUnavailable, StreamError)


def fetched(fetch: Fetch, lead_ids: Sequence[str], *, known: bool = False) -> Iterator[Any]:
    """Yield what ``fetch`` does, for as long as there is hope.

    ``known`` says that the key may read some of these rows, whatever the first are refused for.

    Raises:
        StreamUnavailable: The first rows are refused, and so are a few of the rest.
        StreamError: Several rows failed one after the other, and so did a few of the rest.
    """
    failures = 0
    for number, found in enumerate(fetch(lead_ids), start=1):
        doubtful = False
        if isinstance(found, StreamUnavailable):
            doubtful, known = not known, True
        elif isinstance(found, StreamError):
            failures += 1
            doubtful = failures % _FAILURES_IN_A_ROW == 0
        elif found is not None and not isinstance(found, RowVanished):
            failures, known = 0, True
        rest = lead_ids[number:]
        if doubtful and (not rest or unreadable(fetch, rest)):
            raise found
        yield found


def unreadable(fetch: Fetch, lead_ids: Sequence[str]) -> EdrTapError | None:
    """Return why none of a few rows can be read; ``None`` when the details of one can.

    They are taken from all over the list, which must not be empty.
    """
    few = random.sample(lead_ids, min(_A_FEW, len(lead_ids)))
    error: EdrTapError | None = None
    for found in fetch(few):
        if not isinstance(found, Unreadable):
            return None
        error = error or found
    return error


class Unread:
    """The rows whose details could not be read, by why; said once, at the end.

    Args:
        streams: Those that the details feed.
    """

    def __init__(self, streams: Sequence[EdrStream]) -> None:
        self._streams = streams
        self._vanished: list[EdrTapError] = []
        self._refused: list[EdrTapError] = []
        self._failed: list[EdrTapError] = []

    def counts(self, lead_id: str, found: Any) -> bool:
        """Count what came for a row, unless it is its details; return whether it is not."""
        match found:
            case None | RowVanished():
                self._logger.info("%s vanished before its details were read.", lead_id)
                self._vanished += [found] if found else []
            case StreamUnavailable() | StreamError():
                self._logger.info("The details of %s cannot be read: %s", lead_id, found)
                self.count(1, found)
            case _:
                return False
        return True

    def count(self, rows: int, why: EdrTapError) -> None:
        """Count rows that were refused or failed."""
        refused = isinstance(why, StreamUnavailable)
        (self._refused if refused else self._failed).extend([why] * rows)

    @contextmanager
    def summed_up(self) -> Iterator[None]:
        """Say at the end how far the streams were read; what ends their reading ends here."""
        given_up = ""
        try:
            yield
        except StreamUnavailable as error:
            self._refused.clear()
            self._report.skip(self._names, str(error))
        except StreamError as error:
            self._failed.append(error)
            given_up = " and the rest was not tried"
        for errors, what in (
            (self._vanished, "rows that the vendor does not know (any more) are left out"),
            (self._refused, "rows whose details cannot be read are passed over"),
        ):
            if errors:
                self._partial(f"{what}: {len(errors)}, the first: {errors[0]}")
        if self._failed:
            counted = f"{len(self._failed)} row(s) failed{given_up}, the first: "
            self._report.fail(
                self._names, (counted if len(self._failed) > 1 else "") + str(self._failed[0])
            )

    def _partial(self, what: str) -> None:
        """Say what is missing; rows of these streams are then not told to be gone."""
        for stream in self._streams:
            stream.whole = False
        self._report.note(f"Stream '{', '.join(self._names)}': {what}")

    @property
    def _names(self) -> list[str]:
        return [each.name for each in self._streams]

    @property
    def _report(self) -> Report:
        return self._streams[0].tap.report

    @property
    def _logger(self) -> logging.Logger:
        return self._streams[0].logger
