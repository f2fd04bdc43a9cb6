"""The HTTP and JSON-RPC face of the simulated cloud."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from edr_sandbox.gravityzone.calls import Call, Method
from edr_sandbox.gravityzone.checks import (
    INVALID_REQUEST,
    NO_METHOD,
    NOT_AUTHORIZED,
    PARSE_ERROR,
    SERVER_ERROR,
    TOO_MANY,
    RpcError,
)
from edr_sandbox.gravityzone.commands import carry_out
from edr_sandbox.gravityzone.limits import RateLimiter
from edr_sandbox.gravityzone.methods import SERVICES, TABLE
from edr_sandbox.serving import Reply, Request

if TYPE_CHECKING:
    from edr_sandbox.gravityzone.switches import Switches
    from edr_sandbox.gravityzone.world import World

DEMO_API_KEY = sha256(b"not a secret: the key of the simulated GravityZone").hexdigest()

_PATH = re.compile(r"/api/(v1\.[0-2])/jsonrpc/([A-Za-z]+(?:/[a-z]+)?)")
_UNAVAILABLE = "The selected API is not available."


class GravityZone:
    """A vendor for :class:`edr_sandbox.serving.Server`; the access URL is the server's + ``/api``.

    Switches that are given replace those of the world.
    """

    def __init__(
        self, world: World, api_key: str = DEMO_API_KEY, switches: Switches | None = None
    ) -> None:
        self.world = world
        self.api_key = world.api_key = api_key
        self.limiter = RateLimiter()
        if switches is not None:
            world.switches = switches

    @property
    def switches(self) -> Switches:
        """The switches in force; they may be changed at any time."""
        return self.world.switches

    def control(self, command: str, arguments: dict[str, Any]) -> object:
        """Carry out a control command: see :mod:`edr_sandbox.gravityzone.commands`."""
        if command == "reset":
            self.limiter.forget()
        return carry_out(self.world, command, arguments)

    def name_of(self, request: Request) -> str:
        """Name the vendor call of a request, ``incidents.getIncident``; else its path."""
        route = _PATH.fullmatch(request.path)
        try:
            body = request.json()
        except ValueError:
            body = None
        if route is None or not isinstance(body, dict) or not isinstance(body.get("method"), str):
            return request.path
        return f"{_service(route[2])}.{body['method']}"

    def handle(self, request: Request) -> Reply:
        """Answer a vendor request."""
        route = _PATH.fullmatch(request.path)
        if route is None or route[2] not in SERVICES:
            return _html(404, "Not Found")
        if request.method != "POST":
            return _html(405, "Not Allowed", {"Allow": "POST"})
        expected = "Basic " + b64encode(f"{self.api_key}:".encode()).decode()
        if request.headers.get("authorization") != expected:
            return _html(401, "Authorization Required", {"WWW-Authenticate": 'Basic realm="api"'})
        answered: dict[str, Any] = {"id": None, "jsonrpc": "2.0"}
        try:
            body = self._envelope(request)
            answered["id"] = body["id"]
            with self.world.lock:
                return self._answer(route[1], route[2], body, answered)
        except RpcError as error:
            return Reply({**answered, "error": error.body()}, error.status)

    def _envelope(self, request: Request) -> dict[str, Any]:
        try:
            body = request.json()
        except ValueError:
            raise RpcError(PARSE_ERROR, "The request is not valid JSON.") from None
        if not isinstance(body, dict) or set(body) != {"id", "jsonrpc", "method", "params"}:
            raise RpcError(INVALID_REQUEST, "Members: id, jsonrpc, method, params.")
        identifier = body["id"]
        number = isinstance(identifier, int) and not isinstance(identifier, bool)
        if not isinstance(identifier, str) and not (number and self.switches.int_ids):
            raise RpcError(INVALID_REQUEST, "The id should be a string.")
        if body["jsonrpc"] != "2.0" or not isinstance(body["method"], str):
            raise RpcError(INVALID_REQUEST, "The version should be 2.0, the method a string.")
        if not isinstance(body["params"], dict):
            raise RpcError(INVALID_REQUEST, "The params should be an object.")
        if "application/json" not in request.headers.get("content-type", ""):
            raise RpcError(INVALID_REQUEST, "The content type should be application/json.")
        return body

    def _answer(
        self, version: str, path: str, body: dict[str, Any], answered: dict[str, Any]
    ) -> Reply:
        service = _service(path)
        method = TABLE.get((service, body["method"], version))
        refusal = self._over_limit(method.group if method else "general")
        if refusal is not None:
            return refusal
        if method is None or not self._reachable(path, method, version):
            raise RpcError(NO_METHOD, _UNAVAILABLE)
        self._admit(method)
        call = Call(self.world, version, method.checked(body["params"]))
        return Reply({**answered, "result": method.answer(call)})

    def _over_limit(self, group: str) -> Reply | None:
        switches = self.switches
        if not switches.rate_limits:
            return None
        count, seconds = switches.limits[group]
        if self.limiter.admits(group, count, seconds):
            return None
        if switches.rate_limit_reply == "json":
            raise RpcError(TOO_MANY, "Too many requests")
        headers = {"Retry-After": switches.retry_after} if switches.retry_after else {}
        return _html(429, "Too Many Requests", headers)

    def _reachable(self, path: str, method: Method, version: str) -> bool:
        """Tell whether this installation offers the method in this version under this path."""
        name = f"{method.service}.{method.name}"
        if {name, f"{name}@{version}"} & set(self.switches.missing_methods):
            return False
        suffix, service = self.switches.service_suffix, method.service
        services = _SUFFIXED if self.switches.suffix_of_more else ("network",)
        return path == (f"{service}/{suffix}" if suffix and service in services else service)

    def _admit(self, method: Method) -> None:
        """Refuse a key without the API area of a method, or a company without its licence."""
        switches, area = self.switches, method.service.partition("/")[0]
        allowed = (
            not switches.general_denied if area == "general" else area in (switches.enabled_apis)
        )
        if not allowed:
            name = area[0].upper() + area[1:]
            details = f"API Key is not allowed to access the selected API: {name}"
            if switches.area_refusal == "-32001":
                raise RpcError(NOT_AUTHORIZED, details)
            raise RpcError(SERVER_ERROR, details, 403 if switches.area_refusal == "403" else 200)
        if area in switches.licence_missing:
            raise RpcError(
                NOT_AUTHORIZED, "The company does not have a valid license for this operation"
            )
        if {area, f"{method.service}.{method.name}"} & set(switches.right_missing):
            status = 403 if switches.area_refusal == "403" else 200
            raise RpcError(NOT_AUTHORIZED, "The user does not have the required rights", status)


def _service(path: str) -> str:
    """Return the service of the method table, without the suffix that some have on premises."""
    service = path.partition("/")[0]
    return service if service in _SUFFIXED else path


_SUFFIXED = ("network", "policies", "reports")


def _html(status: int, title: str, headers: dict[str, str] | None = None) -> Reply:
    page = (
        f"<html>\r\n<head><title>{status} {title}</title></head>\r\n<body>\r\n"
        f"<center><h1>{status} {title}</h1></center>\r\n<hr><center>nginx</center>\r\n"
        "</body>\r\n</html>\r\n"
    )
    return Reply(page.encode(), status, {"Content-Type": "text/html", **(headers or {})})
