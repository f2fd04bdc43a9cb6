"""The floor: what reading pages and writing RECORD messages costs when nothing else is done.

    python floor.py URL [incidents]

No times, no types, no selection, no bookmarks: urllib3, orjson and a loop.
"""

from __future__ import annotations

import sys

import orjson
import urllib3

_PAGE = 100
_PATHS = {"alerts": "v2/alerts/get_alerts_multi_events", "incidents": "v1/incidents/get_incidents"}


def main(url: str, stream: str = "alerts") -> None:
    """Read all rows by offsets until a page is short."""
    pool = urllib3.PoolManager()
    write = sys.stdout.buffer.write
    offset = 0
    while True:
        asked = {
            "request_data": {"filters": [], "search_from": offset, "search_to": offset + _PAGE}
        }
        answer = pool.request(
            "POST", f"{url}/public_api/{_PATHS[stream]}", body=orjson.dumps(asked),
            headers={"Content-Type": "application/json", "Accept-Encoding": "gzip"},
        )  # fmt: skip
        rows = orjson.loads(answer.data)["reply"][stream]
        for row in rows:
            write(orjson.dumps({"type": "RECORD", "stream": stream, "record": row}) + b"\n")
        if len(rows) < _PAGE:
            return
        offset += _PAGE


if __name__ == "__main__":
    main(*sys.argv[1:])
