"""Companies, their groups, and the details of their endpoints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from edr_tap_kit.reading import Row
from typing_extensions import override

from tap_gravityzone.companies import GROUPS, Company, groups_below
from tap_gravityzone.secrets import without_secrets
from tap_gravityzone.streams.endpoints import Endpoints
from tap_gravityzone.streams.listing import DetailTable, TableStream


class Companies(TableStream):
    """The key's company and all below it, one request each."""

    name = "companies"
    primary_keys = ("id",)
    method = "companies.getCompanyDetails"

    @override
    def parts(self) -> Iterator[tuple[str, Iterator[list[Row]]]]:
        companies = self.companies()
        params = [company.params for company in companies]
        details = self.client.call_each(self.method, params, version="v1.0")
        yield self.method, self._rows(companies, details)

    def _rows(self, companies: Sequence[Company], each: Iterator[Any]) -> Iterator[list[Row]]:
        for company, details in zip(companies, each, strict=True):
            if isinstance(details, dict):
                row = {"id": company.id, **details, "_parent_id": company.parent_id}
                yield [without_secrets(row)]

    @override
    def probe(self) -> None:
        self.client.call(self.method)


class CustomGroups(TableStream):
    """The groups below each company, one request a group."""

    name = "custom_groups"
    primary_keys = ("id",)
    method = GROUPS

    @override
    def parts(self) -> Iterator[tuple[str, Iterator[list[Row]]]]:
        for company in self.companies():
            rows = ([group] for group in groups_below(self.client, company))
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
