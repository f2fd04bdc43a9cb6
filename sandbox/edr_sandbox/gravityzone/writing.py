"""Rows of tables as the vendor writes them, and endpoints as their details show them."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any
from zlib import crc32

from edr_sandbox.gravityzone.dates import ZULU
from edr_sandbox.gravityzone.generate import DAY
from edr_sandbox.gravityzone.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from edr_sandbox.gravityzone.facts import Values
    from edr_sandbox.gravityzone.inventory import Inventory
    from edr_sandbox.gravityzone.records import Company, Endpoint
    from edr_sandbox.gravityzone.tables import Row

_LINKS = "https://packages.corp.example/Packages/{}/0/{}/setup"


def table_row(name: str, row: Row, owner: Company, write: Callable[[int], str]) -> dict[str, Any]:
    """Return a row as lists show it; ``write`` writes its instants."""
    kind = KINDS[name]
    item: dict[str, Any] = {"id": row.id} if kind.with_id else {}
    item.update(_shown(row.values, kind.times, write))
    if kind.company in {"id", "name"}:
        item.setdefault("companyId", owner.id)
    if kind.company == "name":
        item.setdefault("companyName", owner.name)
    if kind.company == "object":
        item.setdefault("company", {"id": owner.id, "name": owner.name})
    return item


def detailed_row(
    name: str, row: Row, owner: Company, write: Callable[[int], str]
) -> dict[str, Any]:
    """Return a row with what only its details show."""
    item = table_row(name, row, owner, write)
    item.update(_shown(row.details, KINDS[name].times, write))
    if name == "scan_tasks" and "owner" in row.details:
        item["company"] = {"id": owner.id, "name": owner.name}
    return item


def _shown(values: Values, times: tuple[str, ...], write: Callable[[int], str]) -> Values:
    """Return copies of all values that are shown, instants written."""
    return {
        member: write(value) if member in times and isinstance(value, int) else copy.deepcopy(value)
        for member, value in values.items()
        if not member.startswith("_")
    }


def installation_links(row: Row, owner: Company) -> dict[str, Any]:
    """Return the download links of a package; who knows them can install it."""
    token = row.values["_token"]
    systems = {"Windows": "BSTWIN", "Mac": "MAC", "Linux": "BSTNIX"}
    links = {f"installLink{name}": _LINKS.format(path, token) for name, path in systems.items()}
    return {
        "packageName": row.values["name"],
        "companyName": owner.name,
        "companyId": owner.id,
        **links,
    }


def managed_endpoint_row(
    endpoint: Endpoint, tree: Inventory, policy_name: str, now: int, options: Values | None
) -> dict[str, Any]:
    """Return an endpoint as ``network.getManagedEndpointDetails`` writes it."""
    salt, asked = crc32(endpoint.id.encode()), options or {}
    group = tree.groups[endpoint.parent]
    row: dict[str, Any] = {
        "id": endpoint.id,
        "name": endpoint.name,
        "companyId": endpoint.company,
        "operatingSystem": endpoint.os,
        "state": salt % 2,
        "ip": endpoint.ip,
        "lastSeen": ZULU.write(now - salt % (3 * DAY), naive=True),
        "machineType": endpoint.machine_type,
        "agent": _agent(salt, now),
        "group": {"id": group.id, "name": group.name},
        "malwareStatus": {"detection": salt % 7 == 0, "infected": salt % 31 == 0},
        "policy": {"id": tree.policy, "name": policy_name, "applied": True},
        "modules": dict(endpoint.modules),
        "label": endpoint.label,
        "moveState": 0,
    }
    if "managedWithBest" in endpoint.flags:
        row["managedWithBest"] = True
    if salt % 3:
        row["riskScore"] = _risk(salt)
    if asked.get("returnProductOutdated"):
        row["agent"]["productOutdated"] = endpoint.outdated
    if asked.get("includeScanLogs") and endpoint.scanned is not None:
        row["lastSuccessfulScan"] = {"name": "Full scan", "date": ZULU.write(endpoint.scanned)}
    if asked.get("includeLastLoggedUsers"):
        row["lastLoggedUsers"] = [f"EXAMPLE\\user-{salt % 40}"]
    return row


def _agent(salt: int, now: int) -> dict[str, Any]:
    return {
        "type": 3,
        "productVersion": f"7.9.{salt % 20}.500",
        "engineVersion": f"7.9{salt % 9}000",
        "lastUpdate": ZULU.write(now - salt % DAY, naive=True),
        "primaryEngine": 1 + salt % 3,
        "fallbackEngine": None if salt % 4 == 0 else 2,
        "licensed": 1,
        "productUpdateDisabled": False,
        "signatureOutdated": salt % 11 == 0,
        "signatureUpdateDisabled": False,
    }


def _risk(salt: int) -> dict[str, str]:
    return {
        "value": f"{salt % 100}%",
        "impact": "Medium",
        "misconfigurations": f"{salt // 100 % 100}%",
        "appVulnerabilities": "11%",
        "humanRisks": "19%",
    }
