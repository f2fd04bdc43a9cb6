"""Settings as users write them, the tenant label, and the connection check."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from edr_sandbox.serving import Reply
from tap_cortex_xdr.settings import base_url
from tap_cortex_xdr.streams import STREAM_TYPES

from tests.conftest import Bench
from tests.cortex_xdr.tenants import DAY, KEYS, STREAMS, assert_complete, small_world
from tests.support.running import assert_no_secret, command

Catalog = Callable[..., dict[str, Any]]
HOST = "https://api-acme.xdr.eu.paloaltonetworks.com"


@pytest.mark.parametrize(
    "fqdn",
    [
        "acme.xdr.eu.paloaltonetworks.com",
        "api-acme.xdr.eu.paloaltonetworks.com",
        "ACME.xdr.EU.paloaltonetworks.com",
        " acme.xdr.eu.paloaltonetworks.com\n",
        "acme.xdr.eu.paloaltonetworks.com/",
        "https://acme.xdr.eu.paloaltonetworks.com",
        "HTTPS://acme.xdr.eu.paloaltonetworks.com/",
        "https://api-acme.xdr.eu.paloaltonetworks.com/public_api/v1",
        "api-acme.xdr.eu.paloaltonetworks.com/public_api/v1/incidents/get_incidents/",
        "https://acme.xdr.eu.paloaltonetworks.com/dashboard?tab=1",
        "https://acme.xdr.eu.paloaltonetworks.com?tab=1",
        "acme.xdr.eu.paloaltonetworks.com#top",
    ],
)
def test_an_fqdn_in_every_form_that_is_pasted(fqdn: str) -> None:
    assert base_url(None, fqdn) == HOST


@pytest.mark.parametrize(
    "api_url",
    [
        "https://proxy.example/xdr",
        "https://proxy.example/xdr/",
        " https://proxy.example/xdr ",
        "https://proxy.example/xdr/public_api",
        "https://proxy.example/xdr/public_api/v1/",
        "https://proxy.example/xdr/public_api/v1/incidents/get_incidents/",
    ],
)
def test_an_api_url_keeps_its_path_and_wins(api_url: str) -> None:
    assert base_url(api_url, "acme.xdr.eu.paloaltonetworks.com") == "https://proxy.example/xdr"


def test_an_api_url_with_a_path_is_read(small: Bench, catalog: Catalog) -> None:
    url = f"{small.server.url}/some/proxy/public_api/v1/"
    run = small.run(config={"api_url": url}, catalog=catalog("incidents"))
    assert_complete(small, run, streams=("incidents",))
    assert small.server.log[0].request.path.startswith("/some/proxy/public_api/v1/incidents/")


def test_the_tenant_is_the_first_key_of_every_record(small: Bench) -> None:
    run = small.run(config={"tenant": "acme"})
    keys = {**KEYS, "events": "_event_id"}
    assert run.keys == {stream: ["_tenant", key] for stream, key in keys.items()}
    for stream in STREAMS:
        assert run.records[stream]
        assert {row["_tenant"] for row in run.records[stream]} == {"acme"}
        assert next(iter(run.schemas[stream]["properties"])) == "_tenant"


def test_the_tenant_reaches_a_catalog_made_without_it(small: Bench, catalog: Catalog) -> None:
    run = small.run(config={"tenant": "acme"}, catalog=catalog("incidents"))
    assert run.keys["incidents"] == ["_tenant", "incident_id"]
    assert run.records["incidents"][0]["_tenant"] == "acme"


def test_without_a_tenant_there_is_no_such_column(small: Bench, catalog: Catalog) -> None:
    run = small.run(catalog=catalog("incidents"))
    assert "_tenant" not in run.schemas["incidents"]["properties"]
    assert "_tenant" not in run.records["incidents"][0]


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"api_keyid": "7"}, "Unknown setting 'api_keyid'. Did you mean 'api_key_id'?"),
        ({"api_key_id": None}, "Setting 'api_key_id' is required"),
        ({"auth_type": "basic"}, "Setting 'auth_type' must be one of"),
        ({"api_url": None}, "Setting 'fqdn' is required (or 'api_url')"),
        ({"api_url": "acme.xdr.eu.paloaltonetworks.com"}, "'api_url' must begin with https://"),
        ({"page_size": 0}, "Setting 'page_size' must be at least 1"),
        ({"start_date": "soon"}, "Setting 'start_date' is no date-time"),
        ({"start_date": "2025-02-01", "end_date": "2025-02-01"}, "must be later than"),
    ],
)
def test_a_wrong_setting_is_named_before_any_request(
    small: Bench, config: dict[str, Any], said: str
) -> None:
    run = small.run(config=config, succeeds=False)
    assert said in run.stderr
    assert not small.server.log
    assert not run.order


def check(bench: Bench, **config: Any) -> CompletedProcess[str]:
    """Run ``--test``."""
    file = Path(bench.folder) / "check.json"
    file.write_text(json.dumps(bench.config | config))
    done = command("tap-cortex-xdr", "--config", str(file), "--test")
    assert_no_secret(bench.config | config, done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    return done


def test_the_check_of_a_sound_tenant(small: Bench) -> None:
    small.world.key_expiration = round(time.time() * 1000) + 200 * DAY + DAY // 2
    done = check(small)
    assert done.returncode == 0
    assert f"URL: {small.server.url}" in done.stdout
    assert "Key 7 (advanced): accepted; expires in 200 days" in done.stdout
    assert "Clock: " in done.stdout
    for stream in STREAM_TYPES:
        assert f"  {stream.name}: readable" in done.stdout
    count = len(STREAM_TYPES)
    assert f"Connected. {count} of {count} streams are readable." in done.stdout
    assert "WARNING" not in done.stdout


def test_the_check_warns_of_a_key_that_is_about_to_expire(make: Callable[..., Bench]) -> None:
    bench = make(small_world(), api_keys_shape="object")
    bench.world.key_expiration = round(time.time() * 1000) + 6 * DAY + DAY // 2
    done = check(bench)
    assert "WARNING: Key 7 (advanced): accepted; expires in 6 days" in done.stdout
    assert "Create a new key now" in done.stdout


def test_the_check_of_a_tenant_that_does_not_tell_of_keys(small: Bench) -> None:
    small.switches.set(role_missing=("api_keys", "incidents/"))
    small.world.key_expiration = None
    done = check(small)
    assert done.returncode == 0
    assert "Key 7 (advanced): this tenant does not tell when it expires" in done.stdout
    assert "incidents: NOT readable: incidents/get_incidents (HTTP 403)" in done.stdout
    # What the details of incidents hold is not readable without the incidents.
    count = len(STREAM_TYPES)
    assert f"Connected. {count - 5} of {count} streams are readable." in done.stdout


def test_the_check_finds_the_older_alert_call(make: Callable[..., Bench]) -> None:
    bench = make(small_world(), v2_missing="404_json", v1_multi_missing="404_html")
    bench.world.key_expiration = None
    done = check(bench)
    assert "accepted; no expiration date" in done.stdout
    assert "  alerts: readable" in done.stdout


def test_the_check_warns_of_a_wrong_clock(small: Bench) -> None:
    handler = small.server._http.RequestHandlerClass
    ahead = lambda _self, timestamp=None: formatdate(time.time() + 90, usegmt=True)  # noqa: ARG005, E731
    handler.date_time_string = ahead  # type: ignore[method-assign]
    done = check(small)
    assert "s against the server" in done.stdout
    assert "Clock: -" in done.stdout
    assert "WARNING: set this machine's clock" in done.stdout


@pytest.mark.parametrize("config", [{"api_key": "W" * 128}, {"auth_type": "standard"}])
def test_the_check_of_a_refused_key_fails(small: Bench, config: dict[str, Any]) -> None:
    done = check(small, **config)
    assert done.returncode != 0
    assert "does not accept the key (HTTP 401)" in done.stderr
    assert "Connected" not in done.stdout


def test_the_check_of_a_wrong_address_fails(small: Bench) -> None:
    small.server.simulator.handle = lambda _: Reply(b"<html></html>", 404)
    done = check(small)
    assert done.returncode != 0, done.stdout
    assert "URL" in done.stderr
