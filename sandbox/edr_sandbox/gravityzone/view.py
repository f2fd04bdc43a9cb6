"""What the key can see of the world, as the vendor writes it."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from edr_sandbox.gravityzone import details, inventory, records, writing
from edr_sandbox.gravityzone.kinds import KINDS
from edr_sandbox.gravityzone.rows import Clock, incident_row

if TYPE_CHECKING:
    from collections.abc import Callable

    from edr_sandbox.gravityzone.drift import Drift
    from edr_sandbox.gravityzone.records import Company, Endpoint, Group, Incident
    from edr_sandbox.gravityzone.tables import Row
    from edr_sandbox.gravityzone.world import World

_DRIFTING = frozenset(["incidents", "alerts", "endpoints", "companies", "endpoint_details", *KINDS])


class View:
    """Rows as the key sees them now; every row is new, so that nobody can change the world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._drifts: dict[str, list[Drift]] = {}

    def drift(self, stream: str, drift: Drift) -> None:
        """Let the rows of a stream drift from now on."""
        if stream not in _DRIFTING:
            raise ValueError(f"no drift of stream: {stream}")
        self._drifts.setdefault(stream, []).append(drift)

    @property
    def key_company(self) -> Company:
        """The company that the key belongs to."""
        companies = self._world.inventory.companies.values()
        if self._world.switches.customer_key:
            return next(one for one in companies if one.type == records.CUSTOMER)
        return self._world.inventory.root

    def family(self) -> frozenset[str]:
        """Return the ids of all companies within the key's reach."""
        return self._world.inventory.family(self.key_company.id)

    def drifted(self, stream: str, row: dict[str, Any], identifier: str) -> dict[str, Any]:
        """Return a row after the drifts of its stream."""
        for drift in self._drifts.get(stream, ()):
            drift.apply(row, identifier)
        return row

    def incident_item(self, incident: Incident) -> dict[str, Any]:
        """Return an incident as a list item."""
        company = self._world.inventory.companies[incident.company]
        return self.drifted(
            "incidents", incident_row(incident, company, self._world.switches), incident.id
        )

    def incident_details(self, incident: Incident) -> dict[str, Any]:
        """Return an incident with its alerts, nodes and notes."""
        company = self._world.inventory.companies[incident.company]
        row = incident_row(incident, company, self._world.switches)
        details.add_details(row, incident, company, self._world.switches)
        for alert in row["details"]["alerts"]:
            self.drifted("alerts", alert, str(alert["id"]))
        return self.drifted("incidents", row, incident.id)

    def inventory_item(
        self, item: inventory.Item, options: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return an item of the network tree."""
        row = inventory.inventory_row(item, self._world.inventory.policy, options)
        stream = "endpoints" if isinstance(item, records.Endpoint) else "companies"
        return row if isinstance(item, records.Group) else self.drifted(stream, row, item.id)

    def endpoint_item(
        self, endpoint: Endpoint, options: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return an endpoint as the endpoint list shows it."""
        row = inventory.endpoint_row(endpoint, self._world.inventory.policy, options)
        return self.drifted("endpoints", row, endpoint.id)

    def company_details(self, company: Company) -> dict[str, Any]:
        """Return the details of a company."""
        changed = self._world.tables.overrides.get(company.id, {})
        row = {**inventory.company_row(company), **copy.deepcopy(changed)}
        return self.drifted("companies", row, company.id)

    def managed_endpoint(
        self, endpoint: Endpoint, options: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return the details of a managed endpoint."""
        world = self._world
        policy = world.tables.table("policies").get(world.inventory.policy)
        name = policy.values["name"] if policy else "Example policy"
        row = writing.managed_endpoint_row(endpoint, world.inventory, name, world.built, options)
        row.update(copy.deepcopy(world.tables.overrides.get(endpoint.id, {})))
        return self.drifted("endpoint_details", row, endpoint.id)

    def table_item(self, table: str, row: Row) -> dict[str, Any]:
        """Return a row of a table as lists show it."""
        owner = self._world.inventory.companies[row.company]
        item = writing.table_row(table, row, owner, self._writer(table, owner))
        return self.drifted(table, item, row.id)

    def table_details(self, table: str, row: Row) -> dict[str, Any]:
        """Return a row of a table with what only its details show."""
        owner = self._world.inventory.companies[row.company]
        item = writing.detailed_row(table, row, owner, self._writer(table, owner))
        return self.drifted(table, item, row.id)

    def _writer(self, table: str, owner: Company) -> Callable[[int], str]:
        write, key, switches = KINDS[table].write, self.key_company, self._world.switches
        return lambda instant: write(instant, owner, key, switches)

    def installation_links(self, row: Row) -> dict[str, Any]:
        """Return the download links of a package."""
        return writing.installation_links(row, self._world.inventory.companies[row.company])

    def truth(self, stream: str) -> list[dict[str, Any]]:
        """Return copies of all rows of a stream that the key can see now.

        ``incidents`` are list items, newest ``lastUpdated`` first; ``alerts`` are those of
        getIncident with their ``incidentId``; ``endpoints`` are inventory items without options;
        ``companies`` are details; ``events`` are those pushed, re-deliveries left out.
        ``endpoint_details`` are without options, ``custom_groups`` have their ``_parent`` and
        ``_company``. Rows of tables are those of lists with ``_company`` and with the values that
        are never shown.
        """
        family = self.family()
        tree = self._world.inventory
        if stream in KINDS:
            rows = self._world.tables.of_company(stream, *family)
            return [{**self.table_item(stream, row), **_hidden(row)} for row in rows]
        if stream == "custom_groups":
            groups = [one for one in tree.groups.values() if one.company in family]
            return [_group_row(one) for one in groups]
        if stream == "endpoint_details":
            managed = [one for one in tree.endpoints.values() if one.managed]
            return [self.managed_endpoint(one) for one in managed if one.company in family]
        if stream == "companies":
            seen = [one for one in tree.companies.values() if one.id in family]
            return [self.company_details(one) for one in seen]
        if stream == "endpoints":
            found = [one for one in tree.endpoints.values() if one.company in family]
            return [self.inventory_item(one) for one in found]
        if stream == "events":
            bodies = self._world.push.distinct
            return [copy.deepcopy(event) for body in bodies for event in body["params"]["events"]]
        incidents = self._world.incidents.newest_first(
            "updated", keep=lambda x: x.company in family
        )
        if stream == "incidents":
            return [self.incident_item(one) for one in incidents]
        if stream == "alerts":
            return [row for one in incidents for row in self._alerts(one)]
        raise ValueError(f"no such stream: {stream}")

    def _alerts(self, incident: Incident) -> list[dict[str, Any]]:
        write = Clock(
            incident, self._world.inventory.companies[incident.company], self._world.switches
        )
        rows = details.alerts(incident, write)
        return [
            {"incidentId": incident.id, **self.drifted("alerts", row, str(row["id"]))}
            for row in rows
        ]


def _hidden(row: Row) -> dict[str, Any]:
    values = {name: value for name, value in row.values.items() if name.startswith("_")}
    return {**copy.deepcopy(values), "_company": row.company}


def _group_row(group: Group) -> dict[str, Any]:
    row = {"id": group.id, "name": group.name}
    return {**row, "_parent": group.parent, "_company": group.company}
