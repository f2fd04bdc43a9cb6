"""The tables that GravityZone lists: a stream is its method, its key and what it costs."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from edr_tap_kit.errors import EdrTapError, StreamError
from edr_tap_kit.pages import Row
from typing_extensions import override

from tap_gravityzone.streams.listing import DetailTable, ListStream, Source

_MOST_SUBTASKS = 1000


class Accounts(ListStream):
    """User accounts; the vendor leaves the key's own one out."""

    name = "accounts"
    primary_keys = ("id",)
    sources = (Source("accounts.getAccountsList"),)


class Policies(ListStream):
    """Policies by name; leads the stream of their settings."""

    name = "policies"
    primary_keys = ("id",)
    sources = (Source("policies.getPoliciesList"),)


class PolicyDetails(DetailTable):
    """The settings of each policy, one request each."""

    name = "policy_details"
    primary_keys = ("id",)
    parent_stream_type = Policies
    method = "policies.getPolicyDetails"
    versions = ("v1.1", "v1.0")
    id_param = "policyId"


class Packages(ListStream):
    """Installation packages by name; leads the stream of their settings."""

    name = "packages"
    primary_keys = ("id",)
    sources = (Source("packages.getPackagesList"),)


class PackageDetails(DetailTable):
    """The settings of each installation package, one request each."""

    name = "package_details"
    primary_keys = ("id",)
    parent_stream_type = Packages
    method = "packages.getPackageDetails"
    id_param = "packageId"


class Reports(ListStream):
    """Scheduled reports, as defined; what they say is only in files."""

    name = "reports"
    primary_keys = ("id",)
    sources = (Source("reports.getReportsList"),)


class ScanTasks(ListStream):
    """Scan tasks by name and status; leads the streams of their details."""

    name = "scan_tasks"
    primary_keys = ("id",)
    sources = (Source("network.getScanTasksList"),)


class ScanTaskDetails(DetailTable):
    """Owner, company and kind of each scan task, one request each."""

    name = "scan_task_details"
    primary_keys = ("id",)
    parent_stream_type = ScanTasks
    method = "network.getTaskStatus"
    versions = ("v1.1", "v1.0")
    id_param = "taskId"


class ScanTaskSubtasks(DetailTable):
    """What each scan task did on each endpoint: a request for each page of them."""

    name = "scan_task_subtasks"
    primary_keys = ("taskId", "endpointId")
    parent_stream_type = ScanTasks
    method = "network.getTaskStatus"
    versions = ("v1.1",)
    id_param = "taskId"

    @override
    def params_of(self, lead_id: str, number: int = 1) -> dict[str, Any]:
        per_page = self.per_page(_MOST_SUBTASKS)
        options = {"returnSubtasks": True, "page": number, "perPage": per_page}
        return {self.id_param: lead_id, "options": options}

    @override
    def rows_of(self, details: Any, lead_id: str) -> Iterator[Row]:
        before: list[Row] = []
        for number in itertools.count(2):
            subtasks = details.get("subtasks") if isinstance(details, dict) else None
            rows: list[Row] = [row for row in subtasks or () if isinstance(row, dict)]
            if rows and rows == before:
                raise StreamError(f"page {number - 1} of a task's endpoints is the one before it.")
            yield from ({**_dated(row), "taskId": lead_id} for row in rows)
            if not (rows and details.get("hasMoreSubtasks") is True):
                return
            before = rows
            params = self.params_of(lead_id, number)
            (details,) = self.client.call_each(self.method, [params], version=self.versions[0])
            if isinstance(details, EdrTapError):
                raise details


class QuarantineItems(ListStream):
    """Files and mails in quarantine; rows vanish when they are restored or removed."""

    name = "quarantine_items"
    primary_keys = ("id", "_service")
    by_company = True
    sources = tuple(
        Source(f"quarantine/{service}.getQuarantineItemsList", columns={"_service": service})
        for service in ("computers", "exchange")
    )


class BlocklistItems(ListStream):
    """Hashes, paths and connections that are blocked."""

    name = "blocklist_items"
    primary_keys = ("id",)
    by_company = True
    sources = (Source("incidents.getBlocklistItems", "v1.2"),)


class CustomRules(ListStream):
    """The detection rules and exclusions that analysts wrote."""

    name = "custom_rules"
    primary_keys = ("id", "_rule_type")
    by_company = True
    sources = tuple(
        Source(
            "incidents.getCustomRulesList",
            params={"type": number},
            most_per_page=1000,
            columns={"_rule_type": name},
        )
        for number, name in ((1, "detection"), (2, "exclusion"))
    )


class MaintenanceWindows(ListStream):
    """Maintenance windows of patch management."""

    name = "maintenance_windows"
    primary_keys = ("id",)
    by_company = True
    sources = (Source("maintenanceWindows.getMaintenanceWindowsList"),)


def _dated(row: Row) -> Row:
    """Return a sub-task without the empty texts that stand for times which have not come."""
    unset = {name: None for name in ("startDate", "endDate") if row.get(name) == ""}
    return {**row, **unset}
