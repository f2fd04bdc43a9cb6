"""A plain client of the simulated GravityZone, which knows nothing of a tap."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any

from edr_sandbox.gravityzone import DEMO_API_KEY
from edr_sandbox.serving import Server

if TYPE_CHECKING:
    pass

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DATES = ("created", "lastUpdated", "lastProcessed", "lastIncidentChange")
ALL = {"includeChildCompanies": True}


def basic(text: str) -> str:
    return "Basic " + b64encode(text.encode()).decode()


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> int:
        return int(self.json["error"]["code"])


class Client:
    """A plain client: no cleverness, so that the server is what is tested."""

    def __init__(self, server: Server) -> None:
        self.host = server.url.removeprefix("http://")
        self.world = server.simulator.world  # type: ignore[attr-defined]

    def send(
        self,
        path: str,
        body: object,
        *,
        method: str = "POST",
        authorization: str | None = None,
    ) -> Answer:
        connection = HTTPConnection(self.host, timeout=10)
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {
            "Content-Type": "application/json",
            "Authorization": basic(f"{DEMO_API_KEY}:") if authorization is None else authorization,
        }
        connection.request(method, path, content, headers)
        reply = connection.getresponse()
        answer = Answer(reply.status, dict(reply.getheaders()), reply.read())
        connection.close()
        return answer

    def call(self, version: str, name: str, /, **params: object) -> Answer:
        service, _, method = name.rpartition(".")
        body = {"id": "1", "jsonrpc": "2.0", "method": method, "params": params}
        return self.send(f"/api/{version}/jsonrpc/{service}", body)

    def result(self, version: str, name: str, /, **params: object) -> Any:
        answer = self.call(version, name, **params)
        assert answer.status == 200, answer
        assert "error" not in answer.json, answer.json
        return answer.json["result"]

    def incidents(self, **params: object) -> list[dict[str, Any]]:
        params.setdefault("options", ALL)
        rows: list[dict[str, Any]] = []
        for page in range(1, 1000):
            found = self.result(
                "v1.2", "incidents.getIncidentsList", page=page, perPage=10, **params
            )
            rows += found["items"]
            if page >= found["pagesCount"]:
                break
        return rows


def at(row: dict[str, Any], name: str = "lastUpdated") -> datetime:
    return datetime.fromisoformat(row[name])


def written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def items(
    client: Client, method: str, version: str = "v1.0", /, **params: Any
) -> list[dict[str, Any]]:
    """Read all pages of a list."""
    rows: list[dict[str, Any]] = []
    for page in range(1, 100):
        answer = client.result(version, method, page=page, perPage=50, **params)
        rows += answer["items"]
        if page >= answer["pagesCount"]:
            break
    return rows


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["id"] for row in rows]
