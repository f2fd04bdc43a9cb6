"""Proxies, which the environment names: https_proxy, http_proxy and no_proxy, as everywhere."""

from __future__ import annotations

import base64
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from edr_sandbox.serving import Server
from edr_tap_kit.errors import RunError
from edr_tap_kit.transport import Call

from tests.kit.test_transport import SECRET, Lab, lab, server
from tests.kit.test_transport_tls import lab as tls_lab

__all__ = ["lab", "server", "tls_lab"]
USER = base64.b64encode(b"user:pass").decode()


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


def test_a_proxy_gets_the_whole_address(
    server: Server, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.url.replace("//", "//user:pass@"))
    assert lab.transport().send(Call("list", "http://vendor.invalid/list", {"a": 1})) == {
        "echo": {"a": 1}
    }
    (exchange,) = server.log
    assert exchange.request.path == "http://vendor.invalid/list"
    assert exchange.request.headers["proxy-authorization"] == f"Basic {USER}"
    assert exchange.request.headers["authorization"] == SECRET


def test_an_exception_from_the_proxy(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert lab.transport().send(lab.call()) == {"echo": None}


def test_a_proxy_that_is_none(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    monkeypatch.setenv("HTTP_PROXY", f"http://user:{SECRET}@127.0.0.1:{port}")
    with pytest.raises(RunError, match="the network and any proxy") as caught:
        lab.transport(max_retries=0).send(lab.call())
    assert SECRET not in str(caught.value)


def test_tls_goes_through_a_tunnel(
    tls_lab: Lab, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy learns the host, and its own password; nothing of the request."""
    with tunnel() as (address, heads):
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:pass@{address}")
        transport = tls_lab.transport(ca_bundle=str(certificate[0]))
        assert transport.send(tls_lab.call({"a": 1})) == {"echo": {"a": 1}}
    (head,) = heads
    assert head.startswith(f"CONNECT {urlsplit(tls_lab.url).netloc} HTTP/1.")
    assert f"Proxy-Authorization: Basic {USER}" in head
    assert SECRET not in head


def test_an_untrusted_authority_behind_a_tunnel(
    tls_lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tunnel() as (address, _):
        monkeypatch.setenv("HTTPS_PROXY", f"http://{address}")
        with pytest.raises(RunError, match=r"is not trusted.*ca_bundle"):
            tls_lab.transport().send(tls_lab.call())


@contextmanager
def tunnel() -> Iterator[tuple[str, list[str]]]:
    """Run a proxy for one connection; yield its address, and the heads of what it was asked."""
    heads: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            client, _ = listener.accept()
            with client, client.makefile("rb") as asked:
                head = b"".join(iter(asked.readline, b"\r\n")).decode()
                heads.append(head)
                host, port = head.split()[1].split(":")
                with socket.create_connection((host, int(port))) as vendor:
                    client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                    back = threading.Thread(target=_copy, args=(vendor, client))
                    back.start()
                    _copy(client, vendor)
                    back.join()

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}", heads
    thread.join(timeout=10)


def _copy(source: socket.socket, sink: socket.socket) -> None:
    """Pass on what comes until it ends on either side."""
    try:
        while data := source.recv(1 << 16):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass
