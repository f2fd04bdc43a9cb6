"""Recommendations to reduce the attack surface: the one list that sorts and filters by a time."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from edr_tap_kit import times
from edr_tap_kit.pages import FilterNotHonoured, OrderNotHonoured, Page, Row
from edr_tap_kit.reading import read_ascending
from edr_tap_kit.records import Record
from typing_extensions import override

from tap_gravityzone.companies import Company
from tap_gravityzone.secrets import without_secrets
from tap_gravityzone.streams.listing import Refusals, Source, TableStream


class PhasrRecommendations(TableStream):
    """Recommendations of PHASR, by when they were made; whether they were followed changes."""

    name = "phasr_recommendations"
    primary_keys = ("id",)
    replication_key = "createdOn"
    method = "phasr.getPhasrRecommendations"
    # actionTaken changes without a time of its own.
    default_lookback_minutes = 30 * 1440

    @override
    def read(self) -> Iterator[Record]:
        refusals = Refusals(self)
        low = None if self.start is None else times.epoch_ms(self.start)
        end = self.tap.settings.end_date
        high = None if end is None else times.epoch_ms(end) - 1
        companies = [
            refusals.tolerated(f"company {company.id}", self._rows(company, low, high))
            for company in self.companies()
        ]
        merged = heapq.merge(*companies, key=lambda row: self._position(row) or 0)
        for row in merged:
            yield from self.records([without_secrets(row)])
        refusals.settle()

    def _rows(self, company: Company, low: int | None, high: int | None) -> Iterator[Row]:
        """Yield a company's rows of [low, high] (epoch ms), oldest first."""
        fetch = partial(self._page, company)

        checked = False

        def first_page(low: int | None, high: int | None, _: int) -> Page:
            nonlocal checked
            page = fetch(low, high, 1)
            if page.more and not checked:
                newest_first = fetch(low, high, 1, direction="DESC")
                self._check_directions(page, newest_first)
                checked = True
            return page

        def crowd(at: int) -> Iterator[list[Row]]:
            return self.scanned(partial(fetch, at, at))

        now = times.epoch_ms(self.tap.started_at)
        try:
            for rows in read_ascending(
                first_page, crowd, low, high, now, self._position, self.identity
            ):
                yield from (row for row in rows if self._wanted(row, high))
        except (OrderNotHonoured, FilterNotHonoured):
            self.bookmark.ceiling = self.start or times.from_epoch_seconds(times.EARLIEST_SECONDS)
            self.partial("the vendor does not sort or filter the list; all of it is read.")
            for rows in self.scanned(partial(fetch, None, None)):
                yield from (row for row in rows if self._wanted(row, high, low))

    def _check_directions(self, ascending: Page, descending: Page) -> None:
        """Raise when both directions begin with the same moment: nothing is sorted.

        A list in the order in which rows came to be looks sorted, but for a few late ones, and
        asking on from the newest row of a page would pass these by.
        """
        begins = [
            next((at for at in map(self._position, page.rows) if at is not None), 0)
            for page in (ascending, descending)
        ]
        if begins[0] >= begins[1]:
            raise OrderNotHonoured("the rows come in one order, whichever is asked for")

    def _page(
        self,
        company: Company,
        low: int | None,
        high: int | None,
        number: int,
        *,
        direction: str = "ASC",
    ) -> Page:
        # Whether the bounds count in is unknown: asked for 1 ms more, and cut here.
        bounds = {"createdOnMin": low and low - 1, "createdOnMax": high and high + 1}
        params = {
            "sort": "createdOn",
            "dir": direction,
            **{name: times.from_epoch_ms(at) for name, at in bounds.items() if at is not None},
            **company.params,
        }
        page = self.company_page(Source(self.method), company, params, number)
        return replace(page, rows=[row for row in page.rows if not self._lies_at(row, low, high)])

    def _lies_at(self, row: Row, low: int | None, high: int | None) -> bool:
        """Whether a row is there only because a bound was asked for 1 ms further out."""
        at = self._position(row)
        return at is not None and at in ((low or 0) - 1, (high or -2) + 1)

    def _wanted(self, row: Row, high: int | None, low: int | None = None) -> bool:
        at = self._position(row)
        return at is None or ((high is None or at <= high) and (low is None or at >= low))

    def _position(self, row: Row) -> int | None:
        text = self.utc(row.get("createdOn"))
        return None if text is None else times.epoch_ms(text)

    @override
    def probe(self) -> None:
        self.client.page(self.method, {}, version="v1.0", number=1, per_page=1)
