"""Endpoints of the whole company tree."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from edr_tap_kit.errors import RequestRejected, StreamUnavailable
from edr_tap_kit.pages import Page, Row
from edr_tap_kit.records import Record
from edr_tap_kit.scanning import numbered, read_agreeing_scans
from typing_extensions import override

from tap_gravityzone.companies import Company, companies_below, own_company_id
from tap_gravityzone.streams.base import GravityZoneStream
from tap_gravityzone.streams.listing import DetailTable

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
_BELOW_UNKNOWN = (
    "getEndpointsList names the company of no endpoint, and the companies below could not be "
    "listed: endpoints of theirs may be missing, or be taken for those of the company above them. "
    "Enable the APIs Companies and Network on the key."
)


class Endpoints(GravityZoneStream):
    """All endpoints, the whole table each run (``network.getNetworkInventoryItems``)."""

    name = "endpoints"
    primary_keys = ("id",)
    method = _INVENTORY
    version = "v1.1"

    def __init__(self, tap: TapGravityZone) -> None:
        super().__init__(tap)
        self._methods = list(_METHODS)
        self._refusal: StreamUnavailable | None = None  # of the best method
        self._knows_companies = True

    @override
    def read(self) -> Iterator[Record]:
        details = self.followers(DetailTable)
        managed: dict[str, None] = {}
        for rows in self._items():
            endpoints = [row for row in rows if _is_endpoint(row)]
            yield from self.records(endpoints)
            if details:
                managed |= dict.fromkeys(_managed_ids(endpoints))
        for each in details:
            each.read_details(managed)

    def managed_ids(self) -> list[str]:
        """Return the ids of all endpoints with the agent, read for another stream."""
        return list(dict.fromkeys(each for rows in self._items() for each in _managed_ids(rows)))

    @override
    def probe(self) -> None:
        next(self._scan(None))

    def _items(self) -> Iterator[list[Row]]:
        whole = yield from read_agreeing_scans(self._tree, self.identity)
        if not whole:
            self.partial("GravityZone counts more items than it hands out. Run again.")
        if not self._knows_companies and self.config.get("emit_activate_version_messages"):
            self.partial(
                "the companies below could not be listed, so that no endpoint is told to be gone. "
                "Enable the APIs Companies and Network on the key."
            )

    def _tree(self) -> Iterator[Page]:
        """Yield the items of all companies that are wanted."""
        for root in self.tap.settings.company_ids or (None,):
            pages = self._inventory(root)
            if pages is None:
                yield from self._each_company(root)
            elif self.tap.settings.include_child_companies:
                yield from self._with_companies_below(root, pages)
            else:
                yield from self._company_alone(root, pages)

    def _inventory(self, root: str | None) -> Iterator[Page] | None:
        """Return a scan whose items name their company; ``None`` where there is none such."""
        if self._names_companies:
            pages = self._scan(root)
            first = list(islice(pages, 1))
            if self._names_companies:
                return chain(first, pages)
        return None

    @property
    def _names_companies(self) -> bool:
        """Whether the best method that is left names the company of each item."""
        return not self._methods or self._methods[0][0] == _INVENTORY

    def _each_company(self, root: str | None) -> Iterator[Page]:
        """Yield the endpoints of each company by a list that names the company of none.

        The companies at the bottom of the tree come first: what the scan of one brings again is
        theirs. They are read even where only the company above them is wanted.
        """
        own = root or own_company_id(self.client)
        below: list[Company] = []
        if not self.tap.settings.service_suffix:
            below, all_of_them = companies_below(self.client, root)
            if not all_of_them:
                self.partial(_BELOW_UNKNOWN)
        owners: dict[Hashable, str | None] = {}
        for company_id in (*(each.id for each in reversed(below)), root):
            for page in self._scan(company_id):
                rows: list[Row] = [
                    {"companyId": owners.setdefault(self.identity(row), company_id or own), **row}
                    for row in page.rows
                ]
                if self.tap.settings.include_child_companies:
                    yield replace(page, rows=rows)
                else:
                    rows = [row for row in rows if row["companyId"] == own]
                    yield replace(page, rows=rows, total=None)

    def _company_alone(self, root: str | None, pages: Iterable[Page]) -> Iterator[Page]:
        own = root or own_company_id(self.client)
        for page in pages:
            rows = [row for row in page.rows if own is None or row.get("companyId") in (own, None)]
            yield replace(page, rows=rows, total=None)

    def _with_companies_below(self, root: str | None, pages: Iterable[Page]) -> Iterator[Page]:
        met: set[str] = set()
        for page in pages:
            met.update(str(row.get("companyId")) for row in page.rows if _is_endpoint(row))
            yield page
        # Whether a recursive scan crosses the border of a company is not documented. When no row
        # came from another company, those below are scanned one by one.
        if len(met) <= 1 and not self.tap.settings.service_suffix:
            below, all_of_them = companies_below(self.client, root)
            self._knows_companies = self._knows_companies and all_of_them
            for company in below:
                if company.id not in met:
                    yield from self._scan(company.id)

    def _scan(self, parent: str | None) -> Iterator[Page]:
        """Yield the items below a parent by the best method that the installation offers."""
        while self._methods:
            tried = method, version, most = self._methods[0]
            per_page = self.per_page(most)
            try:
                for page in numbered(partial(self._page, method, version, parent, per_page)):
                    yield page if method == _INVENTORY else _as_items(page)
            except StreamUnavailable as refusal:
                self._refusal = self._refusal or refusal
                if self._methods[:1] == [tried]:  # else another stream's probe was faster
                    self._methods.pop(0)
            except RequestRejected:
                # Without a parent the vendor takes the key's company; some want it named.
                if parent is not None or not (own := own_company_id(self.client)):
                    raise
                parent = own
            else:
                return
        assert self._refusal is not None  # noqa: S101 (the last method is given up by one)
        raise self._refusal

    def _page(
        self, method: str, version: str, parent: str | None, per_page: int, number: int
    ) -> Page:
        filters: dict[str, Any] = {"depth": {"allItemsRecursively": True}}
        if method == _INVENTORY:
            filters["type"] = {"computers": True, "virtualMachines": True}
        params = {"filters": filters, **({"parentId": parent} if parent else {})}
        return self.client.page(method, params, version=version, number=number, per_page=per_page)


def _is_endpoint(row: Row) -> bool:
    kind = row.get("type")
    if not isinstance(kind, int) or kind not in _CONTAINER_TYPES:
        return True
    details = row.get("details")
    return isinstance(details, dict) and not _ENDPOINT_MEMBERS.isdisjoint(details)


def _managed_ids(rows: list[Row]) -> Iterator[str]:
    for row in rows:
        details = row.get("details")
        managed = details.get("isManaged") if isinstance(details, dict) else None
        if _is_endpoint(row) and row.get("id") and managed is not False:
            yield str(row["id"])


def _as_items(page: Page) -> Page:
    """Return a page of getEndpointsList in the shape of the inventory."""
    return replace(page, rows=list(map(_as_item, page.rows)))


def _as_item(row: Row) -> Row:
    item = {name: value for name, value in row.items() if name in _ITEM_MEMBERS}
    details = {name: value for name, value in row.items() if name not in _ITEM_MEMBERS}
    return {**item, "details": details}
