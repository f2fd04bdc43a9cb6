"""The column ``_tenant``, which all records have where the setting ``tenant`` is given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from singer_sdk.schema.source import StreamSchema
from typing_extensions import override

TENANT = "_tenant"
_TENANT_SCHEMA = {
    "type": "string",
    "description": "Label of the vendor tenant that the row was read from (the setting tenant).",
}


class TenantAwareSchema(StreamSchema[str]):
    """A schema file, with ``_tenant`` as its first property when that setting is given."""

    @override
    def get_stream_schema(self, stream: Any, stream_class: Any) -> dict[str, Any]:
        return with_tenant(super().get_stream_schema(stream, stream_class), stream.config)


def with_tenant(schema: dict[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema, with the tenant column when the configuration names a tenant."""
    if not config.get("tenant") or TENANT in schema["properties"]:
        return schema
    return {
        **schema,
        "properties": {TENANT: _TENANT_SCHEMA, **schema["properties"]},
        "required": [TENANT, *schema.get("required", [])],
    }
