"""What one answer tells of the key, the push service and the licences."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from edr_tap_kit import times
from edr_tap_kit.reading import Row
from typing_extensions import override

from tap_gravityzone.companies import Company
from tap_gravityzone.secrets import address_alone
from tap_gravityzone.streams.listing import TableStream

_MONTHS_OF_A_FIRST_RUN = 12


class SingleRow(TableStream):
    """A table of one row, keyed by the API that answered."""

    primary_keys = ("_source",)

    @override
    def parts(self) -> Iterator[tuple[str, Iterator[list[Row]]]]:
        yield self.method, iter([[self._row()]])

    def _row(self) -> Row:
        answer = self.client.call(self.method)
        row = answer if isinstance(answer, dict) else {}
        return {**row, "_source": urlsplit(self.tap.settings.base_url).netloc}

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
    def _row(self) -> Row:
        row = super()._row()
        service = row.get("serviceSettings")
        if isinstance(service, dict) and "url" in service:
            row["serviceSettings"] = {**service, "url": address_alone(service["url"])}
        return row


class PushStats(SingleRow):
    """How many events the vendor pushed, and what failed, since the counters were reset."""

    name = "push_stats"
    method = "push.getPushEventStats"


class Licenses(TableStream):
    """The licence of each company, one request each."""

    name = "licenses"
    primary_keys = ("companyId", "_position")
    method = "licensing.getLicenseInfo"

    @override
    def parts(self) -> Iterator[tuple[str, Iterator[list[Row]]]]:
        for company in self.companies():
            yield f"the licence of company {company.id}", self._rows(company)

    def _rows(self, company: Company) -> Iterator[list[Row]]:
        entries = _entries(self.client.call(self.method, company.params))
        known = {"companyId": company.id or _OWN}
        yield [{**known, **row, "_position": at} for at, row in enumerate(entries)]

    @override
    def probe(self) -> None:
        self.client.call(self.method)


class MonthlyUsage(TableStream):
    """Licences in use, by company and month; a request for each of both."""

    name = "monthly_usage"
    primary_keys: tuple[str, ...] = ("companyId", "_month_id")
    replication_key = "_month"
    # The month before is still corrected.
    default_lookback_minutes = 31 * 1440
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
        first = end.year * 12 + end.month - 1 - _MONTHS_OF_A_FIRST_RUN
        if self.start is not None:
            start = _moment(self.start)
            first = start.year * 12 + start.month - 1
        for number in range(first, end.year * 12 + end.month):
            yield number // 12, number % 12 + 1

    @override
    def probe(self) -> None:
        now = _moment(self.tap.now)
        self.client.call(self.method, {"targetMonth": f"{now.month:02}/{now.year}"})


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


def _entries(answer: Any) -> list[Row]:
    """Return the entries of a licence in whichever shape they came: one, a list or a page."""
    entries = answer.get("items", answer) if isinstance(answer, dict) else answer
    entries = entries if isinstance(entries, list) else [entries]
    return [row for row in entries if isinstance(row, dict)]


def _moment(text: str) -> datetime:
    return datetime.fromtimestamp(times.epoch_ms(text) / 1000, UTC)
