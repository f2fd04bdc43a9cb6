"""The tree of companies that a key may see."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from edr_tap_kit.errors import EdrTapError, RequestRejected, RowVanished, StreamUnavailable
from edr_tap_kit.pages import Page, Row

from tap_gravityzone.client import GravityZoneClient, refused_by_api
from tap_gravityzone.settings import GravityZoneSettings

GROUPS = "network.getCustomGroupsList"
INVENTORY = "network.getNetworkInventoryItems"
_PARTNER, _CUSTOMER = 0, 1  # companyType; customers have no companies below them


@dataclass(frozen=True)
class Company:
    """A company by its id, ``None`` where the key's own may not be read, and the one above it.

    ``named`` says whether requests name it: a customer's key is refused the parameter. ``keys_own``
    says whether the key belongs to it, so that what no request names is its own.
    """

    id: str | None
    parent_id: str | None = None
    named: bool = True
    keys_own: bool = False

    @property
    def columns(self) -> dict[str, str]:
        """What a row of this company says of it, where the vendor leaves that out."""
        return {"companyId": self.id} if self.id else {}

    @property
    def params(self) -> dict[str, str]:
        """The request parameters that restrict a list to this company."""
        return self.columns if self.named else {}


def own_company_id(client: GravityZoneClient) -> str | None:
    """Return the id of the key's own company, or ``None`` when the key may not read it."""
    company_id = _details(client, None).get("id")
    return str(company_id) if company_id else None


def wanted_companies(
    client: GravityZoneClient, settings: GravityZoneSettings
) -> tuple[list[Company], bool]:
    """Return the companies that the settings ask for, and whether these are all of them."""
    found: dict[str | None, Company] = {}
    whole = True
    for root in settings.company_ids or (None,):
        details = {} if root else _details(client, None)
        own = root or str(details.get("id") or "") or None
        partner = details.get("type") == _PARTNER and not settings.service_suffix
        below: list[Company] = []
        if settings.include_child_companies and not settings.service_suffix:
            below, all_of_them = companies_below(client, root)
            whole = whole and all_of_them
        # A partner's request without a name may be answered for the companies below as well.
        named = bool(root or below or partner)
        found.setdefault(own, Company(own, named=named, keys_own=root is None))
        for company in below:
            parent = company.parent_id or own
            found.setdefault(company.id, Company(company.id, parent))
    return list(found.values()), whole


def companies_below(client: GravityZoneClient, root: str | None) -> tuple[list[Company], bool]:
    """Return all companies below one (``None``: the key's own), and whether these are all.

    The key of a customer has none: the vendor answers with an empty list or a refusal.
    """
    parents: deque[str | None] = deque([root])
    found: dict[str | None, Company] = {root: Company(root)}
    whole = True
    while parents:
        parent = parents.popleft()
        children = _children(client, parent)
        if children is None:
            whole = whole and parent == root and _is_customer(client, root)
            continue
        below = [each for each in children if each not in found]
        found.update((each, Company(each, parent)) for each in below)
        if below:
            partners = set(_children(client, parent, _PARTNER) or ())
            parents += [each for each in below if each in partners]
    return [each for each in found.values() if each.id and each.id != root], whole


def group_levels(
    client: GravityZoneClient, company: Company, refused: Callable[[EdrTapError], None]
) -> Iterator[Page]:
    """Yield the custom groups of a company, those right below each parent, with ``_parent_id``.

    ``refused`` is told why the vendor does not say what lies below a group: it is gone, perhaps.
    """
    nameless = company.keys_own or not company.named
    parents: deque[str | None] = deque([None if nameless else company.id])
    met: set[str] = set()
    while parents:
        parent = parents.popleft()
        rows: list[Row] = [
            {"companyId": company.id, **row, "_parent_id": parent or company.id}
            for row in _level(client, company, parent, refused)
        ]
        yield Page(rows, more=False)
        below = {str(row["id"]): None for row in rows if row.get("id")}
        parents += [each for each in below if each not in met]
        met.update(below)


def _level(
    client: GravityZoneClient,
    company: Company,
    parent: str | None,
    refused: Callable[[EdrTapError], None],
) -> list[Row]:
    """Return the groups right below a parent; none below a group that is refused."""
    try:
        return _rows(client.call(GROUPS, {"parentId": parent} if parent else {}))
    except (RequestRejected, RowVanished) as refusal:
        if parent is None or not refused_by_api(refusal):
            raise
        if parent != company.id:
            refused(refusal)
            return []
        if rows := _topmost(client, parent):
            return rows
        raise  # each company has a group


def _topmost(client: GravityZoneClient, company_id: str) -> list[Row]:
    """Return the groups right below a company by the inventory, which takes it for a parent.

    Whether the list of groups does is not documented.
    """
    params = {"parentId": company_id, "filters": {"type": {"groups": True}}}
    page = client.page(INVENTORY, params, version="v1.1", number=1, per_page=1000)
    return [{name: row.get(name) for name in ("id", "name")} for row in page.rows]


def _children(
    client: GravityZoneClient, parent: str | None, company_type: int | None = None
) -> list[str] | None:
    """Return the ids of the companies right below one, ``None`` where the vendor refuses them."""
    params: dict[str, Any] = {"parentId": parent} if parent else {}
    if company_type is not None:
        params["filters"] = {"companyType": company_type}
    try:
        result = client.call("network.getCompaniesList", params)
    except (StreamUnavailable, RequestRejected, RowVanished):
        return None
    return [str(row["id"]) for row in _rows(result) if row.get("id")]


def _rows(result: Any) -> list[Row]:
    rows = result.get("items") if isinstance(result, dict) else result
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _is_customer(client: GravityZoneClient, company_id: str | None) -> bool:
    return _details(client, company_id).get("type") == _CUSTOMER


def _details(client: GravityZoneClient, company_id: str | None) -> dict[str, Any]:
    try:
        params = {"companyId": company_id} if company_id else {}
        details = client.call("companies.getCompanyDetails", params)
    except (StreamUnavailable, RequestRejected, RowVanished):
        return {}
    return details if isinstance(details, dict) else {}
