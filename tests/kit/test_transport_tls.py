"""TLS: which authority is trusted, and what is said when it is not."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from edr_sandbox.serving import Server
from edr_tap_kit.errors import RunError

from tests.kit.test_transport import Echo, Lab


@pytest.fixture
def lab(certificate: tuple[Path, Path]) -> Iterator[Lab]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    with served(context) as server:
        yield Lab(server.url.replace("http://", "https://"))


def served(context: ssl.SSLContext) -> Server:
    server = Server(Echo())
    server._http.socket = context.wrap_socket(server._http.socket, server_side=True)
    return server


def test_an_unknown_authority_ends_the_run_and_names_the_setting(lab: Lab) -> None:
    with pytest.raises(
        RunError, match=r"certificate of https://127.0.0.1:\d+ is not trusted.*ca_bun"
    ):
        lab.transport().send(lab.call())
    assert lab.waits == [], "no use in trying again"


def test_ca_bundle_names_the_authority(lab: Lab, certificate: tuple[Path, Path]) -> None:
    transport = lab.transport(ca_bundle=str(certificate[0]))
    assert transport.send(lab.call({"a": 1})) == {"echo": {"a": 1}}


def test_verification_can_be_switched_off(lab: Lab) -> None:
    assert lab.transport(verify_ssl=False).send(lab.call()) == {"echo": None}


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_the_settings_win_over_the_environment(
    lab: Lab, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, requests_own_bundle())
    transport = lab.transport(ca_bundle=str(certificate[0]))
    assert transport.send(lab.call()) == {"echo": None}
    assert lab.transport(verify_ssl=False).send(lab.call()) == {"echo": None}


def test_plain_http_behind_https_is_no_matter_of_certificates() -> None:
    with Server(Echo()) as server:
        lab = Lab(server.url.replace("http://", "https://"))
        with pytest.raises(RunError, match=r"connection failed") as caught:
            lab.transport(max_retries=0).send(lab.call())
    assert "certificate" not in str(caught.value)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("verify_ssl", [True, False])
def test_nothing_older_than_tls_1_2_is_spoken(
    certificate: tuple[Path, Path], *, verify_ssl: bool
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.load_cert_chain(*certificate)
    with served(context) as server:
        lab = Lab(server.url.replace("http://", "https://"))
        with pytest.raises(RunError, match=r"connection failed"):
            lab.transport(max_retries=0, verify_ssl=verify_ssl).send(lab.call())
        assert _spoken_with_a_willing_client(server.url) == "TLSv1.1"
    assert server.log == []


def _spoken_with_a_willing_client(url: str) -> str | None:
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    client.set_ciphers("ALL:@SECLEVEL=0")
    client.minimum_version = ssl.TLSVersion.TLSv1_1
    address = urlsplit(url)
    with (
        socket.create_connection((address.hostname, address.port), 10) as plain,
        client.wrap_socket(plain) as secured,
    ):
        return secured.version()


def requests_own_bundle() -> str:
    import certifi  # noqa: PLC0415 (a dependency of requests, needed here alone)

    return certifi.where()
