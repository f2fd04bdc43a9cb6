"""A dlt pipeline from its REST source to files of JSON lines.

    python dlt_client.py URL FOLDER

As its page on performance recommends: whole pages, no tables for what is nested, files that are not
compressed; and no look for a pipeline of an earlier run.
"""

from __future__ import annotations

import os
import sys
from typing import Any

_PAGE = 100

os.environ |= {
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "RUNTIME__LOG_LEVEL": "ERROR",
    "DATA_WRITER__DISABLE_COMPRESSION": "true",
    "RESTORE_FROM_DESTINATION": "false",
}

import dlt  # noqa: E402 (reads the settings)
from dlt.sources.helpers.rest_client.paginators import BasePaginator  # noqa: E402 (likewise)
from dlt.sources.rest_api import rest_api_source  # noqa: E402 (likewise)
from typing_extensions import override  # noqa: E402 (likewise)


class Pages(BasePaginator):  # type: ignore[misc] # dlt is not installed here
    """Ranges of rows; a short page is the last one."""

    def __init__(self) -> None:
        super().__init__()
        self._offset = 0

    @override
    def init_request(self, request: Any) -> None:
        self._offset = 0
        self.update_request(request)

    @override
    def update_state(self, response: Any, data: list[Any] | None = None) -> None:
        self._offset += _PAGE
        self._has_next_page = len(data or ()) == _PAGE

    @override
    def update_request(self, request: Any) -> None:
        ends = {"search_from": self._offset, "search_to": self._offset + _PAGE}
        request.json = {"request_data": ends}


def main(url: str, folder: str) -> None:
    """Read all alerts into files below a folder."""
    source = rest_api_source(
        {
            "client": {"base_url": url, "paginator": Pages()},
            "resources": [
                {
                    "name": "alerts",
                    "primary_key": "alert_id",
                    "endpoint": {
                        "path": "public_api/v2/alerts/get_alerts_multi_events",
                        "method": "POST",
                        "data_selector": "reply.alerts",
                    },
                }
            ],
        },
        max_table_nesting=0,
    )
    pipeline = dlt.pipeline(
        "benchmark",
        pipelines_dir=f"{folder}/pipelines",
        destination=dlt.destinations.filesystem(bucket_url=f"file://{folder}/loaded"),
        dataset_name="benchmark",
    )
    pipeline.run(source, loader_file_format="jsonl").raise_on_failed_jobs()


if __name__ == "__main__":
    main(*sys.argv[1:])
