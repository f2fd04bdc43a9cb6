"""What people and agents did: logs that only grow."""

from __future__ import annotations

from edr_tap_kit.pages import Row
from typing_extensions import override

from tap_cortex_xdr.identity import identity_of
from tap_cortex_xdr.streams.windowed import Axis, WindowedStream


class LogStream(WindowedStream):
    """Base of the logs: rows that never change, by their time."""

    selected_by_default = False


class ManagementLogs(LogStream):
    """What users of the console and of the API did (``audits/management_logs``)."""

    name = "management_logs"
    primary_keys = ("AUDIT_ID",)
    replication_key = "AUDIT_INSERT_TIME"
    path = "v1/audits/management_logs"
    list_key = "data"
    axis = Axis("timestamp", "AUDIT_INSERT_TIME")
    default_lookback_minutes = 15


class AgentReports(LogStream):
    """What agents report of themselves (``audits/agents_reports``): by far the longest log.

    It has no ids and no filter on when a report arrived: its key is made of the whole row, and
    the look-back covers agents that were offline for a day.
    """

    name = "agent_reports"
    primary_keys = ("_report_id",)
    replication_key = "TIMESTAMP"
    path = "v1/audits/agents_reports"
    list_key = "data"
    axis = Axis("timestamp", "TIMESTAMP")
    default_lookback_minutes = 1440

    @override
    def prepared(self, row: Row) -> Row:
        return {**row, "_report_id": identity_of(row)}


class DeviceViolations(LogStream):
    """Devices that device control blocked (``device_control/get_violations``)."""

    name = "device_violations"
    primary_keys = ("violation_id",)
    replication_key = "timestamp"
    path = "v1/device_control/get_violations"
    list_key = "violations"
    axis = Axis("timestamp", "timestamp")
    # Agents that were offline report late.
    default_lookback_minutes = 1440
