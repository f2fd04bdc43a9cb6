"""Add-ons: the attack surface, the asset inventory, vulnerabilities and compliance."""

from __future__ import annotations

from typing import Any

from edr_tap_kit.pages import Row
from typing_extensions import override

from tap_cortex_xdr.identity import identity_of
from tap_cortex_xdr.streams.base import NamedForSql
from tap_cortex_xdr.streams.tables import TableStream, TokenStream


class ExternalServices(TokenStream):
    """Services that the internet can reach (``assets/get_external_services``)."""

    name = "external_services"
    primary_keys = ("service_id",)
    path = "v1/assets/get_external_services"
    list_key = "external_services"


class InternetExposures(TokenStream):
    """Assets that the internet can reach (``assets/get_assets_internet_exposure``)."""

    name = "internet_exposures"
    primary_keys = ("_asm_id",)
    path = "v1/assets/get_assets_internet_exposure"
    list_key = "assets_internet_exposure"

    @override
    def prepared(self, row: Row) -> Row:
        ids = row.get("asm_ids")
        named = ids if isinstance(ids, list) else [ids]
        return {**row, "_asm_id": ",".join(sorted(str(each) for each in named if each))}


class ExternalIpRanges(TokenStream):
    """Address ranges of the organisation (``assets/get_external_ip_address_ranges``)."""

    name = "external_ip_ranges"
    primary_keys = ("range_id",)
    path = "v1/assets/get_external_ip_address_ranges"
    list_key = "external_ip_address_ranges"


class Assets(NamedForSql, TableStream):
    """The asset inventory (``assets``); what it tells of an asset depends on the tenant."""

    name = "assets"
    primary_keys = ("xdm_asset_id",)
    path = "v1/assets/"
    list_key = "data"
    most_per_page = 1000
    sort_field = "xdm.asset.id"
    open_ended = True

    @override
    def request(self, offset: int) -> dict[str, Any]:
        """Return the data of a request, in the form of this call alone."""
        data = super().request(offset)
        del data["filters"]
        if sort := data.get("sort"):
            data["sort"] = [{"FIELD": sort["field"], "ORDER": "ASC"}]
        return data


class Vulnerabilities(TokenStream):
    """Vulnerabilities that the vendor knows of (``uvem/v1/get_vulnerabilities``)."""

    name = "vulnerabilities"
    primary_keys = ("vulnerability_id",)
    path = "uvem/v1/get_vulnerabilities"
    list_key = ""
    knows_offsets = False

    @override
    def token_member(self, token: str) -> dict[str, str]:
        return {"next_page_token": token}  # which this call wants on the first page, too


class ComplianceResults(NamedForSql, TableStream):
    """Results of compliance assessments (``compliance/get_assessment_results``).

    The members of its rows are not documented, so that the key is made of all of them.
    """

    name = "compliance_results"
    primary_keys = ("_result_id",)
    path = "v1/compliance/get_assessment_results"
    list_key = ""
    paged = False
    open_ended = True

    @override
    def prepared(self, row: Row) -> Row:
        return {**super().prepared(row), "_result_id": identity_of(row)}
