"""Who is let in, and which envelopes, methods and parameters are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from edr_sandbox.gravityzone import DEMO_API_KEY

if TYPE_CHECKING:
    pass

from tests.sandbox.gravityzone.client import Client, basic


@pytest.mark.parametrize(
    "authorization",
    ["", basic(DEMO_API_KEY), basic(f"{DEMO_API_KEY}:x"), basic(":"), f"Bearer {DEMO_API_KEY}"],
)
def test_only_the_exact_key_is_let_in(client: Client, authorization: str) -> None:
    answer = client.send("/api/v1.0/jsonrpc/general", {}, authorization=authorization)
    assert answer.status == 401
    assert b"error" not in answer.body


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/api/v1.0/jsonrpc/general", "GET", 405),
        ("/api/v1.0/jsonrpc/nothing", "POST", 404),
        ("/api/v2.0/jsonrpc/general", "POST", 404),
        ("/v1.0/jsonrpc/general", "POST", 404),
        ("/api/api/v1.0/jsonrpc/general", "POST", 404),
        ("/api/v1.0/jsonrpc/general/", "POST", 404),
    ],
)
def test_other_paths_and_methods_are_refused(
    client: Client, path: str, method: str, status: int
) -> None:
    assert client.send(path, {}, method=method).status == status


ENVELOPE = {"id": "a", "jsonrpc": "2.0", "method": "getApiKeyDetails", "params": {}}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", -32700),
        ([ENVELOPE], -32600),
        ({**ENVELOPE, "id": 1}, -32600),
        ({**ENVELOPE, "jsonrpc": "1.0"}, -32600),
        ({**ENVELOPE, "params": []}, -32600),
        ({name: ENVELOPE[name] for name in ("id", "jsonrpc", "method")}, -32600),
        ({**ENVELOPE, "params": {"verbose": True}}, -32602),
        ({**ENVELOPE, "method": "getApiKey"}, -32601),
    ],
)
def test_a_wrong_envelope_is_refused(client: Client, body: object, code: int) -> None:
    answer = client.send("/api/v1.0/jsonrpc/general", body)
    assert (answer.status, answer.code) == (200, code)


def test_the_answer_echoes_the_id(client: Client) -> None:
    answer = client.send("/api/v1.0/jsonrpc/general", {**ENVELOPE, "id": "näme"})
    assert answer.json["id"] == "näme"
    assert "incidents" in answer.json["result"]["enabledApis"]
    client.world.switches.int_ids = True
    assert client.send("/api/v1.0/jsonrpc/general", {**ENVELOPE, "id": 5}).json["id"] == 5


@pytest.mark.parametrize(
    ("version", "name"),
    [
        ("v1.0", "incidents.getIncidentsList"),
        ("v1.1", "incidents.getIncident"),
        ("v1.2", "network.getNetworkInventoryItems"),
        ("v1.1", "companies.getCompanyDetails"),
        ("v1.0", "companies.getCompaniesList"),
        ("v1.1", "network/computers.getEndpointsList"),
    ],
)
def test_a_method_has_its_service_and_versions(client: Client, version: str, name: str) -> None:
    answer = client.call(version, name)
    assert answer.code == -32601
    assert answer.json["error"]["data"]["details"] == "The selected API is not available."


def test_on_premises_needs_the_suffix(client: Client) -> None:
    client.world.switches.service_suffix = "computers"
    assert client.call("v1.1", "network.getEndpointsList").code == -32601
    assert client.result("v1.1", "network/computers.getEndpointsList")["page"] == 1


@pytest.mark.parametrize(
    ("version", "name", "params"),
    [
        ("v1.2", "incidents.getIncidentsList", {"perPage": 9}),
        ("v1.2", "incidents.getIncidentsList", {"perPage": 10_001}),
        ("v1.2", "incidents.getIncidentsList", {"perPage": "10"}),
        ("v1.2", "incidents.getIncidentsList", {"page": 0}),
        ("v1.2", "incidents.getIncidentsList", {"filters": {"state": ["open"]}}),
        ("v1.2", "incidents.getIncidentsList", {"filters": {"status": "open"}}),
        ("v1.2", "incidents.getIncidentsList", {"filters": {"status": ["opened"]}}),
        ("v1.2", "incidents.getIncidentsList", {"filters": {"companyId": "a" * 24}}),
        ("v1.2", "incidents.getIncidentsList", {"options": {"sortBy": "severityScore"}}),
        ("v1.2", "incidents.getIncidentsList", {"sortBy": "created"}),
        ("v1.2", "incidents.getIncident", {}),
        ("v1.2", "incidents.getIncident", {"id": "abc"}),
        ("v1.2", "incidents.getIncident", {"id": "a" * 24}),
        ("v1.1", "network.getNetworkInventoryItems", {"perPage": 1001}),
        ("v1.0", "network.getNetworkInventoryItems", {"perPage": 101}),
        ("v1.0", "network.getEndpointsList", {"perPage": 101}),
        ("v1.1", "network.getEndpointsList", {"perPage": 0}),
        ("v1.1", "network.getEndpointsList", {"filters": {"type": {"computers": True}}}),
        ("v1.0", "network.getCompaniesList", {"page": 1}),
    ],
)
def test_wrong_parameters_are_refused(
    client: Client, version: str, name: str, params: dict[str, Any]
) -> None:
    assert client.call(version, name, **params).code == -32602
