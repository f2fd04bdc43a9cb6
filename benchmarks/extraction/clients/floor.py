"""The floor: what reading pages and writing RECORD messages costs when nothing else is done.

    python floor.py URL [incidents | gravityzone-incidents]

No times, no types, no selection, no bookmarks: urllib3, orjson and a loop.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import orjson
import urllib3


class Listing(NamedTuple):
    """How a list is asked for by the number of a page, from 0, and where its rows are."""

    path: str
    size: int
    asked: Callable[[int], Any]
    rows: Callable[[Any], list[Any]]


def _cortex(call: str, name: str) -> Listing:
    def asked(number: int) -> Any:
        bounds = {"search_from": number * 100, "search_to": (number + 1) * 100}
        return {"request_data": {"filters": [], **bounds}}

    return Listing(f"public_api/{call}", 100, asked, lambda answer: answer["reply"][name])


def _gravityzone(number: int) -> Any:
    page = {"page": number + 1, "perPage": 1_000}
    return {"id": "1", "jsonrpc": "2.0", "method": "getIncidentsList", "params": page}


_LISTINGS = {
    "alerts": _cortex("v2/alerts/get_alerts_multi_events", "alerts"),
    "incidents": _cortex("v1/incidents/get_incidents", "incidents"),
    "gravityzone-incidents": Listing(
        "api/v1.2/jsonrpc/incidents", 1_000, _gravityzone, lambda answer: answer["result"]["items"]
    ),
}


def main(url: str, stream: str = "alerts") -> None:
    """Read all rows page by page until one is short."""
    listing = _LISTINGS[stream]
    pool = urllib3.PoolManager()
    write = sys.stdout.buffer.write
    number = 0
    while True:
        answer = pool.request(
            "POST", f"{url}/{listing.path}", body=orjson.dumps(listing.asked(number)),
            headers={"Content-Type": "application/json", "Accept-Encoding": "gzip"},
        )  # fmt: skip
        rows = listing.rows(orjson.loads(answer.data))
        for row in rows:
            write(orjson.dumps({"type": "RECORD", "stream": stream, "record": row}) + b"\n")
        if len(rows) < listing.size:
            return
        number += 1


if __name__ == "__main__":
    main(*sys.argv[1:])
