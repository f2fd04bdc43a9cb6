"""The tree of companies that a key may see."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

from edr_tap_kit.errors import RequestRejected, RowVanished, StreamUnavailable

from tap_gravityzone.client import GravityZoneClient

_PARTNERS = 0  # companyType; customers (1) have no companies below them


def own_company_id(client: GravityZoneClient) -> str | None:
    """Return the id of the key's own company, or ``None`` when the key may not read it."""
    try:
        details = client.call("companies.getCompanyDetails")
    except (StreamUnavailable, RequestRejected):
        return None
    return details.get("id") if isinstance(details, dict) else None


def companies_below(client: GravityZoneClient, root: str | None) -> Iterator[str]:
    """Yield the ids of all companies below a company (``None``: the key's own), breadth first.

    The key of a customer has none: the vendor answers with an empty list or a refusal.
    """
    parents: deque[str | None] = deque([root])
    met: set[str | None] = {root}
    while parents:
        parent = parents.popleft()
        below = [each for each in _children(client, parent) if each not in met]
        met.update(below)
        yield from below
        if below:
            partners = set(_children(client, parent, _PARTNERS))
            parents += [each for each in below if each in partners]


def _children(
    client: GravityZoneClient, parent: str | None, company_type: int | None = None
) -> list[str]:
    params: dict[str, Any] = {"parentId": parent} if parent else {}
    if company_type is not None:
        params["filters"] = {"companyType": company_type}
    try:
        result = client.call("network.getCompaniesList", params)
    except (StreamUnavailable, RequestRejected, RowVanished):
        return []
    rows = result.get("items") if isinstance(result, dict) else result
    rows = rows if isinstance(rows, list) else []
    return [str(row["id"]) for row in rows if isinstance(row, dict) and row.get("id")]
