"""An ordinary tap on singer-sdk, as its documentation teaches to write one.

    python plain_sdk.py SCHEMA --config CONFIG

The message writer is what the SDK's page on performance recommends. An empty page ends the list:
to look for a short one would decode each page twice.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import singer_sdk.typing as th
from singer_sdk import RESTStream, Tap
from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.pagination import OffsetPaginator
from typing_extensions import override

_PAGE = 100


class Alerts(RESTStream[int]):
    """Alerts, all of them."""

    name = "alerts"
    path = "/public_api/v2/alerts/get_alerts_multi_events"
    http_method = "POST"
    payload_as_json = True
    primary_keys = ("alert_id",)
    records_jsonpath = "$.reply.alerts[*]"

    @property
    @override
    def url_base(self) -> str:
        return str(self.config["url"])

    @override
    def get_new_paginator(self) -> OffsetPaginator:
        return OffsetPaginator(start_value=0, page_size=_PAGE)

    @override
    def prepare_request_payload(
        self, context: Any, next_page_token: int | None
    ) -> dict[str, Any] | None:
        offset = next_page_token or 0
        return {"request_data": {"search_from": offset, "search_to": offset + _PAGE}}


class PlainTap(Tap):
    """One stream, no state."""

    name = "plain-tap"
    message_writer_class = MsgSpecWriter
    config_jsonschema = th.PropertiesList(
        th.Property("url", th.StringType, required=True)
    ).to_dict()
    alerts_schema: dict[str, Any]

    @override
    def discover_streams(self) -> list[Alerts]:
        return [Alerts(self, schema=self.alerts_schema)]


if __name__ == "__main__":
    PlainTap.alerts_schema = json.loads(Path(sys.argv.pop(1)).read_text(encoding="utf-8"))
    PlainTap.cli()
