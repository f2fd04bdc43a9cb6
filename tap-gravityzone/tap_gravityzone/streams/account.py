"""What one answer tells of the key, the push service and the licences."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from edr_tap_kit import codec, times
from edr_tap_kit.errors import RequestRejected, RowVanished
from edr_tap_kit.pages import Row
from edr_tap_kit.settings import host_of
from typing_extensions import override

from tap_gravityzone.client import refused_by_api
from tap_gravityzone.companies import Company
from tap_gravityzone.secrets import address_alone
from tap_gravityzone.streams.listing import PartRefused, TableStream

_MONTHS_OF_A_FIRST_RUN = 12  # at least; further back for as long as any usage is told of
_MOST_MONTHS = 240
_MOST_PRODUCTS = 100
_COMPANIES_PROBED = 10  # not each has a monthly licence


class SingleRow(TableStream):
    """A table of one row, keyed by the API that answered."""

    primary_keys = ("_source",)

    @override
    def parts(self) -> Iterator[tuple[str, Iterator[list[Row]]]]:
        yield self.method, iter([[self._row()]])

    def _row(self) -> Row:
        answer = self.client.call(self.method)
        row = answer if isinstance(answer, dict) else {}
        return {**row, "_source": host_of(self.tap.settings.base_url)}

    @override
    def probe(self) -> None:
        self.client.call(self.method)


class ApiKeyDetails(SingleRow):
    """Which APIs the key may use."""

    name = "api_key_details"
    method = "general.getApiKeyDetails"


class PushSettings(SingleRow):
    """Where the vendor pushes events to, and which."""

    name = "push_settings"
    method = "push.getPushEventSettings"

    @override
    def parts(self) -> Iterator[tuple[str, Iterator[list[Row]]]]:
        yield self.method, self._rows()

    def _rows(self) -> Iterator[list[Row]]:
        try:
            yield [self._row()]
        except RowVanished as unset:
            self.logger.info("The push service was never configured: %s", unset)

    @override
    def probe(self) -> None:
        for _ in self._rows():
            return

    @override
    def _row(self) -> Row:
        row = super()._row()
        service = row.get("serviceSettings")
        if isinstance(service, dict) and "url" in service:
            return {**row, "serviceSettings": {**service, "url": address_alone(service["url"])}}
        return row


class PushStats(SingleRow):
    """How many events the vendor pushed, and what failed, since the counters were reset."""

    name = "push_stats"
    method = "push.getPushEventStats"


class Licenses(TableStream):
    """The products of each company's licence, a request for each company."""

    name = "licenses"
    primary_keys = ("companyId", "_position")
    method = "licensing.getLicenseInfo"

    @override
    def parts(self) -> Iterator[tuple[str, Iterator[list[Row]]]]:
        for company in self.companies():
            yield f"the licence of company {company.id}", self._rows(company)

    def _rows(self, company: Company) -> Iterator[list[Row]]:
        known = {"companyId": company.id or _OWN}
        rows = self._entries(company)
        yield [{**known, **row, "_position": at} for at, row in enumerate(rows)]

    def _entries(self, company: Company) -> list[Row]:
        """Return all products, or the one that an older installation tells of."""
        params = {**company.params, "returnAllProducts": True, "page": 1, "perPage": _MOST_PRODUCTS}
        try:
            answer = self.client.call(self.method, params)
        except RequestRejected as refusal:
            if not refused_by_api(refusal):
                raise
            answer = self.client.call(self.method, company.params)
        if isinstance(answer, dict) and "items" not in answer:
            return [answer]
        entries = answer.get("items") if isinstance(answer, dict) else answer
        rows = [row for row in entries or () if isinstance(row, dict)]
        return list({codec.fingerprint(row): row for row in rows}.values())  # some come twice

    @override
    def probe(self) -> None:
        self.client.call(self.method)


class MonthlyUsage(TableStream):
    """Licences in use, by company and month; a request for each of both."""

    name = "monthly_usage"
    primary_keys: tuple[str, ...] = ("companyId", "_month_id")
    replication_key = "_month"
    # The month before is still corrected; a bookmark is the first moment of a month.
    default_lookback_minutes = 1440
    method = "licensing.getMonthlyUsage"

    @override
    def parts(self) -> Iterator[tuple[str, Iterator[list[Row]]]]:
        for year, month in self._months():
            for company in self.companies():
                name = f"{month:02}/{year} of company {company.id}"
                yield name, self._rows(company, year, month)

    def _rows(self, company: Company, year: int, month: int) -> Iterator[list[Row]]:
        params = {"targetMonth": f"{month:02}/{year}", **company.params}
        known = {
            "companyId": company.id or _OWN,
            "_month_id": f"{year}-{month:02}",
            "_month": f"{year}-{month:02}-01T00:00:00Z",
        }
        usages = self.usages_of(self.client.call(self.method, params))
        yield [{**row, **known} for row in usages]

    def usages_of(self, answer: Any) -> list[Row]:
        """Return the rows in the answer for a month of a company."""
        return [answer] if isinstance(answer, dict) else []

    def _months(self) -> Iterator[tuple[int, int]]:
        """Yield the months from where this run reads from to now, oldest first."""
        end = _moment(self.tap.started_at) - timedelta(milliseconds=1)  # which end_date excludes
        last = end.year * 12 + end.month - 1
        if self.start is not None:
            start = _moment(self.start)
            first = start.year * 12 + start.month - 1
        else:
            first = last - _MONTHS_OF_A_FIRST_RUN
            while first > last - _MOST_MONTHS and self._holds_any(*_of_number(first - 1)):
                first -= 1
        for number in range(first, last + 1):
            yield _of_number(number)

    def _holds_any(self, year: int, month: int) -> bool:
        """Whether a month has usage of any company, so that those before it may have some too."""
        return any(self._told(company, year, month) for company in self.companies())

    def _told(self, company: Company, year: int, month: int) -> bool:
        try:
            pages = list(self._rows(company, year, month))
        except PartRefused:
            return False
        counts = (
            count
            for rows in pages for row in rows for name, count in row.items()
            if "usage" in name.lower()
        )  # fmt: skip
        return any(count not in (None, 0, "0") for count in counts)

    @property
    @override
    def reads_everything(self) -> bool:
        return False  # a table of usage holds more months than any read of it

    @override
    def probe(self) -> None:
        now = _moment(self.tap.now)
        refusals = []
        for company in self.companies()[:_COMPANIES_PROBED]:
            try:
                list(self._rows(company, now.year, now.month))
            except PartRefused as refusal:
                refusals.append(refusal)
            else:
                return
        raise refusals[0]


class MonthlyUsagePerProductType(MonthlyUsage):
    """Licences in use, by company, month and product type."""

    name = "monthly_usage_per_product_type"
    primary_keys = ("companyId", "_month_id", "productType")
    method = "licensing.getMonthlyUsagePerProductType"

    @override
    def usages_of(self, answer: Any) -> list[Row]:
        usages = answer.get("usages") if isinstance(answer, dict) else answer
        return [row for row in usages or () if isinstance(row, dict)]


_OWN = "own"  # stands for the id of the key's company where the key may not read it


def _of_number(number: int) -> tuple[int, int]:
    """Return year and month of a month that is counted from the year 0."""
    return number // 12, number % 12 + 1


def _moment(text: str) -> datetime:
    return datetime.fromtimestamp(times.epoch_ms(text) / 1000, UTC)
