"""What GravityZone tells and no warehouse should hold leaves the tap nowhere."""

from __future__ import annotations

import json
from typing import Any

import pytest
from edr_sandbox.serving import Reply, Request
from tap_gravityzone.secrets import address_alone, without_secrets

from tests.conftest import Bench
from tests.gravityzone.conftest import BenchMaker
from tests.gravityzone.tables import ALL, choosing

HELD = "held-back"


@pytest.fixture
def telling(make: BenchMaker) -> tuple[Bench, list[str]]:
    """A tenant that tells secrets wherever it can, and the texts of these."""
    bench = make(companies=4, endpoints=10, incidents=6)
    world = bench.world
    world.change_row(
        "push_settings",
        next(iter(world.tables.table("push_settings"))),
        serviceSettings={
            "url": f"https://user-{HELD}:pass-{HELD}@receiver.corp.example/push?sig={HELD}",
            "authorization": f"Bearer {HELD}",
            "splunkAuthorization": f"Splunk {HELD}",
        },
    )
    nested = {"proxy": {"userName": HELD, "credentials": [{"password": HELD}]}}
    for table in ("policies", "packages", "accounts", "licenses", "quarantine_items"):
        world.drift(table, add={"apiKey": HELD, "more": nested, "installLinkLinux": HELD})
    for company in world.inventory.companies:
        world.change_company(company, customFields=[{"secretKey": HELD}], licenseKey=HELD)
    for endpoint in world.inventory.endpoints:
        world.change_endpoint(endpoint, uninstallPassword=HELD)
    return bench, [*world.secrets(), HELD]


def test_no_secret_shows_in_any_output(telling: tuple[Bench, list[str]]) -> None:
    bench, secrets = telling
    secrets = [secret for secret in secrets if secret]
    assert len(secrets) > 10
    recent = {"start_date": "2026-01-01T00:00:00Z"}
    streams = [stream for stream in ALL if "monthly" not in stream]  # numbers, and slow to read
    run = bench.run(catalog=choosing(*streams), config={**recent, "page_size": 20})
    for stream in ("push_settings", "licenses", "package_details", "policies", "companies"):
        assert run.records[stream], stream
    output = json.dumps([run.records, run.states, run.schemas]) + run.stderr
    assert not [secret for secret in secrets if secret in output]
    # What stands beside the secrets is kept.
    (push,) = run.records["push_settings"]
    assert push["serviceSettings"]["url"] == "https://receiver.corp.example/push"
    options = run.records["package_details"][0]["deploymentOptions"]
    assert options["useCommunicationProxy"] is True
    assert {"proxyServer", "proxyPort"} <= options.keys()


@pytest.mark.parametrize("cut", [slice(None), slice(len("Basic ") + 20)])
def test_what_the_vendor_repeats_of_a_request_is_not_said(small: Bench, cut: slice) -> None:
    handle = small.server.simulator.handle

    def repeating(request: Request) -> Reply:
        if "incidents" not in request.path:
            return handle(request)
        sent, key = request.headers["authorization"][cut], small.config["api_key"]
        details = f"unknown header '{sent}' of {key.upper()}"
        error = {"code": -32602, "message": "Invalid params", "data": {"details": details}}
        return Reply({"id": request.json()["id"], "jsonrpc": "2.0", "error": error})

    small.server.simulator.handle = repeating
    run = small.run(succeeds=False)
    assert "unknown header 'Basic (key)' of (key)" in run.stderr


@pytest.mark.parametrize(
    "name",
    [
        "password", "Password", "uninstallPassword", "proxy_password", "passwords", "passwd",
        "passphrase", "clientSecret", "secret", "secrets", "token", "accessToken", "refresh_tokens",
        "authorization", "splunkAuthorization", "licenseKey", "licence_key", "licenseKeys",
        "apiKey", "api_key", "apikeys", "privateKey", "secretKey", "accessKey", "pwd",
        "installLinkWindows", "installLinkMac", "installationLink", "proxyUser", "proxyUsername",
    ],
)  # fmt: skip
def test_names_of_secrets(name: str) -> None:
    kept = {"name": "x"}
    assert without_secrets({**kept, name: HELD}) == kept
    assert without_secrets([{"a": [{name: HELD, **kept}]}]) == [{"a": [kept]}]
    assert without_secrets({name: [HELD], **kept}) == kept


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("passwordLifetime", 90), ("userName", "operator"), ("username", "operator"),
        ("bypass", "x"), ("tokenization", "x"), ("keyboard", "x"), ("proxyServer", "192.0.2.10"),
        ("proxyPort", 3128), ("passwordPolicy", {"length": 12}), ("primaryKey", "id"),
        ("installed", "yes"), ("key", "x"),
        # Whether something is set or asked for, as a flag or not at all
        ("usePassword", True), ("setUninstallPassword", False), ("hasToken", 1), ("password", 0),
        ("authorization", None), ("useProxyUser", True),
    ],
)  # fmt: skip
def test_what_is_no_secret_is_kept(name: str, value: Any) -> None:
    assert without_secrets({name: value}) == {name: value}


def test_users_of_proxies_alone() -> None:
    row = {"proxy": {"username": HELD, "port": 1}, "owner": {"username": "operator"}}
    assert without_secrets(row) == {"proxy": {"port": 1}, "owner": {"username": "operator"}}
    row = {"updateProxies": [{"settings": {"userName": HELD, "host": "h"}}]}
    assert without_secrets(row) == {"updateProxies": [{"settings": {"host": "h"}}]}


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        (f"https://{HELD}@host/path", "https://host/path"),
        (f"https://user:{HELD}@host:8443/a@b", "https://host:8443/a@b"),
        (f"see https://user:{HELD}@@host/ there", "see https://host/ there"),
        ("https://host/path?mail=a@b", "https://host/path?mail=a@b"),
        ("https://host?mail=a@b", "https://host?mail=a@b"),
        ("operator@corp.example", "operator@corp.example"),
        (f"ftp://{HELD}:{HELD}@one/ ftp://{HELD}@two/", "ftp://one/ ftp://two/"),
    ],
)
def test_addresses_lose_their_credentials(address: str, kept: str) -> None:
    assert without_secrets({"url": [address]}) == {"url": [kept]}


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        (f"https://u:{HELD}@host/push?sig={HELD}&x=1", "https://host/push"),
        (f"https://host/push#{HELD}", "https://host/push"),
        ("https://host/push", "https://host/push"),
        (None, None),
        (7, 7),
    ],
)
def test_an_address_alone(address: Any, kept: Any) -> None:
    assert address_alone(address) == kept
