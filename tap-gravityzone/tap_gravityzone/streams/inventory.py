"""Companies, their groups, and the details of their endpoints."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from edr_tap_kit.errors import RequestRejected, RowVanished
from edr_tap_kit.pages import Row
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
        try:
            details = self.client.call(self.method, company.params)
        except (RequestRejected, RowVanished) as refusal:
            vanished = isinstance(refusal, RowVanished) or refusal.details
            if company.parent_id is None or not vanished:
                raise
            self.logger.info("Company %s vanished before its details were read.", company.id)
            return
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
        for company in self.companies():
            levels = partial(group_levels, self.client, company)
            rows = read_agreeing_scans(levels, self.identity)
            yield f"the groups of company {company.id}", rows

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
