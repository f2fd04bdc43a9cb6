"""The HTTP side of a run: pools of connections, and requests that cost as little as they can.

``requests`` finds proxies and certificates, once for each URL. What it would do anew for each
request (cookies, redirects, its own objects around those of ``urllib3``) is of no use here.
"""

from __future__ import annotations

import base64
import ssl
import time
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any, NamedTuple

import msgspec
import requests
import urllib3
from requests.adapters import HTTPAdapter

from edr_tap_kit.errors import RunError, StreamError, Unanswered
from edr_tap_kit.settings import Settings

# Larger ones are mapped and zeroed by the system each time.
_CHUNK = 1 << 16
_LONGEST_CONNECT = 10.0  # s
# Unpacked. The largest known good answers, a million XQL rows, are packed once more inside.
LARGEST_BODY = 1 << 28
_NO_ADDRESS = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    urllib3.exceptions.LocationValueError,
)

Sign = Callable[[dict[str, str]], None]
"""Adds to a request's headers what shows who asks."""


def basic(user: str, password: str = "") -> Sign:
    """Return what signs with a name and a password (RFC 7617)."""
    signature = f"Basic {encoded(user, password)}"
    return lambda headers: headers.update({"Authorization": signature})


def encoded(user: str, password: str = "") -> str:
    """Return a name and a password as they travel."""
    return base64.b64encode(f"{user}:{password}".encode()).decode()


class Response(NamedTuple):
    """A complete HTTP answer; header names are case-insensitive."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _TooLarge(Exception):
    """A body is larger than any answer that makes sense."""


class _Route(NamedTuple):
    """The connections to a host, and what a request asks it for."""

    pool: urllib3.HTTPConnectionPool
    target: str


class _Router(HTTPAdapter):
    """Finds connections, with the proxies and certificates that settings and environment have."""

    def route(self, url: str, *, verify: bool | str) -> _Route:
        """Find the way to a URL."""
        request = requests.Request("POST", url).prepare()
        with requests.Session() as plain:
            found = plain.merge_environment_settings(request.url, {}, None, verify, None)
        proxies, verified, cert = found["proxies"], found["verify"], found["cert"]
        pool: Any = self.get_connection_with_tls_context(request, verified, proxies, cert)
        self.cert_verify(pool, request.url, verified, cert)  # type: ignore[no-untyped-call] # requests' own
        return _Route(pool, self.request_url(request, proxies))


class Connection:
    """Connections to a vendor; safe to share between threads."""

    def __init__(self, settings: Settings, sign: Sign) -> None:
        self._sign = sign
        self._seconds = settings.request_timeout
        self._timeout = urllib3.Timeout(min(_LONGEST_CONNECT, self._seconds), self._seconds)
        self._headers = {
            "User-Agent": settings.user_agent,
            "Accept": "application/json",
            **urllib3.util.make_headers(keep_alive=True, accept_encoding=True),
        }
        if not settings.verify_ssl:
            # The user asked for it; one warning a request would bury everything else.
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        router = _Router(pool_maxsize=settings.max_parallel_requests)
        self._route = cache(partial(router.route, verify=settings.ca_bundle or settings.verify_ssl))

    def send(self, name: str, method: str, url: str, body: object) -> Response:
        """Send a request whose body is JSON, or ``None``, and return the whole answer.

        ``name`` is what messages call it.

        Raises:
            Unanswered: The request failed.
            StreamError: The answer exceeds ``LARGEST_BODY``.
            RunError: The URL is none, the certificate is not trusted, a file of certificates cannot
                be read, or a header holds what HTTP does not carry.
        """
        try:
            return self._sent(method, url, body)
        except urllib3.exceptions.SSLError as error:
            if not isinstance(_innermost(error), ssl.SSLCertVerificationError):
                raise Unanswered(f"connection failed ({_cause(error)})") from error
            raise RunError(
                f"{name}: the TLS certificate of {origin(url)} is not trusted. Set "
                "ca_bundle to the authority's file (on-premises installations sign their own)."
            ) from error
        except _NO_ADDRESS as error:
            raise RunError(f"{origin(url)} is no usable URL: check the URL setting.") from error
        except _TooLarge as error:
            raise StreamError(f"{name}: {error} Report it to the vendor.") from error
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
            if _is_late(error):
                text = f"no answer within {self._seconds:g} s"
                raise Unanswered(text) from error
            raise Unanswered(f"connection failed ({_cause(error)})") from error
        except ValueError as error:
            raise RunError(
                f"{name}: a setting that travels as a header holds characters that HTTP does "
                "not carry. Check the key and user_agent for line breaks and unusual letters."
            ) from error
        except OSError as error:
            raise RunError(f"{name}: {error.strerror or error}: check ca_bundle.") from error

    def _sent(self, method: str, url: str, body: object) -> Response:
        deadline = time.monotonic() + self._seconds
        pool, target = self._route(url)
        headers, encoded = self._headers.copy(), None
        if body is not None:
            encoded = msgspec.json.encode(body)
            headers["Content-Type"] = "application/json"
        self._sign(headers)
        with pool.urlopen(
            method, target, encoded, headers, timeout=self._timeout,
            retries=False, redirect=False, assert_same_host=False, preload_content=False,
        ) as response:  # fmt: skip
            return Response(response.status, response.headers, _read(response, deadline))


def _read(response: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
    chunks = []
    size = 0
    # What has arrived, without waiting for a whole chunk: a dripping body must meet the deadline.
    for chunk in iter(lambda: response.read1(_CHUNK, decode_content=True), b""):
        chunks.append(chunk)
        size += len(chunk)
        if size > LARGEST_BODY:
            raise _TooLarge(f"the answer is larger than {LARGEST_BODY >> 20} MiB.")
        if time.monotonic() > deadline:
            raise urllib3.exceptions.TimeoutError("the body took too long")
    return b"".join(chunks)


def origin(url: str) -> str:
    """Return scheme and host of a URL, as far as a message may name it."""
    try:
        parts = urllib3.util.parse_url(url)
    except urllib3.exceptions.LocationParseError:
        return "The address"
    return f"{parts.scheme}://{parts.netloc}"


def _is_late(error: Exception) -> bool:
    """Whether an error says that time ran out; those of a connection refused inherit from these."""
    errors = urllib3.exceptions
    return isinstance(error, errors.TimeoutError) and not isinstance(
        error, errors.NewConnectionError
    )


def _cause(error: Exception) -> str:
    """Name the innermost cause by its class: texts of network errors quote whole URLs."""
    return type(_innermost(error)).__name__


def _innermost(error: BaseException) -> BaseException:
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return error
