"""The tap in the kit's README runs, and reads everything."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from edr_sandbox.serving import Reply, Request, Server

README = Path(__file__).resolve().parents[2] / "edr-tap-kit" / "README.md"
FIRST = 1_790_000_000_000


class Things:
    """A vendor of 250 rows, sorted by the time of their change; some share it."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = [
            {"id": str(n), "changed": FIRST + n // 3 * 1000, "colour": "red"} for n in range(250)
        ]

    def handle(self, request: Request) -> Reply:
        body = request.json()
        low = 0 if body["from"] is None else body["from"]
        high = FIRST * 2 if body["to"] is None else body["to"]
        inside = [row for row in self.rows if low <= row["changed"] <= high]
        return Reply(inside[body["offset"] : body["offset"] + body["limit"]])

    def control(self, command: str, arguments: dict[str, Any]) -> object:
        raise ValueError(command, arguments)

    def name_of(self, request: Request) -> str:
        return request.path


def test_the_example_reads_everything(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    (example,) = re.findall(r"^```python\n(.*?)^```", README.read_text(), re.DOTALL | re.MULTILINE)
    names: dict[str, Any] = {"__name__": "tap_things"}
    exec(compile(example, str(README), "exec"), names)
    vendor = Things()
    with Server(vendor) as server:
        config = {"url": server.url, "api_key": "example-key", "requests_per_second": 1000}
        assert names["TapThings"](config=config).run()
    messages = [json.loads(line) for line in capsysbinary.readouterr().out.splitlines()]
    records = [message["record"] for message in messages if message["type"] == "RECORD"]
    assert [record["id"] for record in records] == [row["id"] for row in vendor.rows]
    assert {record["_extra"]["colour"] for record in records} == {"red"}
    bookmark = messages[-1]["value"]["bookmarks"]["things"]["replication_key_value"]
    assert bookmark == records[-1]["changed"]
