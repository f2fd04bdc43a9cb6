"""Reading the incident list: two families of windows, merged, whatever of them a tenant offers.

An incident has four time stamps that move independently (section 4.2 of the vendor's reference):
new detections and re-processing show in ``lastProcessed``, an analyst's work only in
``lastIncidentChange``, which older back ends lack. Each window is therefore asked for twice, by
either stamp, and merged by id.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from edr_tap_kit import times
from edr_tap_kit.errors import RequestRejected
from edr_tap_kit.pages import FilterNotHonoured, Page, Row
from edr_tap_kit.reading import believed, check_range, read_by_bisection
from edr_tap_kit.scanning import numbered, read_agreeing_scans

if TYPE_CHECKING:
    from tap_gravityzone.streams.incidents import Incidents

METHOD = "incidents.getIncidentsList"
VERSION = "v1.2"
_MOST_PER_PAGE = 10_000
_LEAST_PER_PAGE = 10
_USUAL_PER_PAGE = 1_000  # about a megabyte

# Bounds of a window whose end is open, in epoch s.
_EARLIEST = 1_262_304_000  # 2010: older than the product
_LATEST = 4_102_444_800  # 2100
_DAY = 86_400
# Longest windows to try, one after the other, where the vendor refuses longer ones.
_CAREFUL_WINDOWS = (31 * _DAY, 7 * _DAY, _DAY)
_ABOUT_DATES = re.compile(r"date|interval|window|range|period|\bdays?\b")


@dataclass(frozen=True)
class Family:
    """A time stamp and the pair of filters on it."""

    stamp: str
    filters: tuple[str, str]


CHANGED = Family("lastIncidentChange", ("changeStartDate", "changeEndDate"))
PROCESSED = Family("lastProcessed", ("processedStartDate", "processedEndDate"))
UPDATED = Family("lastUpdated", ("startDate", "endDate"))


class IncidentWindows:
    """Reads the list for one stream and remembers what the tenant refused.

    ``refusal`` is what the vendor says to windows on ``lastIncidentChange``, where it refuses them.
    """

    def __init__(self, stream: Incidents) -> None:
        self._stream = stream
        self._client = stream.client
        self._settings = stream.tap.settings
        self._now = times.epoch_ms(stream.tap.started_at) // 1000
        self._families = [CHANGED, PROCESSED]
        self.refusal: str | None = None
        self._checked: set[Family] = set()
        self._sorted = True
        self._oldest, self._latest = _EARLIEST, _LATEST
        self._longest: int | None = None

    def read(self, start: str | None) -> Iterator[tuple[list[Row], str | None]]:
        """Yield rows with the UTC text up to which the list is then complete, oldest first."""
        end = self._settings.end_date
        if start is None and end is None:
            page = self._everything(1)
            if not page.more:
                yield page.rows, None
                return
        low = _EARLIEST if start is None else max(_EARLIEST, times.epoch_ms(start) // 1000)
        high = _LATEST if end is None else times.epoch_ms(end) // 1000
        self._oldest = low
        try:
            windows = read_by_bisection(self._window, self._second, low, high, self._now)
            for rows, upper in windows:
                yield rows, times.from_epoch_seconds(upper)
        except FilterNotHonoured:
            self._stream.tap.report.note(
                "GravityZone ignores the date filters of getIncidentsList; all incidents are read "
                "on every run."
            )
            self._families = []
            for rows in self._scanned(self._everything):
                yield rows, times.from_epoch_seconds(low)

    @property
    def stamps(self) -> tuple[str, ...]:
        """The stamps by which rows are found; none when the vendor ignores the filters."""
        return tuple(family.stamp for family in self._families)

    @property
    def per_page(self) -> int:
        """Rows a request, within the method's bounds."""
        wanted = self._settings.page_size or _USUAL_PER_PAGE
        return max(_LEAST_PER_PAGE, min(_MOST_PER_PAGE, wanted))

    def _window(self, low: int, high: int) -> Page:
        """Return the incidents of [low, high] (epoch s) by all families, in one page."""
        merged: dict[Any, Row] = {}
        for family in tuple(self._families):
            page = self._of_family(family, low, high)
            if page.more:
                self._check_filter(family, page)
                return replace(page, rest_until=self._rest_until(page, family))
            merged.update((self._stream.identity(row), row) for row in page.rows)
        return Page(list(merged.values()), more=False)

    def _check_filter(self, family: Family, page: Page) -> None:
        """Ask for a time before the product when the rows do not show whether they are filtered.

        Else a vendor that ignores the filter would be asked for ever smaller windows.
        """
        if family in self._checked or any(self._second_of(row, family) for row in page.rows):
            return
        if self._of_family(family, _EARLIEST - _DAY, _EARLIEST - 1).rows:
            raise FilterNotHonoured("a time without incidents holds some")
        self._checked.add(family)

    def _rest_until(self, page: Page, family: Family) -> int | None:
        """Return the oldest second of a page that came newest first: the rest lies before it."""
        seconds = [self._second_of(row, family) for row in page.rows]
        readable = [second for second in seconds if second is not None]
        newest_first = readable == sorted(readable, reverse=True)
        return readable[-1] if readable and newest_first else None

    def _of_family(self, family: Family, low: int, high: int) -> Page:
        if low > self._latest or _EARLIEST <= low <= high < self._oldest:
            return Page([], more=False)
        if self._longest and high - low > self._longest:
            return Page([], more=True)
        while True:
            try:
                # The bounds are asked for a second wider than needed: whether the vendor counts
                # them in is unknown.
                return believed(
                    lambda: self._page(family, low, high, self.per_page, number=1),
                    lambda page: check_range(
                        page, low - 1, high + 1, lambda row: self._second_of(row, family)
                    ),
                )
            except RequestRejected as refusal:
                if not self._yield_to(refusal, family, high):
                    raise
                if family not in self._families:
                    return self._of_family(self._families[0], low, high)
                if self._longest and high - low > self._longest:
                    return Page([], more=True)

    def _second(self, at: int) -> Iterator[list[Row]]:
        """Read the incidents of a single second, more than fit into an ordinary page."""
        for family in tuple(self._families):
            yield from self._scanned(partial(self._page, family, at, at, _MOST_PER_PAGE))

    def _scanned(self, fetch: Callable[[int], Page]) -> Iterator[list[Row]]:
        whole = yield from read_agreeing_scans(lambda: numbered(fetch), self._stream.identity)
        if not whole:
            self._say_partial()

    def _page(self, family: Family, low: int, high: int, per_page: int, number: int) -> Page:
        bounds = (low - 1, min(high, self._latest) + 1)
        filters = dict(zip(family.filters, map(_written, bounds), strict=True))
        options = {"sortBy": family.stamp} if self._sorted else {}
        return self._merged_companies(filters, options, per_page, number)

    def _everything(self, number: int) -> Page:
        return self._merged_companies({}, {}, self.per_page, number)

    def _oldest_listed(self) -> int:
        """Return a second (epoch) that no incident is older than, asked for until it is known.

        Else short windows would begin long before the product was bought. The list without filters
        comes with the newest ``lastUpdated`` first (section 2.1 of the vendor's reference), and
        an incident is processed after its detections; where its ends do not show that order, or
        no count, nothing is known.
        """
        if self._oldest > _EARLIEST:
            return self._oldest
        first = self._everything(1)
        last = self._everything(max(1, -(-(first.total or 0) // self.per_page)))
        seconds = [self._second_of(row, UPDATED) for row in (*first.rows, *last.rows)]
        readable = [second for second in seconds if second is not None]
        newest_first = readable == sorted(readable, reverse=True)
        if last.more or not readable or len(readable) < len(seconds) or not newest_first:
            return _EARLIEST
        return readable[-1] - _DAY

    def _merged_companies(
        self, filters: dict[str, str], options: dict[str, str], per_page: int, number: int
    ) -> Page:
        pages = []
        for company in self._settings.company_ids or (None,):
            restricted = {**filters, **({"companyId": company} if company else {})}
            params: dict[str, Any] = {
                "options": {
                    **options, "includeChildCompanies": self._settings.include_child_companies,
                },
            }  # fmt: skip
            if restricted:
                params["filters"] = restricted
            page = self._asked(params, per_page, number)
            if page.more and len(page.rows) < per_page:
                # No window is narrow enough for a vendor that always announces more; when the
                # page behind this one is empty, this raises.
                self._asked(params, per_page, number + 1)
            pages.append(page)
        return Page(
            [row for page in pages for row in page.rows],
            any(page.more for page in pages),
            # Companies may overlap, so that only a single total means something.
            pages[0].total if len(pages) == 1 else None,
        )

    def _asked(self, params: dict[str, Any], per_page: int, number: int) -> Page:
        page = self._client.page(
            METHOD, params, version=VERSION, number=number, per_page=per_page,
            decode=self._stream.decode,
        )  # fmt: skip
        self._stream.shaper.meet(page.rows)
        if not page.more and (page.total or 0) > (number - 1) * per_page + len(page.rows):
            self._say_partial()
        return page

    def _say_partial(self) -> None:
        self._stream.partial("GravityZone counts more incidents than it hands out. Run again.")

    def _yield_to(self, refusal: RequestRejected, family: Family, high: int) -> bool:
        """Give up one thing that the vendor may have refused; return whether anything was left."""
        text = refusal.details.lower()
        if family is CHANGED and "change" in text and "sort" not in text:
            self._drop_changed(refusal)
        elif self._sorted and ("sort" in text or not _ABOUT_DATES.search(text)):
            self._sorted = False
        elif high > self._now + _DAY and self._latest > self._now + _DAY:
            self._latest = self._now + _DAY
        elif shorter := [each for each in _CAREFUL_WINDOWS if each < (self._longest or _LATEST)]:
            self._longest = shorter[0]
            self._oldest = max(self._oldest, self._oldest_listed())
        elif self._sorted:
            self._sorted = False
        elif family is CHANGED:
            self._drop_changed(refusal)
        else:
            return False
        return True

    def _drop_changed(self, refusal: RequestRejected) -> None:
        self._families = [UPDATED, PROCESSED]
        self._longest = None
        self.refusal = refusal.details

    def _second_of(self, row: Row, family: Family) -> int | None:
        text = self._stream.utc(row.get(family.stamp))
        return None if text is None else times.epoch_ms(text) // 1000


def _written(epoch_seconds: int) -> str:
    """Write a date as the filters were seen to accept it."""
    moment = datetime.fromtimestamp(epoch_seconds, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S+0000")
