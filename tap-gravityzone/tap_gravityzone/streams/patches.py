"""Patches, by company for a partner's key, by endpoints for a customer's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from edr_tap_kit import codec
from edr_tap_kit.errors import RequestRejected, RowVanished
from edr_tap_kit.pages import Page, Row
from typing_extensions import override

from tap_gravityzone.client import refused_by_api
from tap_gravityzone.companies import Company
from tap_gravityzone.streams.endpoints import Endpoints
from tap_gravityzone.streams.listing import Source, TableStream

_ENDPOINTS_A_REQUEST = 100


class MissingPatches(TableStream):
    """Patches that endpoints lack.

    The vendor does not document the members of its rows, so that the key is made of all of them.
    """

    name = "missing_patches"
    primary_keys = ("_patch_id",)
    method = "patchManagement.getMissingPatches"

    @override
    def parts(self) -> Iterator[tuple[str, Iterator[list[Row]]]]:
        for company in self.companies():
            if company.params:
                rows = self.scanned(partial(self._page, company, company.params))
            else:
                rows = self._by_endpoints(company)
            yield f"the patches of company {company.id}", rows

    def _by_endpoints(self, company: Company) -> Iterator[list[Row]]:
        ids = self.tap.stream(Endpoints).managed_ids()
        waiting = [
            ids[at : at + _ENDPOINTS_A_REQUEST] for at in range(0, len(ids), _ENDPOINTS_A_REQUEST)
        ]
        read, lost = False, 0
        refusal: RequestRejected | RowVanished | None = None
        while waiting:
            asked = waiting.pop(0)
            try:
                scope = {"endpointsIds": asked}
                yield from self.scanned(partial(self._page, company, scope))
                read = True
            except (RequestRejected, RowVanished) as error:
                # One endpoint that vanished meanwhile has the whole request refused.
                if not refused_by_api(error):
                    raise
                refusal = refusal or error
                half = len(asked) // 2
                lost += half == 0
                waiting[:0] = [part for part in (asked[:half], asked[half:]) if part and half]
        if refusal is not None and not read:
            raise refusal
        if lost:
            self.partial(
                f"the patches of {lost} endpoint(s) that the vendor does not know (any more) are "
                f"left out, the first: {refusal}"
            )

    def _page(self, company: Company, scope: Mapping[str, Any], number: int) -> Page:
        page = self.company_page(Source(self.method), company, scope, number)
        rows: list[Row] = [{**row, "_patch_id": codec.fingerprint(row)} for row in page.rows]
        return replace(page, rows=rows)

    @override
    def probe(self) -> None:
        _, rows = next(self.parts())
        next(rows, None)


class InstalledPatches(MissingPatches):
    """Patches that endpoints have."""

    name = "installed_patches"
    method = "patchManagement.getInstalledPatches"
