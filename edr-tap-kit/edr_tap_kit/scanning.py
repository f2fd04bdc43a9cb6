"""Read a table, or the rows of one position, page by page while it changes.

For lists without a time to step by. What makes each reader complete is argued in
``docs/correctness.md``. A reader that cannot show to be complete raises after it has yielded what
it met, or returns that the vendor counts more rows than it hands out.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Hashable, Iterator
from dataclasses import replace

from edr_tap_kit import codec
from edr_tap_kit.errors import StreamError
from edr_tap_kit.pages import Identity, Page, Row

_STEPS_BACK = 50
_SCANS = 6
_IDLE_PASSES = 3
# Totals from here on may be a ceiling and no count, and offsets may end without a word.
_COUNTED_BELOW = 9_999


class TableMoved(StreamError):
    """A scan met what cannot be there unless the table moved; it is worth another one."""


def read_overlapping(fetch: Callable[[int], Page], identity: Identity) -> Iterator[list[Row]]:
    """Read a table by offsets whose pages overlap by one row.

    The overlap is the proof that nothing slipped between two pages: when no row of the page before
    is met again, rows before it vanished, and the reader steps back until one is.

    Raises:
        StreamError: The table moves faster than it can be read, or offsets end before its rows.
    """
    offset, before, steps_back = 0, set[Hashable](), 0
    empty_at: int | None = None
    stale = 0
    while True:
        page = _page_with_news(fetch, offset, before, identity)
        identities = [identity(row) for row in page.rows]
        stale = stale + 1 if page.more and before.issuperset(identities) else 0
        if stale > _STEPS_BACK:
            raise StreamError("the vendor answers each offset with the same rows.")
        if offset and not before.intersection(identities):
            steps_back += 1
            if steps_back > _STEPS_BACK:
                raise StreamError("rows vanish faster than they can be read. Run again later.")
            if not page.rows:
                if empty_at is not None and offset >= empty_at:
                    raise StreamError(f"the vendor hands out nothing beyond offset {offset}.")
                empty_at = offset
            offset = max(0, offset - max(1, len(before) // 2))
            continue
        yield [row for row, known in zip(page.rows, identities, strict=True) if known not in before]
        if not page.more:
            return
        if len(page.rows) == 1 and before:
            raise StreamError("pages of one row cannot overlap: raise page_size to 2 or more.")
        offset, before = offset + max(1, len(page.rows) - 1), set(identities)


def read_counted(
    fetch: Callable[[int], Page],
    identity: Identity,
    finer: Callable[[], Iterator[list[Row]]] | None = None,
) -> Generator[list[Row], None, bool]:
    """Read a list by overlapping pages until as many rows were seen as the vendor counts.

    ``finer`` reads the same rows first, by another position: offsets may end early, and rows
    without an order of their own slip through. Each makes up for what the other misses. Passes
    by offset are repeated while they bring rows that the vendor counts.

    Returns:
        Whether all rows were seen, as far as the vendor's count tells.

    Raises:
        StreamError: The vendor hands out no more, or changes faster than it can be read.
    """
    seen = _Seen(identity)
    counted = 0

    def counting(offset: int) -> Page:
        nonlocal counted
        page = fetch(offset)
        counted = 0 if page.total is None or page.total >= _COUNTED_BELOW else page.total
        return page

    stepped = False
    if finer is not None:
        try:
            yield from map(seen.news, finer())
            stepped = True
        except StreamError:
            pass  # the offsets may reach far enough
    try:
        yield from map(seen.news, read_overlapping(counting, identity))
    except StreamError:
        if not stepped:
            raise
        return True
    idle = 0
    while len(seen) < counted and idle < _IDLE_PASSES:
        met = len(seen)
        yield from map(seen.news, read_overlapping(counting, identity))
        idle = idle + 1 if len(seen) == met else 0
    return len(seen) >= counted and (stepped or len(seen) < _COUNTED_BELOW)


def read_agreeing_scans(
    scan: Callable[[], Iterator[Page]], identity: Identity
) -> Generator[list[Row], None, bool]:
    """Read a table by whole scans, until two in a row met the same pages.

    The second scan begins after the first one ended. So a page that both met alike was as it is
    at the moment between them, and all pages together are the table of that moment. A scan of a
    single page is complete by itself.

    Returns:
        Whether as many rows were seen as the vendor counts.

    Raises:
        StreamError: No two scans in a row agreed; all rows that were met have been yielded.
    """
    seen = _Seen(identity)
    before: list[bytes] = []
    for _ in range(_SCANS):
        pages: list[bytes] = []
        missing: list[int] = []
        try:
            for page in scan():
                identities = list(map(identity, page.rows))
                pages.append(_digest([str(each) for each in identities]))
                if page.total is not None:  # a list begins
                    met = set[Hashable]()
                    missing.append(page.total)
                if missing:
                    missing[-1] -= len(set(identities) - met)
                    met.update(identities)
                yield seen.news(page.rows)
        except TableMoved:
            continue
        if len(pages) == 1 or pages == before:
            return all(count <= 0 for count in missing)
        before = pages
    raise StreamError(
        f"the table kept changing: no two of {_SCANS} scans in a row met the same rows. What was "
        "read is written; run again for the rest."
    )


def numbered(fetch: Callable[[int], Page]) -> Iterator[Page]:
    """Yield the pages of a list by their numbers, from 1; the total is that of the first page.

    Without a total, an empty page ends it: that one follows a full page is a guess then.

    Raises:
        TableMoved: A page that was announced came empty, or was the one before it.
    """
    page = fetch(1)
    counted = page.total is not None
    yield page
    for number in itertools.count(2):
        if not page.more:
            return
        before, page = page, fetch(number)
        if page.rows == before.rows if page.rows else counted:
            raise TableMoved("a page came empty that was announced, or came twice. Run again.")
        yield replace(page, total=None)


class _Seen:
    """The rows met so far, so that none is handed over twice in the same state."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self._contents: dict[Hashable, bytes] = {}

    def __len__(self) -> int:
        return len(self._contents)

    def news(self, rows: list[Row]) -> list[Row]:
        """Return the rows that are new, or differ from when they were met last."""
        return [row for row in rows if self._is_news(row)]

    def _is_news(self, row: Row) -> bool:
        known, content = self._identity(row), _digest(row)
        if self._contents.get(known) == content:
            return False
        self._contents[known] = content
        return True


def _digest(value: object) -> bytes:
    """Return what identifies a value: of a large table so much is kept for each row."""
    return bytes.fromhex(codec.fingerprint(value))


def _page_with_news(
    fetch: Callable[[int], Page], offset: int, before: set[Hashable], identity: Identity
) -> Page:
    """Return a page, asked for again when it is full of rows of the page before."""
    page = fetch(offset)
    if offset and page.more and before.issuperset(map(identity, page.rows)):
        return fetch(offset)
    return page
