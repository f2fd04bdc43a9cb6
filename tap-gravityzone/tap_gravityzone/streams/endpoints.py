"""Endpoints of the whole company tree."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from edr_tap_kit import codec
from edr_tap_kit.errors import RequestRejected, StreamUnavailable
from edr_tap_kit.reading import Page, Row, read_agreeing_scans
from typing_extensions import override

from tap_gravityzone.companies import companies_below, own_company_id
from tap_gravityzone.streams.base import GravityZoneStream

if TYPE_CHECKING:
    from tap_gravityzone.tap import TapGravityZone

_INVENTORY = "network.getNetworkInventoryItems"
_LIST = "network.getEndpointsList"
# (method, version, most rows a page), best first; older installations lack the first ones.
_METHODS = ((_INVENTORY, "v1.1", 1000), (_LIST, "v1.1", 1000), (_LIST, "v1.0", 100))

# Item types 1 to 4 are companies, folders and groups; one old example of the vendor gives a
# computer such a number, so an item that reads like an endpoint is taken for one all the same.
_CONTAINER_TYPES = frozenset({1, 2, 3, 4})
_ENDPOINT_MEMBERS = frozenset({"isManaged", "machineType", "fqdn", "operatingSystemVersion"})
# What getEndpointsList shares with the inventory; its other members are the inventory's details.
_ITEM_MEMBERS = frozenset({"id", "name", "type", "parentId", "companyId"})


class Endpoints(GravityZoneStream):
    """All endpoints, the whole table each run (``network.getNetworkInventoryItems``)."""

    name = "endpoints"
    primary_keys = ("id",)

    def __init__(self, tap: TapGravityZone) -> None:
        super().__init__(tap)
        self._methods = list(_METHODS)

    @override
    def read(self) -> Iterator[dict[str, Any]]:
        for root in self.tap.settings.company_ids or (None,):
            for rows in self._tree(root):
                yield from self.shaped([row for row in rows if _is_endpoint(row)])

    @override
    def probe(self) -> None:
        next(self._scan(None), None)

    def identity(self, row: Row) -> Hashable:
        """Return what tells two rows apart."""
        return str(row.get("id") or codec.fingerprint(row))

    def _tree(self, root: str | None) -> Iterator[list[Row]]:
        """Yield the items of a company and, where wanted, of those below it."""
        if not self.tap.settings.include_child_companies:
            own = root or own_company_id(self.client)
            for rows in self._scan(root):
                yield [row for row in rows if own is None or row.get("companyId") in (own, None)]
            return
        companies: set[Any] = set()
        for rows in self._scan(root):
            companies.update(row.get("companyId") for row in rows)
            yield rows
        # Whether a recursive scan crosses the border of a company is not documented. When no row
        # came from another company, those below are scanned one by one.
        if len(companies) <= 1:
            for company in companies_below(self.client, root):
                if company not in companies:
                    yield from self._scan(company)

    def _scan(self, parent: str | None) -> Iterator[list[Row]]:
        """Yield the items below a parent by the best method that the installation offers."""
        refusals: list[StreamUnavailable] = []
        while self._methods:
            method, version, most = self._methods[0]
            per_page = min(most, self.tap.settings.page_size or most)
            fetch = partial(self._page, method, version, parent, per_page)
            try:
                for rows in read_agreeing_scans(fetch, self.identity):
                    yield rows if method == _INVENTORY else [_as_item(row, parent) for row in rows]
            except StreamUnavailable as refusal:
                refusals.append(refusal)
                self._methods.pop(0)
            except RequestRejected:
                # Without a parent the vendor takes the key's company; some want it named.
                if parent is not None or not (own := own_company_id(self.client)):
                    raise
                parent = own
            else:
                return
        raise refusals[0]

    def _page(
        self, method: str, version: str, parent: str | None, per_page: int, number: int
    ) -> Page:
        filters: dict[str, Any] = {"depth": {"allItemsRecursively": True}}
        if method == _INVENTORY:
            filters["type"] = {"computers": True, "virtualMachines": True}
        params = {"filters": filters, **({"parentId": parent} if parent else {})}
        return self.client.page(method, params, version=version, number=number, per_page=per_page)


def _is_endpoint(row: Row) -> bool:
    if row.get("type") not in _CONTAINER_TYPES:
        return True
    details = row.get("details")
    return isinstance(details, dict) and not _ENDPOINT_MEMBERS.isdisjoint(details)


def _as_item(row: Row, parent: str | None) -> Row:
    """Return a row of getEndpointsList in the shape of the inventory."""
    item = {name: value for name, value in row.items() if name in _ITEM_MEMBERS}
    details = {name: value for name, value in row.items() if name not in _ITEM_MEMBERS}
    return {"companyId": parent, **item, "details": details}
