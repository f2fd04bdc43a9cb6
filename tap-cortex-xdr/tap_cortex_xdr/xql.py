"""XQL on the client side: start a query, wait for its result, read its rows.

Facts about the vendor: sections 1.5, 2.11 and 3.8 of its API reference.
"""

from __future__ import annotations

import gzip
import io
import re
import threading
import time
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from edr_tap_kit import codec
from edr_tap_kit.connection import LARGEST_BODY
from edr_tap_kit.errors import RequestRejected, StreamError, TransientFault
from edr_tap_kit.pages import Row
from edr_tap_kit.settings import Settings

from tap_cortex_xdr.xql_quota import Quota

# The call, as the transport names it, whose good answer is rows, one JSON object a line.
ROWS_CALL = "xql/get_query_results_stream"
# A result of so many rows is cut there.
MOST_ROWS = 1_000_000
# So many queries the vendor runs at once for a tenant.
MOST_RUNNING = 4
_LONGEST_PAUSE = 5.0
_LEAST_PATIENCE = 600.0
_GZIP = b"\x1f\x8b"
_ENVELOPE_BYTES = 1 << 16
_SHOWN = 300
_UNREADABLE = (OSError, EOFError, ValueError, zlib.error)

_PARALLEL = re.compile(
    r"parallel running|(max|limit|too many).*(parallel|concurr)|(parallel|concurr).*(limit|reach)",
    re.IGNORECASE,
)
_SYNTAX = re.compile(r"\bline \d|syntax|pars(e|ing)\b", re.IGNORECASE)
_EXHAUSTED = re.compile(
    r"(?<!remaining )quota|remaining quota (-|0(\.0*)?(?![.\d]))", re.IGNORECASE
)
# Where the vendor's objects about an error keep its words.
_WORDS = (
    "err_msg", "error_message", "error", "message", "error_details", "err_extra", "parse_err",
)  # fmt: skip


@dataclass
class Result:
    """What a finished query yields; ``total`` is the vendor's count, ``None`` when it gives none.

    ``read`` counts the rows that :meth:`rows` has yielded.
    """

    total: int | None
    partial: bool
    inline: list[Any]
    stream: Callable[[], Iterator[Any]] | None = None
    read: int = field(default=0, init=False)

    @property
    def cut(self) -> bool:
        """Whether the vendor holds more rows than it hands out: the window is too long."""
        total = self.total or 0
        silently = self.stream is None and not self.partial and total > len(self.inline)
        return total >= MOST_ROWS or silently

    @property
    def complete(self) -> bool:
        """Whether the rows that were read are all; known after the last of them."""
        return not self.partial and self.read >= (self.total or 0)

    def rows(self) -> Iterator[Row]:
        """Yield the rows as the vendor sends them, in no order."""
        for row in self.inline if self.stream is None else self.stream():
            if isinstance(row, dict):
                self.read += 1
                yield row


class XqlClient:
    """Runs queries; several threads may.

    Args:
        post: Sends a call and returns its reply.
        quota: Is asked before each query.
        settings: ``backoff_seconds`` is twice the first pause between two looks at a query;
            ``request_timeout`` may prolong the 10 minutes that one is waited for.
        sleep: Takes seconds.
        clock: Returns seconds.
    """

    def __init__(
        self,
        post: Callable[[str, Mapping[str, Any]], Any],
        settings: Settings,
        quota: Quota,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._post = post
        self._quota = quota
        self._first_pause = min(_LONGEST_PAUSE, settings.backoff_seconds / 2)
        self._patience = max(_LEAST_PATIENCE, settings.request_timeout)
        self._sleep = sleep
        self._clock = clock
        self._running = threading.BoundedSemaphore(MOST_RUNNING)

    def run(self, query: str, low: int, high: int) -> Result:
        """Run a query over the time frame [low, high] (epoch ms) and wait for its result.

        Raises:
            StreamError: The query failed, or took too long.
        """
        with self._running:
            self._quota.check()
            reply = self._finished(self._started(query, low, high))
            self._quota.learn(reply)
        results = reply.get("results")
        results = results if isinstance(results, dict) else {}
        inline, stream_id, total = (
            results.get("data") or [], results.get("stream_id"), reply.get("number_of_results"),
        )  # fmt: skip
        if not isinstance(inline, list):
            raise StreamError("xql/get_query_results: the reply holds no list of rows.")
        return Result(
            total=total if isinstance(total, int) else None,
            partial=_status(reply) != "SUCCESS",
            inline=inline,
            stream=(lambda: self._streamed(stream_id)) if stream_id else None,
        )

    def _started(self, query: str, low: int, high: int) -> str:
        asked = {"query": query, "timeframe": {"from": low, "to": high}}
        query_id = self._post("v1/xql/start_xql_query", asked)
        if not isinstance(query_id, str) or not query_id:
            raise StreamError("xql/start_xql_query: the reply is no id of a query.")
        return query_id

    def _finished(self, query_id: str) -> Mapping[str, Any]:
        # Without a limit: with one, a longer result is cut without a word.
        asked = {"query_id": query_id, "pending_flag": True, "format": "json"}
        pause, deadline = self._first_pause, self._clock() + self._patience
        while True:
            reply: Mapping[str, Any] = self._post("v1/xql/get_query_results", asked)
            status = _status(reply)
            if status in {"SUCCESS", "PARTIAL_SUCCESS"}:
                return reply
            if status != "PENDING":
                words = text_of(reply)[:_SHOWN]
                raise StreamError(
                    f"the query ended with {status[:40] or 'no status'}"
                    f"{f': {words}' if words else ''}. Try the query in the console, and shorten "
                    "window_minutes if it takes too long."
                )
            if self._clock() + pause > deadline:
                raise StreamError(
                    f"the query has no result after {self._patience:.0f} s. Shorten "
                    "window_minutes, or narrow the query."
                )
            self._sleep(pause)
            pause = min(_LONGEST_PAUSE, pause * 2)

    def _streamed(self, stream_id: str) -> Iterator[Any]:
        asked = {"stream_id": stream_id, "is_gzip_compressed": True}
        body = self._post(f"v1/{ROWS_CALL}", asked)
        if not isinstance(body, bytes):
            raise StreamError(f"{ROWS_CALL}: the reply holds no rows.")
        return lines(body)


def lines(body: bytes) -> Iterator[Any]:
    """Decode the rows of a result stream one by one, compressed or not."""
    number = 0
    try:
        for line in _lines_in(body):
            number += 1
            if line.strip():
                yield codec.decode(line)
    except _UNREADABLE as error:
        raise StreamError(
            f"{ROWS_CALL}: the rows are not readable after {number} lines. Run again."
        ) from error


def holds_rows(body: bytes) -> bool:
    """Whether a body is rows, rather than an error envelope or the page of a gateway."""
    try:
        head = _opened(body).read(_ENVELOPE_BYTES)
    except (OSError, EOFError, zlib.error):
        return False
    if not head.lstrip().startswith(b"{"):
        return False
    try:
        document = codec.decode(head)
    except ValueError:  # more than one line
        return True
    return not (isinstance(document, dict) and "reply" in document)


def is_cut(body: bytes) -> bool:
    """Whether rows break off: inside their compression, or inside the last line.

    A chunked body of a gateway that gave up may end so without a sign.
    """
    try:
        for line in deque(_lines_in(body), maxlen=2):
            if line.strip():
                codec.decode(line)
    except _UNREADABLE:
        return True
    return False


def refusal(where: str, call: str, text: str) -> Exception | None:
    """Return the error for what only XQL calls are refused for, or ``None``."""
    if not call.startswith("xql/"):
        return None
    shown = text[:_SHOWN]
    if _PARALLEL.search(text):
        return TransientFault(f"{where}: {shown}")
    if _SYNTAX.search(text):
        return RequestRejected(f"{where}: {shown}. Correct the query.", details=text)
    if _EXHAUSTED.search(text):
        return StreamError(
            f"{where}: the XQL quota of this tenant is used up: {shown}. It is renewed every "
            "night: run again then, or query less often and in longer windows."
        )
    return None


def text_of(value: Any) -> str:
    """Return the words of an error that XQL calls write as an object; empty when it has none."""
    if not isinstance(value, dict):
        return str(value) if value else ""
    parts = [words for name in _WORDS if (words := text_of(value.get(name)))]
    if "line" in value:
        parts.append(f"line {value['line']}, column {value.get('column')}")
    if "remaining_quota" in value:
        parts.append(f"remaining quota {value['remaining_quota']}")
    return ", ".join(parts)


def _status(reply: Any) -> str:
    return str(reply.get("status") or "").upper() if isinstance(reply, dict) else ""


def _lines_in(body: bytes) -> Iterator[bytes]:
    return iter(partial(_opened(body).readline, LARGEST_BODY), b"")


def _opened(body: bytes) -> io.BufferedIOBase:
    raw = io.BytesIO(body)
    return gzip.GzipFile(fileobj=raw) if body.startswith(_GZIP) else raw
