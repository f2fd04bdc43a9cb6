"""Cases and issues: what version 5 of the product calls incidents and alerts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from edr_tap_kit.errors import RequestRejected
from edr_tap_kit.pages import Page, RangeFetch
from edr_tap_kit.records import Record
from typing_extensions import override

from tap_cortex_xdr.streams.base import NamedForSql
from tap_cortex_xdr.streams.windowed import Axis, WindowedStream


class Cases(WindowedStream):
    """Cases, each time they change (``case/search``)."""

    name = "cases"
    primary_keys = ("case_id",)
    replication_key = "modification_time"
    selected_by_default = False
    path = "v1/case/search"
    list_key = "DATA"
    axis = Axis("modification_time", "modification_time")
    finer = Axis("creation_time", "creation_time")
    tie_sort = "case_id"
    default_lookback_minutes = 60


class Issues(NamedForSql, WindowedStream):
    """Issues, each time they change (``issue/search``), in windows: no sort by their change."""

    name = "issues"
    primary_keys = ("id",)
    replication_key = "last_update_timestamp"
    selected_by_default = False
    path = "v1/issue/search"
    list_key = "DATA"
    axis = Axis("last_modified", "last_update_timestamp")
    finer = Axis("observation_time", "observation_time")
    tie_sort = "id"
    default_lookback_minutes = 60
    # Without these the columns of the same names come empty.
    options: Mapping[str, Any] = MappingProxyType({
        "include_fields": ["normalized_fields", "custom_fields"],
        "include_evidences": True,
        "include_actions": True,
    })  # fmt: skip

    @override
    def read(self) -> Iterator[Record]:
        low, high = self.bounds(self.start)
        for rows in self.bisected(self.path, self.axis, low, high):
            yield from self.shaped(self.until(rows, high))

    @override
    def fetch(self, *args: Any, **held: Any) -> RangeFetch:
        asked = super().fetch(*args, **held)

        def fetch(low: int | None, high: int | None, offset: int) -> Page:
            try:
                return asked(low, high, offset)
            except RequestRejected:
                wanted, self.options = self.options, {}
                try:
                    page = asked(low, high, offset)
                except RequestRejected:
                    self.options = wanted
                    raise
            self.tap.report.note(
                "Stream 'issues': the tenant does not send normalized_fields, custom_fields, "
                "evidences and actions."
            )
            return page

        return fetch
