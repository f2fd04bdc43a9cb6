"""What can happen to tables and to the network tree, beyond incidents and endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edr_sandbox.gravityzone.dates import epoch

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterable
    from datetime import datetime

    from edr_sandbox.gravityzone.inventory import Inventory
    from edr_sandbox.gravityzone.tables import Row, Tables


class TableDeeds:
    """The part of the world that is made of tables.

    Names of tables are those of :data:`edr_sandbox.gravityzone.kinds.KINDS`; ``tables.table(name)``
    has the rows of one by id.
    """

    lock: threading.RLock
    inventory: Inventory
    tables: Tables

    def add_row(
        self,
        table: str,
        *,
        company_id: str | None = None,
        at: datetime | None = None,
        **values: object,
    ) -> str:
        """Enter a row, invented but for the values that are given, and return its id.

        A sub-task needs ``_task``, usage of a month ``_month`` (``mm/yyyy``).
        """
        with self.lock:
            owner = self.inventory.companies[company_id or self.inventory.root.id]
            facts = self.tables.facts()
            return self.tables.add(facts, table, owner, epoch(at), values).id

    def change_row(self, table: str, row_id: str, **values: object) -> None:
        """Set values of a row, each as a whole; times as datetimes, ISO 8601 or epoch seconds."""
        with self.lock:
            self.tables.change(table, row_id, values)

    def remove_row(self, table: str, row_id: str) -> None:
        """Let a row disappear."""
        with self.lock:
            self.tables.remove(table, row_id)

    def secrets(self) -> list[str]:
        """Return every text that must not leave the vendor: keys, passwords, links."""
        with self.lock:
            found = [str(row.values["licenseKey"]) for row in self._rows("licenses")]
            settings = [row.values["serviceSettings"] for row in self._rows("push_settings")]
            found += [one[name] for one in settings for name in one if "uthorization" in name]
            for row in self._rows("packages"):
                options = row.details["deploymentOptions"]
                found += [options["proxyUsername"], options["proxyPassword"], row.values["_token"]]
            return found

    def _rows(self, table: str) -> Iterable[Row]:
        return self.tables.table(table).values()

    def add_company(
        self, name: str, *, parent_id: str | None = None, at: datetime | None = None, kind: int = 1
    ) -> str:
        """Found a company (kind 0 partner, 1 customer) with its groups, and return its id."""
        with self.lock:
            parent = self.inventory.companies[parent_id or self.inventory.root.id]
            rng = self.tables.facts().rng
            return self.inventory.add_company(rng, name, parent, kind, epoch(at)).id

    def change_company(self, company_id: str, **values: Any) -> None:
        """Set members of the details of a company."""
        with self.lock:
            company = self.inventory.companies[company_id]
            for name in set(values) & {"name", "country"}:
                setattr(company, name, values.pop(name))
            self.tables.overrides.setdefault(company_id, {}).update(values)

    def change_endpoint(self, endpoint_id: str, **values: Any) -> None:
        """Set members of the details of an endpoint; lists show a new ``name`` or ``ip`` too."""
        with self.lock:
            endpoint = self.inventory.endpoints[endpoint_id]
            for name in set(values) & {"name", "ip", "label", "managed"}:
                setattr(endpoint, name, values.pop(name))
            self.tables.overrides.setdefault(endpoint_id, {}).update(values)

    def add_group(self, parent_id: str, name: str, *, at: datetime | None = None) -> str:
        """Enter a custom group below a group and return its id."""
        with self.lock:
            rng = self.tables.facts().rng
            return self.inventory.add_group(rng, name, parent_id, epoch(at)).id

    def remove_group(self, group_id: str) -> None:
        """Remove a custom group; what was in it moves up."""
        with self.lock:
            self.inventory.remove_group(group_id)
