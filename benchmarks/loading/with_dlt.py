"""Load a Singer file's records with dlt: one table, merged by key, through Parquet files."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dlt
import orjson


def records(file: str) -> Iterator[list[dict[str, Any]]]:
    """Yield the records, a hundred at a time, as a client of an API has them."""
    page: list[dict[str, Any]] = []
    with Path(file).open("rb") as lines:
        for line in lines:
            message = orjson.loads(line)
            if message["type"] == "RECORD":
                page.append(message["record"])
            if len(page) == 100:  # noqa: PLR2004 (a page)
                yield page
                page = []
    if page:
        yield page


if __name__ == "__main__":
    source, folder = sys.argv[1:]
    pipeline = dlt.pipeline(
        "loading",
        destination=dlt.destinations.duckdb(f"{folder}/w.duckdb"),
        dataset_name="main_data",
        pipelines_dir=folder,
    )
    resource = dlt.resource(
        records(source),
        name="alerts",
        primary_key="alert_id",
        write_disposition="merge",
        max_table_nesting=0,
    )
    pipeline.run(resource, loader_file_format="parquet")
