"""The Cortex XDR API: envelopes, errors and pages.

Facts about the vendor: sections 1.2 to 1.7 of its API reference, and what live tenants were seen
to do where that is silent.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from edr_tap_kit import codec
from edr_tap_kit.budget import Budget, Limit
from edr_tap_kit.errors import (
    KeyRefused,
    RequestRejected,
    RunError,
    StreamUnavailable,
    TransientFault,
    Unanswered,
)
from edr_tap_kit.pages import Page, Row
from edr_tap_kit.pending import Pending, first_then
from edr_tap_kit.records import Record
from edr_tap_kit.redaction import redactor
from edr_tap_kit.report import Report
from edr_tap_kit.transport import Answer, Call, Decode, Transport, limited

from tap_cortex_xdr import replies, xql
from tap_cortex_xdr.settings import CortexSettings
from tap_cortex_xdr.signature import Signature

PAGE_LIMIT = 100
_VERSION = re.compile(r"^v\d+/")
# These calls print their errors without an envelope (section 1.5).
_PLAIN_CALLS = ("case/", "issue/")
# The one call with a published limit: 10 a minute (section 1.7).
_SLOW_CALLS = {"incidents/get_incident_extra_data": Limit(10, 60)}
_OBJECTS = (dict, Record)
_SIGNATURE = re.compile(r"\b[0-9a-f]{64}\b", re.IGNORECASE)
# The vendor answers bad requests, missing licences and outages alike with 500; its text tells.
_TRANSIENT = re.compile(
    r"max number of retries|timed? ?out|temporar|try again|unavailable", re.IGNORECASE
)
_RATE_LIMITED = re.compile(r"rate limit", re.IGNORECASE)
_UNLICENSED = re.compile(r"licen[sc]e|no identity threat|feature flag|not enabled", re.IGNORECASE)
_PERMANENT = re.compile(
    r"requirement|invalid|illegal|unsupported|not supported|mandatory|must |missing|unknown|"
    r"not found|no endpoint|expected|required|field|filter|operator|sort|value|type|schema|"
    r"not (a )?valid|parameter",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class CortexCall(Call):
    """A call; ``member`` is in its answer where that has no ``reply``.

    A ``doubtful`` one has another form: an unexplained server error is taken for a refusal of this.
    """

    member: str = "reply"
    doubtful: bool = False


@dataclass(frozen=True)
class PageRequest:
    """The rows of a list from ``offset`` (0-based) on, at most ``limit`` of them.

    ``options`` are further members of the request; ``decode`` reads the body of the answer.
    """

    path: str
    list_key: str
    limit: int
    offset: int = 0
    filters: Sequence[Mapping[str, Any]] = ()
    sort: Mapping[str, str] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    decode: Decode = codec.decode


class Unexplained(TransientFault):
    """A server error that may be an outage, or how a tenant answers a call that it lacks."""

    remedy = (
        "Run again; raise max_retries if it lasts. If only this stream fails so in each run, the "
        "tenant may lack it: deselect it then."
    )


class CortexClient:
    """Sends calls to one tenant."""

    def __init__(self, settings: CortexSettings, report: Report, logger: logging.Logger) -> None:
        self._settings = settings
        self._report = report
        self._redacted = redactor(settings.api_key)
        self._told: dict[str, bool] = {}
        self.transport = Transport(
            settings,
            Signature(settings),
            self._interpret,
            Budget(settings.requests_per_second, _SLOW_CALLS, _budget_group),
            report,
            logger,
        )

    def post(
        self,
        path: str,
        data: Mapping[str, Any],
        *,
        wrapper: str | None = "request_data",
        member: str = "reply",
        doubtful: bool = False,
    ) -> Any:
        """Return the ``reply`` of a call such as ``v1/incidents/get_incidents``.

        ``wrapper`` is the member of the request that holds the data (``None``: they are its body).
        A call without a ``reply`` names a ``member`` of its answer, which is returned whole. The
        server error of a ``doubtful`` one, without an explanation, refuses this form of it.
        """
        body = {wrapper: dict(data)} if wrapper else dict(data)
        return self.transport.send(
            replace(self._call(path, body), member=member, doubtful=doubtful)
        )

    def post_each(
        self, path: str, each_data: Iterable[Mapping[str, Any]], outcome: Callable[[Call], Any]
    ) -> Iterator[Any]:
        """Yield what ``outcome`` makes of each call in order, several in flight."""
        calls = (self._call(path, {"request_data": dict(data)}) for data in each_data)
        return self.transport.send_all(calls, outcome)

    def _call(self, path: str, body: Mapping[str, Any]) -> CortexCall:
        url = f"{self._settings.base_url}/public_api/{path}"
        return CortexCall(_VERSION.sub("", path).strip("/"), url, body)

    def page(self, asked: PageRequest) -> Page:
        """Return one page."""
        return self.page_of(partial(self.transport.send, self._page_call(asked)), asked)

    def begin_page(self, asked: PageRequest) -> Pending[Page]:
        """Ask for one page, beside what the caller does."""
        call = self._page_call(asked)

        def page(reply: Any) -> Page:
            again = partial(self.transport.send, call)
            return self.page_of(first_then(lambda: reply, again), asked)

        return self.transport.begin(call).then(page)

    def page_of(self, ask: Callable[[], Any], asked: PageRequest) -> Page:
        """Return the page in a reply, asked for again when it is shorter than it says."""
        reply = ask()
        rows, total = self.rows(reply, asked.path, asked.list_key), replies.total_of(reply)
        if len(rows) < asked.limit and total is not None and total > asked.offset + len(rows):
            # A short page must be the last one; when the total disagrees, a second look decides.
            rows = max(rows, self.rows(ask(), asked.path, asked.list_key), key=len)
        return Page(rows, more=len(rows) >= asked.limit, total=total)

    def _page_call(self, asked: PageRequest) -> Call:
        data: dict[str, Any] = {
            "filters": list(asked.filters),
            "search_from": asked.offset,
            "search_to": asked.offset + asked.limit,
            **asked.options,
        }
        if asked.sort:
            data["sort"] = dict(asked.sort)
        return replace(self._call(asked.path, {"request_data": data}), decode=asked.decode)

    def rows(self, reply: Any, path: str, list_key: str) -> list[Row]:
        """Return the objects of the list in a reply, and say so when it holds anything else."""
        rows = replies.list_of(reply, list_key)
        self._told[path] = self._told.get(path, False) or replies.tells_rows(reply, list_key)
        if rows is None:
            raise RequestRejected(f"{path}: the reply holds no list of {list_key}.")
        objects: list[Row] = [row for row in rows if isinstance(row, _OBJECTS)]
        if len(objects) < len(rows):
            self._report.note(
                f"{path}: entries that are no objects were left out; tell the vendor."
            )
        return objects

    def told_rows(self, *paths: str) -> bool:
        """Whether each of these calls, if it was sent, was answered at least once with its list."""
        return all(self._told.get(path, True) for path in paths)

    @staticmethod
    def object_in(reply: Any, path: str) -> dict[str, Any]:
        """Return a reply that must be an object."""
        if not isinstance(reply, dict):
            raise RequestRejected(f"{path}: the reply is no object.")
        return reply

    def _interpret(self, call: Call, answer: Answer) -> Any:
        if call.name == xql.ROWS_CALL and answer.status == 200 and xql.holds_rows(answer.body):
            if xql.is_cut(answer.body):
                raise TransientFault("the rows of the result break off")
            return answer.body  # the one good answer that is no JSON
        body = _json_or_none(answer)
        code, text = replies.error_of(body)
        text = _SIGNATURE.sub("(signature)", self._redacted(text))
        member = call.member if isinstance(call, CortexCall) else "reply"
        enveloped = isinstance(body, dict) and ("reply" in body or member in body)
        # JSON alone proves nothing: gateways and other services speak it as well.
        status = answer.status
        if ((enveloped or code is not None) and status != 429) or _is_plain(call, status, body):
            self.transport.mark_answered()
        if status == 200 and code is not None:
            status = code
        if status == 200:
            if not enveloped:
                raise Unanswered("HTTP 200 with a body that is no reply of the API")
            return body.get("reply", body)
        fault = self._fault(call, answer, status, text)
        if isinstance(fault, Unexplained) and isinstance(call, CortexCall) and call.doubtful:
            raise RequestRejected(f"{fault}.", details=text)
        raise fault

    def _fault(self, call: Call, answer: Answer, status: int, text: str) -> Exception:
        where = f"{call.name} (HTTP {status})"
        shown = f": {text[:300]}" if text else ""
        match status:
            case 401:
                return KeyRefused(self._key_refused())
            case 402:
                return StreamUnavailable(
                    f"{where}: a licence or add-on is missing{shown}",
                    "Deselect the stream, or ask the vendor for the licence.",
                )
            case 403:
                return StreamUnavailable(
                    f"{where}: the key's role does not allow this{shown}",
                    "Give the key a role with View rights on it (Settings > Configurations > "
                    "Integrations > API Keys), or deselect the stream.",
                )
            case 404:
                return StreamUnavailable(
                    f"{where}: this tenant does not know the call{shown}",
                    "Deselect the stream; the tenant's product version lacks it.",
                )
            case 429:
                return limited(answer)
            case 500 | 599:
                return xql.refusal(where, call.name, text) or _server_error(where, answer, text)
            case _ if status > 500:
                return TransientFault(f"HTTP {status}", wait=answer.retry_after())
            case _ if 300 <= status < 400:
                return RunError(
                    f"{where}: the server redirects elsewhere. Set fqdn or api_url to the API's "
                    "own address (api-<tenant>...)."
                )
        return RequestRejected(f"{where}: the vendor refuses the request{shown}.", details=text)

    def _key_refused(self) -> str:
        return (
            "Cortex XDR does not accept the key (HTTP 401). Check api_key, api_key_id (column ID), "
            f"auth_type (now '{self._settings.auth_type}': it must be the level that the key was "
            "created with), the key's expiration date, and that this machine's clock is right"
            f"{f' (the server says {shown})' if (shown := self.transport.server_date) else ''}."
        )


def _budget_group(call: str) -> str | None:
    return call if call in _SLOW_CALLS else None


def _is_plain(call: Call, status: int, body: Any) -> bool:
    """Whether the API itself refuses a call of those whose errors have no envelope."""
    said = isinstance(body, dict) and isinstance(body.get("error"), str)
    return said and status in {402, 403} and call.name.startswith(_PLAIN_CALLS)


def _server_error(where: str, answer: Answer, text: str) -> Exception:
    if _RATE_LIMITED.search(text):
        return limited(answer)
    if _UNLICENSED.search(text):
        return StreamUnavailable(
            f"{where}: {text[:300]}", "Deselect the stream, or ask the vendor for the licence."
        )
    if _TRANSIENT.search(text) or not _PERMANENT.search(text):
        kind = TransientFault if _TRANSIENT.search(text) else Unexplained
        return kind(f"{where}{f': {text[:200]}' if text else ''}", wait=answer.retry_after())
    return RequestRejected(f"{where}: {text[:300]}.", details=text)


def _json_or_none(answer: Answer) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None
