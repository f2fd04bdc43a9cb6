"""The settings of this tap beside the shared ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from edr_tap_kit.settings import Settings, common_properties
from singer_sdk import typing as th
from typing_extensions import override

# The vendor's own table: 10 requests a second for each key, less for some methods.
REQUESTS_PER_SECOND = 10

CONFIG_JSONSCHEMA = th.PropertiesList(
    th.Property("api_url", th.StringType, required=True, title="Access URL",
                description="The Access URL of My Account > Control Center API. Accepted with or "
                "without /api, with a trailing slash, with a pasted /v1.0/jsonrpc/..."),
    th.Property("company_ids", th.ArrayType(th.StringType), title="Companies",
                description="Restrict to these companies. Absent: the key's company and all below "
                "it."),
    th.Property("include_child_companies", th.BooleanType, default=True, title="Child companies",
                description="Whether the companies below are read as well."),
    th.Property("naive_timezone", th.StringType, default="UTC", title="Zone of naive times",
                description="IANA name of the zone of vendor times that carry no offset."),
    th.Property("max_incident_requests_per_minute", th.IntegerType(minimum=0), default=3,
                title="Incident requests per minute",
                description="The vendor's budget for reading incidents; 0 = unlimited."),
    th.Property("incident_reread_days", th.IntegerType(minimum=0), default=30,
                title="Incident re-read window",
                description="Where the vendor does not tell when an analyst changed an incident "
                "(no lastIncidentChange): how many days before the bookmark are read again."),
    th.Property("events_spool", th.StringType, title="Event spool",
                description="Folder that the receiver writes and the events stream reads: a path "
                "or an fsspec URL."),
    th.Property("service_suffix", th.StringType, title="Service suffix",
                description="On-premises installations only: computers or virtualmachines."),
    *common_properties(requests_per_second=REQUESTS_PER_SECOND),
).to_dict()  # fmt: skip

_PASTED_PATH = re.compile(r"(/api)?(/v\d+(\.\d+)?(/jsonrpc(/.*)?)?)?$", re.IGNORECASE)


@dataclass(frozen=True)
class GravityZoneSettings(Settings):
    """The shared settings and this vendor's."""

    base_url: str
    company_ids: tuple[str, ...]
    include_child_companies: bool
    naive_zone: ZoneInfo
    max_incident_requests_per_minute: int
    incident_reread_days: int
    events_spool: str | None
    service_suffix: str | None

    @classmethod
    @override
    def extra_fields(cls, config: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "base_url": base_url(config["api_url"]),
            "company_ids": tuple(config.get("company_ids") or ()),
            "include_child_companies": config["include_child_companies"],
            "naive_zone": ZoneInfo(config["naive_timezone"]),
            "max_incident_requests_per_minute": config["max_incident_requests_per_minute"],
            "incident_reread_days": config["incident_reread_days"],
            "events_spool": config.get("events_spool") or None,
            "service_suffix": (config.get("service_suffix") or "").strip("/") or None,
        }


def base_url(api_url: str) -> str:
    """Return the Access URL, ending in ``/api``, however it was pasted."""
    scheme, _, rest = api_url.strip().rstrip("/").partition("://")
    return f"{scheme.lower()}://{_PASTED_PATH.sub('', rest, count=1)}/api"


def extra_problems(config: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with this vendor's settings."""
    found = []
    if not re.match(r"https?://[^/\s]+", config["api_url"].strip(), re.IGNORECASE):
        found.append("Setting 'api_url' must begin with https:// and a host.")
    if not all(company.strip() for company in config.get("company_ids") or ()):
        found.append("Setting 'company_ids' holds an empty id.")
    try:
        ZoneInfo(config["naive_timezone"])
    except (ZoneInfoNotFoundError, ValueError, OSError):
        found.append("Setting 'naive_timezone' is no IANA time zone, such as Europe/Berlin.")
    return found
