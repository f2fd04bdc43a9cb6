"""The tree of companies that a key may see."""

from __future__ import annotations

from collections import deque
from typing import Any

from edr_tap_kit.errors import RequestRejected, RowVanished, StreamUnavailable

from tap_gravityzone.client import GravityZoneClient

_PARTNER, _CUSTOMER = 0, 1  # companyType; customers have no companies below them


def own_company_id(client: GravityZoneClient) -> str | None:
    """Return the id of the key's own company, or ``None`` when the key may not read it."""
    company_id = _details(client, None).get("id")
    return str(company_id) if company_id else None


def companies_below(client: GravityZoneClient, root: str | None) -> tuple[list[str], bool]:
    """Return the ids of all companies below one (``None``: the key's own), and if these are all.

    The key of a customer has none: the vendor answers with an empty list or a refusal.
    """
    parents: deque[str | None] = deque([root])
    found: dict[str | None, None] = {root: None}
    whole = True
    while parents:
        parent = parents.popleft()
        children = _children(client, parent)
        if children is None:
            whole = whole and parent == root and _is_customer(client, root)
            continue
        below = [each for each in children if each not in found]
        found.update(dict.fromkeys(below))
        if below:
            partners = set(_children(client, parent, _PARTNER) or ())
            parents += [each for each in below if each in partners]
    return [each for each in found if each and each != root], whole


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
    rows = result.get("items") if isinstance(result, dict) else result
    rows = rows if isinstance(rows, list) else []
    return [str(row["id"]) for row in rows if isinstance(row, dict) and row.get("id")]


def _is_customer(client: GravityZoneClient, company_id: str | None) -> bool:
    return _details(client, company_id).get("type") == _CUSTOMER


def _details(client: GravityZoneClient, company_id: str | None) -> dict[str, Any]:
    try:
        params = {"companyId": company_id} if company_id else {}
        details = client.call("companies.getCompanyDetails", params)
    except (StreamUnavailable, RequestRejected, RowVanished):
        return {}
    return details if isinstance(details, dict) else {}
