"""The fleet of agents: in short, its installers, its versions and its scripts."""

from __future__ import annotations

from typing import Any

from edr_tap_kit.pages import Row
from typing_extensions import override

from tap_cortex_xdr import replies
from tap_cortex_xdr.streams.tables import ReplyStream, TableStream


class EndpointSummaries(ReplyStream):
    """All endpoints in short, in one answer (``endpoints/get_endpoints``)."""

    name = "endpoint_summaries"
    primary_keys = ("agent_id",)
    path = "v1/endpoints/get_endpoints"
    bare = True


class Distributions(TableStream):
    """Installation packages of the agent (``distributions/get_distributions``)."""

    name = "distributions"
    primary_keys = ("distribution_id",)
    path = "v1/distributions/get_distributions"
    list_key = "data"
    sort_field = "distribution_id"


class AgentVersions(ReplyStream):
    """Versions of the agent that can be distributed (``distributions/get_versions``)."""

    name = "agent_versions"
    primary_keys = ("platform", "version")
    path = "v1/distributions/get_versions"

    @override
    def rows_in(self, reply: Any) -> list[Row]:
        if reply is None:
            return super().rows_in(reply)
        platforms = self.client.object_in(reply or {}, self.path)
        return [
            {"platform": platform, "version": version}
            for platform, versions in platforms.items()
            for version in (versions if isinstance(versions, list) else [versions])
            if version is not None
        ]


class Scripts(ReplyStream):
    """The script library (``scripts/get_scripts``)."""

    name = "scripts"
    primary_keys = ("script_uid",)
    path = "v1/scripts/get_scripts"
    list_key = "scripts"
    data = {"filters": []}  # noqa: RUF012 (a constant)

    @override
    def rows_in(self, reply: Any) -> list[Row]:
        rows = super().rows_in(reply)
        if (replies.total_of(reply) or 0) > len(rows):
            self.partial("the vendor counts more scripts than it hands out.")
        return rows
