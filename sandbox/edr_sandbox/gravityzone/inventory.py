"""The network tree: companies in companies, groups in groups, endpoints in groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edr_sandbox.gravityzone.dates import ZULU
from edr_sandbox.gravityzone.generate import make_companies, make_endpoint, make_groups, new_id
from edr_sandbox.gravityzone.records import Company, Endpoint, Group

if TYPE_CHECKING:
    from random import Random

Item = Company | Group | Endpoint


class Inventory:
    """All items by id, in the order in which they came to be."""

    def __init__(self, rng: Random, companies: int, endpoints: int, now: int) -> None:
        self.rng = rng
        self.items: dict[str, Item] = {}
        self.companies: dict[str, Company] = {}
        self.groups: dict[str, Group] = {}
        self.endpoints: dict[str, Endpoint] = {}
        self._made = 0
        for company in make_companies(rng, companies, now):
            self._enter(company)
            for group in make_groups(rng, company):
                self._enter(group)
        self.policy = new_id(rng, now - 900 * 86_400)
        for _ in range(endpoints):
            self.add_endpoint(now)

    def _enter(self, item: Item) -> None:
        self.items[item.id] = item
        if isinstance(item, Company):
            self.companies[item.id] = item
        elif isinstance(item, Group):
            self.groups[item.id] = item
        else:
            self.endpoints[item.id] = item

    @property
    def root(self) -> Company:
        """The partner at the top of the tree."""
        return next(iter(self.companies.values()))

    def add_endpoint(self, now: int, group_id: str | None = None) -> Endpoint:
        """Enter a new endpoint, in a given group or in any."""
        group = self.groups[group_id] if group_id else self.rng.choice(list(self.groups.values()))
        self._made += 1
        endpoint = make_endpoint(self.rng, self._made, group, now)
        self._enter(endpoint)
        return endpoint

    def remove_endpoint(self, endpoint_id: str) -> None:
        """Forget an endpoint; ``KeyError`` when there is none."""
        del self.endpoints[endpoint_id]
        del self.items[endpoint_id]

    def move_endpoint(self, endpoint_id: str, group_id: str) -> None:
        """Put an endpoint into another group, perhaps of another company."""
        group = self.groups[group_id]
        endpoint = self.endpoints[endpoint_id]
        endpoint.parent, endpoint.company = group.id, group.company

    def add_company(self, rng: Random, name: str, parent: Company, kind: int, now: int) -> Company:
        """Enter a new company below a partner, with its groups."""
        company = Company(
            id=new_id(rng, now),
            name=name,
            type=kind,
            parent=parent.id,
            zone=parent.zone,
            created=now,
            country=parent.country,
            license_type=2,
            group=new_id(rng, now),
        )
        self._enter(company)
        for group in make_groups(rng, company):
            self._enter(group)
        return company

    def add_group(self, rng: Random, name: str, parent_id: str, now: int) -> Group:
        """Enter a new group below another."""
        group = Group(new_id(rng, now), name, parent_id, self.groups[parent_id].company)
        self._enter(group)
        return group

    def remove_group(self, group_id: str) -> None:
        """Forget a group and move what was in it up; ``ValueError`` for a topmost group."""
        group = self.groups[group_id]
        if group.parent in self.companies:
            raise ValueError("the topmost group of a company stays")
        for item in self.items.values():
            if item.parent == group_id:
                item.parent = group.parent
        del self.groups[group_id], self.items[group_id]

    def family(self, company_id: str) -> frozenset[str]:
        """Return the ids of a company and of all companies below it."""
        found = {company_id}
        for company in self.companies.values():  # parents come before their children
            if company.parent in found:
                found.add(company.id)
        return frozenset(found)

    def company_of(self, item: Item) -> str:
        """Return the id of the company that an item belongs to; a company is its own."""
        return item.id if isinstance(item, Company) else item.company

    def below(self, parent_id: str, *, recursive: bool, across: bool) -> list[Item]:
        """Return what is in a container; ``across`` lets recursion enter child companies."""
        holders = {parent_id}
        if recursive:
            for item in self.items.values():
                if isinstance(item, Endpoint) or item.parent not in holders:
                    continue
                if across or not isinstance(item, Company):
                    holders.add(item.id)
        return [item for item in self.items.values() if item.parent in holders]


def endpoint_details(
    endpoint: Endpoint, policy: str, options: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Return the members that both endpoint lists show; flags that are false are absent."""
    asked = options or {}
    details: dict[str, Any] = {
        "label": endpoint.label,
        "fqdn": endpoint.fqdn,
        "groupId": endpoint.parent,
        "isManaged": endpoint.managed,
        "machineType": endpoint.machine_type,
        "operatingSystemVersion": endpoint.os,
        "ip": endpoint.ip,
        "macs": list(endpoint.macs),
        "ssid": endpoint.ssid,
    }
    details.update(dict.fromkeys(sorted(endpoint.flags), True))
    if endpoint.managed:
        details["policy"] = {"id": policy, "name": "Example policy", "applied": True}
    if asked.get("returnProductOutdated") and endpoint.outdated:
        details["productOutdated"] = True
    if asked.get("includeScanLogs") and endpoint.scanned is not None:
        details["lastSuccessfulScan"] = {"name": "Full scan", "date": ZULU.write(endpoint.scanned)}
    return details


def inventory_row(item: Item, policy: str, options: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return an item as ``network.getNetworkInventoryItems`` writes it."""
    asked = options or {}
    row: dict[str, Any] = {"id": item.id, "name": item.name}
    if isinstance(item, Company):
        details: dict[str, Any] = {"companyType": item.type, "licenseType": item.license_type}
        if asked.get("companies", {}).get("returnAllProducts"):
            details["products"] = []
        row.update(type=1, parentId=item.parent, companyId=item.id, details=details)
    elif isinstance(item, Group):
        row.update(type=4, parentId=item.parent, companyId=item.company, details={})
    else:
        details = endpoint_details(item, policy, asked.get("endpoints"))
        if item.modules:
            details["modules"] = dict(item.modules)
        kind = 6 if item.machine_type == 2 else 5
        row.update(type=kind, parentId=item.parent, companyId=item.company, details=details)
    return row


def endpoint_row(
    endpoint: Endpoint, policy: str, options: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Return an endpoint as ``network.getEndpointsList`` writes it."""
    asked = (options or {}).get("endpoints")
    row = {"id": endpoint.id, "name": endpoint.name, **endpoint_details(endpoint, policy, asked)}
    row.pop("isIsolated", None)
    return row


def company_row(company: Company) -> dict[str, Any]:
    """Return a company as ``companies.getCompanyDetails`` writes it."""
    return {
        "id": company.id,
        "name": company.name,
        "type": company.type,
        "address": "",
        "phone": "",
        "country": company.country,
        "state": "N/A",
        "industry": 30,
        "canBeManagedByAbove": True,
        "enforce2FA": True,
        "skip2FAPeriod": 90,
        "isSuspended": False,
        "createdAt": ZULU.write(company.created, naive=True),
        "contactPerson": {
            "fullName": "Security desk",
            "email": f"security@{company.id[-6:]}.example.com",
            "phoneNumber": "",
            "companyRole": "Service desk",
        },
        "riskScore": {
            "value": f"{int(company.id[-2:], 16) % 100}%",
            "impact": "Low",
            "misconfigurations": "70%",
            "appVulnerabilities": "11%",
            "humanRisks": "19%",
            "industryModifier": "0%",
        },
        "customFields": [],
        "subscribedServices": {"endpoint": True, "exchange": False, "network": False, "sos": False},
    }
