"""Companies, their groups, and the details of their endpoints."""

from __future__ import annotations

from collections.abc import Iterator

from edr_tap_kit.errors import EdrTapError
from edr_tap_kit.pages import Page, Row
from edr_tap_kit.scanning import read_agreeing_scans
from typing_extensions import override

from tap_gravityzone.companies import GROUPS, Company, group_levels
from tap_gravityzone.streams.endpoints import Endpoints
from tap_gravityzone.streams.listing import DetailTable, TableStream


class Companies(TableStream):
    """The key's company and all below it, one request each."""

    name = "companies"
    primary_keys = ("id",)
    method = "companies.getCompanyDetails"

    @override
    def parts(self) -> Iterator[tuple[str, Iterator[list[Row]]]]:
        for company in self.companies():
            yield f"the details of company {company.id}", self._rows(company)

    def _rows(self, company: Company) -> Iterator[list[Row]]:
        details = self.client.call(self.method, company.params)
        if isinstance(details, dict):
            yield [{"id": company.id, **details, "_parent_id": company.parent_id}]

    @override
    def probe(self) -> None:
        self.client.call(self.method)


class CustomGroups(TableStream):
    """The groups below each company: a request a group, twice, since groups can be moved."""

    name = "custom_groups"
    primary_keys = ("id",)
    method = GROUPS

    @override
    def parts(self) -> Iterator[tuple[str, Iterator[list[Row]]]]:
        refused: list[EdrTapError] = []
        for company in self.companies():
            yield f"the groups of company {company.id}", self._rows(company, refused)
        if refused:
            self.partial(
                f"what lies below {len(refused)} groups cannot be read, the first: {refused[0]}"
            )

    def _rows(self, company: Company, refused: list[EdrTapError]) -> Iterator[list[Row]]:
        """Yield a company's groups; collect why the last scan could not look below some."""
        of_scan: list[EdrTapError] = []

        def scan() -> Iterator[Page]:
            of_scan.clear()
            return group_levels(self.client, company, of_scan.append)

        yield from read_agreeing_scans(scan, self.identity)
        refused += of_scan

    @override
    def probe(self) -> None:
        self.client.call(self.method)


class EndpointDetails(DetailTable):
    """What each managed endpoint tells of itself, one request each."""

    name = "endpoint_details"
    primary_keys = ("id",)
    parent_stream_type = Endpoints
    method = "network.getManagedEndpointDetails"
    id_param = "endpointId"
    options = {  # noqa: RUF012
        "options": {
            "includeScanLogs": True, "returnProductOutdated": True, "includeLastLoggedUsers": True,
        }
    }  # fmt: skip
