"""The tree of companies that a key may see."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from edr_tap_kit.errors import RequestRejected, RowVanished, StreamUnavailable

from tap_gravityzone.client import GravityZoneClient
from tap_gravityzone.settings import GravityZoneSettings

GROUPS = "network.getCustomGroupsList"
_PARTNER, _CUSTOMER = 0, 1  # companyType; customers have no companies below them


@dataclass(frozen=True)
class Company:
    """A company by its id, ``None`` where the key's own may not be read, and the one above it.

    ``named`` says whether requests name it: a customer's key is refused the parameter.
    """

    id: str | None
    parent_id: str | None = None
    named: bool = True

    @property
    def params(self) -> dict[str, str]:
        """The request parameters that restrict a list to this company."""
        return {"companyId": self.id} if self.named and self.id else {}


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
        own = root or own_company_id(client)
        below: list[Company] = []
        if settings.include_child_companies and not settings.service_suffix:
            below, all_of_them = companies_below(client, root)
            whole = whole and all_of_them
        found.setdefault(own, Company(own, named=bool(root or below)))
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


def groups_below(client: GravityZoneClient, company: Company) -> Iterator[dict[str, Any]]:
    """Yield the custom groups of a company with ``_parent_id``: each level is a request a group."""
    parents: deque[str | None] = deque([company.id if company.named else None])
    met: set[str] = set()
    while parents:
        parent = parents.popleft()
        params = {"parentId": parent} if parent else {}
        for row in _rows(client.call(GROUPS, params)):
            group = str(row.get("id") or "")
            yield {"companyId": company.id, **row, "_parent_id": parent or company.id}
            if group and group not in met:
                met.add(group)
                parents.append(group)


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


def _rows(result: Any) -> list[dict[str, Any]]:
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
