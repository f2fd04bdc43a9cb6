"""The settings of this tap beside the shared ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edr_tap_kit.settings import Settings, common_properties
from singer_sdk import typing as th
from typing_extensions import override

from tap_cortex_xdr.xql_settings import XQL_QUERIES

# Two integrations in production keep to 10 requests/s a tenant; the vendor publishes no figure.
REQUESTS_PER_SECOND = 8

CONFIG_JSONSCHEMA = th.PropertiesList(
    th.Property("fqdn", th.StringType, title="Tenant FQDN",
                description="The tenant's host as the console shows it; api-, a scheme, a trailing "
                "slash and a pasted path are tolerated. Needed unless api_url is set."),
    th.Property("api_url", th.StringType, title="API URL",
                description="Full base URL in front of /public_api, may carry a path. Wins over "
                "fqdn."),
    th.Property("api_key_id", th.CustomType({"type": ["string", "integer"]}), required=True,
                title="API key ID", description="The key's number: the ID column of the console's "
                "table of API keys."),
    th.Property("auth_type", th.StringType, default="advanced",
                allowed_values=["advanced", "standard"], title="Security level",
                description="Security level of the key, as chosen when it was created."),
    th.Property("alert_reread_minutes", th.IntegerType(minimum=0), title="Alert re-read window",
                description="How many minutes before the bookmark alerts are read again, because "
                "they change (status, incident, severity) after they were stored. Absent: "
                "lookback_minutes, else a day. Wins over lookback_minutes."),
    th.Property("alert_last_modified_filter", th.BooleanType, default=False,
                title="Read changed alerts by last_modified_ts",
                description="Whether alerts that changed are also asked for by the filter "
                "last_modified_ts, however old they are. The vendor does not document it: each "
                "answer is checked, and the run says when the filter cannot be relied on."),
    XQL_QUERIES,
    th.Property("xql_quota_floor", th.NumberType(minimum=0), title="XQL quota floor",
                description="Query units of the tenant's XQL quota that are left to others: with "
                "fewer of them, the streams of xql_queries stop and say so. Absent: no limit."),
    *common_properties(requests_per_second=REQUESTS_PER_SECOND),
).to_dict()  # fmt: skip

_PASTED_PATH = re.compile(r"/public_api(/.*)?$")


@dataclass(frozen=True)
class CortexSettings(Settings):
    """The shared settings and this vendor's."""

    base_url: str
    api_key_id: str
    auth_type: str
    alert_reread_minutes: int | None
    alert_last_modified_filter: bool
    xql_quota_floor: float | None

    @classmethod
    @override
    def extra_fields(cls, config: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "base_url": base_url(config.get("api_url"), config.get("fqdn")),
            "api_key_id": str(config["api_key_id"]),
            "auth_type": config["auth_type"],
            "alert_reread_minutes": config.get("alert_reread_minutes"),
            "alert_last_modified_filter": config["alert_last_modified_filter"],
            "xql_quota_floor": config.get("xql_quota_floor"),
        }


def base_url(api_url: str | None, fqdn: str | None) -> str:
    """Return the URL in front of ``/public_api`` from either setting, however it was pasted."""
    if api_url:
        return _PASTED_PATH.sub("", api_url.strip().rstrip("/")).rstrip("/")
    host = re.split("[/?#]", re.sub(r"^[a-z]+://", "", (fqdn or "").strip().lower()))[0]
    return f"https://{host if host.startswith('api-') else 'api-' + host}"


def extra_problems(config: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with this vendor's settings."""
    if not config.get("fqdn") and not config.get("api_url"):
        return ["Setting 'fqdn' is required (or 'api_url')."]
    if config.get("api_url") and not re.match(r"https?://[^/\s]+", config["api_url"].strip()):
        return ["Setting 'api_url' must begin with https:// and a host."]
    return []
