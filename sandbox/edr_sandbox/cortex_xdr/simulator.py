"""The simulated vendor: routing, signing, limits, bodies, errors and control."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from edr_sandbox.cortex_xdr.calls import CALLS
from edr_sandbox.cortex_xdr.context import Context
from edr_sandbox.cortex_xdr.fields import words
from edr_sandbox.cortex_xdr.gate import Budget, Signing
from edr_sandbox.cortex_xdr.replies import ERROR, Refusal, html_page, invalid
from edr_sandbox.cortex_xdr.switches import Missing, Switches
from edr_sandbox.serving import Reply, Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from edr_sandbox.cortex_xdr.call import Call
    from edr_sandbox.cortex_xdr.world import World

DEMO_API_KEY = ("DemoKeyNotASecret" * 8)[:128]
ROOT = "/public_api/"
_MUTATIONS = words(
    "add_alert add_audit add_endpoint add_incident add_row change_alert change_endpoint "
    "change_incident change_row drift future heartbeat permit remove_alert remove_endpoint "
    "remove_row restrict"
)


class CortexXDR:
    """A tenant behind one API key of level ``standard`` or ``advanced``.

    ``calls`` is the call table by name (``v1/incidents/get_incidents``); ``clock`` is the wall
    clock of signing, in epoch seconds.
    """

    def __init__(
        self,
        world: World,
        api_key: str = DEMO_API_KEY,
        api_key_id: str = "7",
        level: Literal["standard", "advanced"] = "advanced",
        switches: Switches | None = None,
    ) -> None:
        self.world = world
        self.switches = switches or Switches()
        self.calls = dict(CALLS)
        self.clock: Callable[[], float] = time.time
        self._initial = self.switches.state()
        self._signing = Signing(api_key, api_key_id, level)
        self._budget = Budget()

    def name_of(self, request: Request) -> str:
        """Name a call by its path below ``/public_api/``, version included."""
        path = urlsplit(request.path).path
        return path.partition(ROOT)[2].strip("/") or path

    def handle(self, request: Request) -> Reply:
        """Answer a vendor request."""
        with self.world.lock:
            try:
                return self._answer(request)
            except Refusal as refusal:
                return self._refused(request, refusal)

    def control(self, command: str, arguments: dict[str, Any]) -> object:
        """Carry out ``truth``, ``keys``, ``switches``, ``reset`` or a mutation of the world."""
        with self.world.lock:
            if command == "truth":
                return self.world.truth(**arguments)
            if command == "keys":
                return self.world.keys(**arguments)
            if command == "switches":
                self.switches.set(**arguments)
                return self.switches.state()
            if command == "reset":
                self.world.reset()
                self.switches.restore(self._initial)
                return {"reset": True}
            if command in _MUTATIONS:
                return {"result": getattr(self.world, command)(**arguments)}
        raise ValueError("no such command")

    def _answer(self, request: Request) -> Reply:
        if ROOT not in urlsplit(request.path).path:
            raise self._unknown()
        self._authorise(request)
        name = self.name_of(request)
        call = self.calls.get(name)
        if call is None:
            raise self._unknown()
        _present(self._absent(name, call))
        if request.method != call.method:
            raise Refusal(405, None, "Method not allowed", Allow=call.method)
        self._budget.spend(self.switches, name if call.slow else "")
        self._permitted(name)
        context = Context(self.world, self.switches, self._signing.key_id, self._signing.level)
        bare_only = call.untyped and self.switches.bare_only
        data = {} if call.method == "GET" else _data(request, call, bare_only=bare_only)
        return Reply(call.run(context, data))

    def _refused(self, request: Request, refusal: Refusal) -> Reply:
        """Return an error answer in the form that the call has for it."""
        call = self.calls.get(self.name_of(request))
        if call is not None and self._absent(self.name_of(request), call) != "no":
            call = None
        if call is not None and call.application and self.switches.rules_599:
            refusal.status = 599 if refusal.status == 500 else refusal.status
        objects = self.switches.validation_errors == "objects"
        plain = call is not None and call.plain and refusal.status in {400, 401, 500}
        return refusal.reply(objects=objects, plain=plain)

    def _absent(self, name: str, call: Call) -> Missing:
        """Tell whether a call is not there, and how that is told."""
        if any(part in name for part in self.switches.calls_missing):
            return "404_json" if self.switches.unknown_path == 404 else "500"
        missing: Missing = getattr(self.switches, call.missing) if call.missing else "no"
        return missing

    def _authorise(self, request: Request) -> None:
        self._signing.check(request, self.switches, int(self.clock() * 1000))
        end = self.world.key_expiration
        if end is not None and end <= self.world.now():
            raise Refusal(401, None, "Public API request unauthorized")

    def _unknown(self) -> Refusal:
        return Refusal(self.switches.unknown_path, None, ERROR)

    def _permitted(self, name: str) -> None:
        switches = self.switches
        if any(part in name for part in switches.licence_missing):
            raise Refusal(402, "No license was found for this request")
        if any(part in name for part in switches.role_missing):
            raise Refusal(403, "Insufficient permissions")
        if switches.transient_500 > 0 and switches.transient_call in name:
            switches.transient_500 -= 1
            raise Refusal(500, "reached max number of retries")


def _present(missing: str) -> None:
    match missing:
        case "404_json":
            raise Refusal(404, None)
        case "404_html":
            raise html_page(404, "Not Found")
        case "500":
            raise Refusal(500, None)


def _data(request: Request, call: Call, *, bare_only: bool) -> dict[str, Any]:
    """Return what the wrapper holds, or refuse a body in any other form."""
    kind = request.headers.get("content-type", "")
    if not kind.startswith("application/json"):
        raise Refusal(500, f"Unsupported content type {kind}")
    try:
        body = request.json()
    except ValueError:
        raise Refusal(400, "Invalid JSON") from None
    if body == {} and call.bare:
        return {}
    if bare_only or not isinstance(body, dict) or set(body) != {call.wrapper}:
        raise invalid(f"{call.wrapper} is missing, not alone or not wanted", "__root__", given=body)
    data = body[call.wrapper]
    if not isinstance(data, dict):
        raise invalid(f"{call.wrapper} must be an object", "__root__", given=data)
    return data
