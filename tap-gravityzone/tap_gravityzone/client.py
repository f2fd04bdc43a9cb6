"""The GravityZone API: JSON-RPC, budgets, errors and pages.

Facts about the vendor: sections 1.1 to 1.8 of its API reference.
"""

from __future__ import annotations

import itertools
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from edr_tap_kit import codec
from edr_tap_kit.budget import Budget
from edr_tap_kit.connection import basic, encoded
from edr_tap_kit.errors import (
    EdrTapError,
    KeyRefused,
    RequestRejected,
    RowVanished,
    RunError,
    StreamError,
    StreamUnavailable,
    TransientFault,
    Unanswered,
)
from edr_tap_kit.pages import Page, Row
from edr_tap_kit.records import Record
from edr_tap_kit.redaction import redactor
from edr_tap_kit.report import Report
from edr_tap_kit.transport import Answer, Call, Decode, Transport, limited

from tap_gravityzone import limits
from tap_gravityzone.key import Key
from tap_gravityzone.replies import page_of
from tap_gravityzone.settings import GravityZoneSettings

_AREA = re.compile(r"not allowed to access the selected api:?\s*(.*)", re.IGNORECASE)
_LICENCE = re.compile(r"licen[cs]e", re.IGNORECASE)
_KEY = re.compile(
    r"(invalid|expired|unknown|missing|wrong) api key|credential|authenticat", re.IGNORECASE
)
_RATE = re.compile(r"too many requests", re.IGNORECASE)
# The push service's settings before anybody made any; which code this has is not documented.
_NEVER_SET_UP = re.compile(r"(never|not)( been| yet)? (configured|set)", re.IGNORECASE)
# On-premises installations name the kind of machine in the path of these services, older ones in
# those of the others as well.
_SUFFIXED_SERVICES = frozenset({"network"})
_ONCE_SUFFIXED_SERVICES = frozenset({"policies", "reports"})
_OBJECTS = (dict, Record)


class RightMissing(StreamUnavailable):
    """The vendor denies a call without saying why: a right is missing, or the key is dead."""


class GravityZoneClient:
    """Sends calls with one key."""

    def __init__(
        self, settings: GravityZoneSettings, report: Report, logger: logging.Logger
    ) -> None:
        self._settings = settings
        self._report = report
        self._redacted = redactor(settings.api_key, encoded(settings.api_key))
        self._ids = itertools.count(1)
        self._suffixed = _SUFFIXED_SERVICES
        self._key = Key()
        self._echoes = False
        self.transport = Transport(
            settings,
            basic(settings.api_key),
            self._interpret,
            Budget(
                settings.requests_per_second,
                limits.limits(settings.max_incident_requests_per_minute),
                limits.group_of,
            ),
            report,
            logger,
        )

    def call(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        version: str = "v1.0",
        decode: Decode = codec.decode,
    ) -> Any:
        """Return the result of a call such as ``incidents.getIncident``."""
        try:
            return self._send(self._call(method, params or {}, version, decode))
        except StreamUnavailable:
            service = method.partition(".")[0]
            if not self._settings.service_suffix or service not in _ONCE_SUFFIXED_SERVICES:
                raise
            self._suffixed |= {service}
            return self._send(self._call(method, params or {}, version, decode))

    def call_each(
        self, method: str, each_params: Iterable[Mapping[str, Any]], *, version: str
    ) -> Iterator[Any]:
        """Yield the result of each call in order, several in flight.

        Where it is refused or fails, the error stands in its place; :class:`RowVanished` for an id
        that the vendor does not know.
        """
        calls = (self._call(method, params, version) for params in each_params)

        def outcome(call: Call) -> Any:
            try:
                return self._send(call)
            except RequestRejected as refusal:
                return RowVanished(str(refusal)) if refused_by_api(refusal) else refusal
            except (RowVanished, StreamUnavailable, StreamError) as refusal:
                return refusal

        return self.transport.send_all(calls, outcome)

    def page(  # noqa: PLR0913 (a call, which page of it, and how that is read)
        self,
        method: str,
        params: Mapping[str, Any],
        *,
        version: str,
        number: int,
        per_page: int,
        decode: Decode = codec.decode,
    ) -> Page:
        """Return a page by its 1-based number, from any of the vendor's list shapes.

        A total that counts more rows than the pages that are told of is believed when another page
        holds some: it may be an estimate.
        """

        def asked(number: int) -> tuple[Page, int]:
            paged = {**params, "page": number, "perPage": per_page}
            result = self.call(method, paged, version=version, decode=decode)
            return page_of(result, number, per_page)

        page, announced = asked(number)
        if announced > len(page.rows):
            again, announced = asked(number)
            page = max(page, again, key=lambda page: len(page.rows))
            if announced and not page.rows:
                raise StreamError(
                    f"{method}: page {number} was announced but came empty, so that the list is "
                    "not complete. Run again."
                )
        seen = (number - 1) * per_page + len(page.rows)
        if page.rows and not page.more and (page.total or 0) > seen:
            behind, _ = asked(number + 1)
            page = replace(page, more=bool(behind.rows))
        entries: list[Any] = list(page.rows)
        rows: list[Row] = [row for row in entries if isinstance(row, _OBJECTS)]
        if len(rows) < len(entries):
            self._report.note(
                f"{method}: entries that are no objects were left out; tell the vendor."
            )
        return replace(page, rows=rows)

    def _send(self, call: Call) -> Any:
        """Return the result of a call; a denial ends the run where the key turns out to be dead."""
        try:
            return self.transport.send(call)
        except RightMissing as denial:
            if self._key.is_dead(self._ask):
                raise KeyRefused(
                    f"{_KEY_REFUSED} It denies every call; the first: {denial.reason}."
                ) from None
            raise

    def _ask(self, method: str, version: str, params: Mapping[str, Any]) -> Any:
        return self.transport.send(self._call(method, params, version))

    def _call(
        self,
        method: str,
        params: Mapping[str, Any],
        version: str,
        decode: Decode = codec.decode,
    ) -> Call:
        service, _, name = method.rpartition(".")
        path = service
        if self._settings.service_suffix and service in self._suffixed:
            path = f"{service}/{self._settings.service_suffix}"
        body = {
            "id": str(next(self._ids)), "jsonrpc": "2.0", "method": name, "params": dict(params),
        }  # fmt: skip
        url = f"{self._settings.base_url}/{version}/jsonrpc/{path}"
        return Call(method, url, body, decode=decode)

    def _interpret(self, call: Call, answer: Answer) -> Any:
        try:
            body = answer.json()
        except ValueError:
            body = None
        if isinstance(body, dict) and answer.status != 429:
            if isinstance(body.get("error"), dict):
                self.transport.mark_answered()
                raise self._rpc_fault(call, answer, body["error"])
            if "result" in body and answer.status == 200:
                self._key.accepted = True
                self._check_echo(call, body.get("id"))
                return body["result"]
        raise self._http_fault(call, answer)

    def _check_echo(self, call: Call, answered_id: Any) -> None:
        """Refuse an answer to another request, once the vendor was seen to repeat the id."""
        if answered_id == call.body["id"]:
            self._echoes = True
        elif self._echoes and answered_id is not None:
            raise TransientFault("the answer belongs to another request")

    def _http_fault(self, call: Call, answer: Answer) -> Exception:
        where = f"{call.name} (HTTP {answer.status})"
        match answer.status:
            case 200:
                return Unanswered("HTTP 200 with a body that is no JSON-RPC answer")
            case 401:
                return KeyRefused(_KEY_REFUSED)
            case 403:
                return StreamUnavailable(
                    f"{where}: access is refused",
                    "Check the rights of the key's account, and any proxy or firewall in between.",
                )
            case 404 | 405:
                return StreamUnavailable(
                    f"{where}: there is no such service at this address",
                    "Check api_url, and service_suffix for an on-premises installation.",
                )
            case 429:
                return limited(answer)
            case status if 300 <= status < 400:
                return RunError(
                    f"{where}: the server redirects elsewhere. Set api_url to the Access URL that "
                    "My Account > Control Center API shows."
                )
            case status if status >= 500:
                return TransientFault(f"HTTP {status}", wait=answer.retry_after())
        return RequestRejected(f"{where}: the vendor refuses the request.")

    def _rpc_fault(self, call: Call, answer: Answer, error: Mapping[str, Any]) -> Exception:
        text = self._text_of(error)
        where = f"{call.name}: {text.rstrip(' .')}"
        code = error.get("code")
        if area := _AREA.search(text):
            self._key.accepted = True  # the vendor knows the key, and what it may not do
            return StreamUnavailable(
                where, f"Enable the API '{area[1].strip(' .') or call.name}' on the key "
                "(My Account > API keys), or deselect the stream.",
            )  # fmt: skip
        if _LICENCE.search(text) and code in (-32000, -32001):
            self._key.accepted = True
            return StreamUnavailable(where, "Deselect the stream, or ask for the licence.")
        if code == -32003 or _RATE.search(text):
            return limited(answer)
        if call.name.startswith("push.") and _NEVER_SET_UP.search(text):
            return RowVanished(where)
        return self._fault_by_code(code, where, text)

    def _fault_by_code(self, code: Any, where: str, text: str) -> Exception:
        match code:
            case -32601:
                return StreamUnavailable(
                    where, "This installation does not offer the method; deselect the stream."
                )
            case -32001:
                if _KEY.search(text):
                    return KeyRefused(_KEY_REFUSED)
                return RightMissing(
                    where, "Give the key's account the right for it, or deselect the stream."
                )
            case -32002:
                return RowVanished(where)
            case -32602 | -32600 | -32700:
                return RequestRejected(f"{where}.", details=text)
        return TransientFault(text)

    def _text_of(self, error: Mapping[str, Any]) -> str:
        data = error.get("data")
        details = data.get("details") if isinstance(data, dict) else data
        text = " - ".join(str(part) for part in (error.get("message"), details) if part)
        return self._redacted(text)[:300] or f"error {error.get('code')}"


def refused_by_api(refusal: EdrTapError) -> bool:
    """Whether the vendor's API has a word on what was asked for, such as an id that is no more.

    "Invalid params" is also how it says that; what HTTP refuses carries no such details.
    """
    return not isinstance(refusal, RequestRejected) or bool(refusal.details)


_KEY_REFUSED = (
    "GravityZone does not accept the key. Check api_key (My Account > API keys; it is shown once, "
    "when it is generated) and that api_url is the Access URL of the same Control Center."
)
