"""What the tenant tells of itself."""

from __future__ import annotations

from typing import Any

from edr_tap_kit.pages import Row
from edr_tap_kit.settings import host_of
from typing_extensions import override

from tap_cortex_xdr.streams.tables import ReplyStream


class Datasets(ReplyStream):
    """The datasets that XQL can query (``xql/get_datasets``)."""

    name = "datasets"
    primary_keys = ("dataset_name",)
    path = "v1/xql/get_datasets"
    wrapper = "request"  # of this call alone


class XqlQuota(ReplyStream):
    """How much of the XQL quota is used (``xql/get_quota``): one row."""

    name = "xql_quota"
    primary_keys = ("_source",)
    path = "v1/xql/get_quota"

    @override
    def rows_in(self, reply: Any) -> list[Row]:
        row = self.client.object_in(reply, self.path)
        return [{**row, "_source": host_of(self.tap.settings.base_url)}]


class TenantInfo(ReplyStream):
    """Licences and their use (``system/get_tenant_info``): a row for each tenant that is named."""

    name = "tenant_info"
    primary_keys = ("_source", "_position")
    path = "v1/system/get_tenant_info"

    @override
    def rows_in(self, reply: Any) -> list[Row]:
        tenants = reply if isinstance(reply, list) else [self.client.object_in(reply, self.path)]
        source = host_of(self.tap.settings.base_url)
        return [
            {"_source": source, "_position": at, "info": tenant}
            for at, tenant in enumerate(tenants)
        ]
