"""The HTTP side of a run: one pool of connections, and requests that cost as little as they can.

``requests`` brings proxies, certificates and its errors. What its sessions do anew for each request
(reading the environment and ``.netrc``, cookies, redirects) is done once, or is of no use here.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

import msgspec
import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from edr_tap_kit.settings import Settings

_CHUNK = 1 << 18
_LONGEST_CONNECT = 10.0  # s
# Unpacked. The largest known good answers, a million XQL rows, are packed once more inside.
LARGEST_BODY = 1 << 28


class Response(NamedTuple):
    """A complete HTTP answer; header names are case-insensitive."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class TooLarge(Exception):
    """A body is larger than any answer that makes sense."""


class Connection:
    """Connections to a vendor; safe to share between threads."""

    def __init__(self, settings: Settings, auth: AuthBase) -> None:
        self._auth = auth
        self._seconds = settings.request_timeout
        self._session = requests.Session()
        self._session.trust_env = False  # or .netrc would know better than the settings
        self._session.headers.update(
            {"User-Agent": settings.user_agent, "Accept": "application/json"}
        )
        self._verify = settings.ca_bundle or settings.verify_ssl
        if not settings.verify_ssl:
            # The user asked for it; one warning a request would bury everything else.
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        adapter = HTTPAdapter(pool_maxsize=settings.max_parallel_requests, max_retries=0)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)
        self._template = cache(self._prepared)
        self._route = cache(self._surroundings)

    def send(self, method: str, url: str, body: Any) -> Response:
        """Send a request whose body is JSON, or ``None``, and return the whole answer.

        Raises:
            requests.exceptions.RequestException, urllib3.exceptions.HTTPError: It failed.
            TooLarge: The answer exceeds ``LARGEST_BODY``.
            ValueError: A header holds what HTTP does not carry.
            OSError: A file of certificates cannot be read.
        """
        deadline = time.monotonic() + self._seconds
        request = self._template(method, url).copy()
        if body is not None:
            request.body = msgspec.json.encode(body)
            request.headers["Content-Type"] = "application/json"
        request.prepare_auth(self._auth)
        timeout = (min(_LONGEST_CONNECT, self._seconds), self._seconds)
        with self._session.get_adapter(url).send(
            request, stream=True, timeout=timeout, **self._route(url)
        ) as response:
            return Response(response.status_code, response.headers, _read(response, deadline))

    def _prepared(self, method: str, url: str) -> requests.PreparedRequest:
        return self._session.prepare_request(requests.Request(method, url))

    def _surroundings(self, url: str) -> dict[str, Any]:
        """Return proxies and certificates as settings and environment have them."""
        with requests.Session() as plain:
            merged = plain.merge_environment_settings(url, {}, None, self._verify, None)
        return {name: merged[name] for name in ("proxies", "verify", "cert")}


def _read(response: requests.Response, deadline: float) -> bytes:
    chunks = []
    size = 0
    # What has arrived, without waiting for a whole chunk: a dripping body must meet the deadline.
    for chunk in iter(lambda: response.raw.read1(_CHUNK, decode_content=True), b""):
        chunks.append(chunk)
        size += len(chunk)
        if size > LARGEST_BODY:
            raise TooLarge(f"the answer is larger than {LARGEST_BODY >> 20} MiB.")
        if time.monotonic() > deadline:
            raise requests.exceptions.ReadTimeout("the body took too long")
    return b"".join(chunks)
