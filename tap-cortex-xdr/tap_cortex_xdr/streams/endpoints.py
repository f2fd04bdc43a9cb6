"""Endpoints."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Any

from edr_tap_kit.errors import RequestRejected
from edr_tap_kit.reading import (
    FilterNotHonoured,
    OrderNotHonoured,
    Page,
    read_overlapping,
)
from typing_extensions import override

from tap_cortex_xdr.streams.base import WindowedStream


class Endpoints(WindowedStream):
    """All endpoints with the agent, the whole table each run (``endpoints/get_endpoint``).

    Read by ``first_seen``, which never moves, so that no endpoint slips between two pages and no
    cap on offsets is met; by overlapping pages of ``endpoint_id`` where the tenant does not offer
    that, or hides rows from it.
    """

    name = "endpoints"
    primary_keys = ("endpoint_id",)
    path = "v1/endpoints/get_endpoint"
    list_key = "endpoints"
    filter_field = "first_seen"
    time_column = "first_seen"
    sort_keyword = "ASC"  # documented as case-sensitive for this call alone

    @override
    def read(self) -> Iterator[dict[str, Any]]:
        seen: set[Hashable] = set()
        totals: list[int] = []
        by_first_seen = self.fetch(self.path, self.filter_field)

        def fetch(low: int | None, high: int | None, offset: int) -> Page:
            page = by_first_seen(low, high, offset)
            if low is None and page.total is not None:
                totals.append(page.total)
            return page

        try:
            for rows in self.ascending(fetch, None, None):
                seen.update(map(self.identity, rows))
                yield from self.shaped(rows)
            complete = len(seen) >= max(totals, default=0)
        except (OrderNotHonoured, FilterNotHonoured, RequestRejected):
            complete = False
        if not complete:
            for rows in read_overlapping(self._page, self.identity):
                yield from self.shaped(rows)

    def _page(self, offset: int) -> Page:
        return self.client.page(
            self.path, self.list_key, filters=[],
            sort={"field": "endpoint_id", "keyword": self.sort_keyword},
            offset=offset, limit=self.limit,
        )  # fmt: skip
