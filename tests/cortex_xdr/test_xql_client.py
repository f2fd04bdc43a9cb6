"""The XQL client by itself: patience, replies, rows and refusals."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from edr_tap_kit.errors import StreamError
from tap_cortex_xdr.xql import XqlClient, holds_rows, lines, refusal, text_of
from tap_cortex_xdr.xql_quota import Quota

from tests.cortex_xdr.queries import (
    START,
)


class Tenant:
    """Answers calls in order, and counts the seconds that are slept."""

    def __init__(self, *replies: Any) -> None:
        self.replies: Iterator[Any] = iter(("id", *replies))
        self.now = 0.0
        self.pauses: list[float] = []

    def post(self, _path: str, _data: Any) -> Any:
        return next(self.replies)

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds

    def client(self, timeout: float = 120) -> XqlClient:
        settings: Any = SimpleNamespace(backoff_seconds=1.0, request_timeout=timeout)
        quota = Quota(self.post, None)
        return XqlClient(self.post, settings, quota, sleep=self.sleep, clock=lambda: self.now)


@pytest.mark.parametrize(("timeout", "patience"), [(120, 600), (900, 900)])
def test_a_query_is_waited_for_with_growing_pauses_and_not_for_ever(
    timeout: float, patience: float
) -> None:
    tenant = Tenant(*[{"status": "PENDING"}] * 1000)
    with pytest.raises(StreamError, match=f"no result after {patience} s"):
        tenant.client(timeout).run("q", 0, 1)
    assert tenant.pauses[:6] == [0.5, 1, 2, 4, 5, 5]
    assert patience - 5 <= tenant.now <= patience


@pytest.mark.parametrize(
    "reply",
    [[], None, "text", {}, {"status": None}, {"status": "SUCCESS", "results": {"data": "a,b"}}],
)
def test_a_reply_of_another_form_is_a_failure_of_the_stream(reply: Any) -> None:
    with pytest.raises(StreamError):
        Tenant(reply).client().run("q", 0, 1)


def test_a_failure_is_told_without_its_rows() -> None:
    reply = {"status": "FAIL", "results": {"data": [{"x": "row"}]}, "error": {"message": "why"}}
    with pytest.raises(StreamError, match="FAIL: why") as caught:
        Tenant(reply).client().run("q", 0, 1)
    assert "row" not in str(caught.value)


@pytest.mark.parametrize("packed", [False, True])
def test_lines_of_rows(packed: bool) -> None:
    body = b'{"a": 1}\n\n{"a": "\xff"}\r\n{"a": 3}'
    body = gzip.compress(body) if packed else body
    assert [row["a"] for row in lines(body)] == [1, "\\udcff", 3]
    assert holds_rows(body)
    for broken in (body + b"\n{", body[:-4]):
        with pytest.raises(StreamError, match="not readable"):
            list(lines(broken))


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b"\x1f\x8bxx", b'{"reply": {}}'])
def test_what_is_no_stream_of_rows(body: bytes) -> None:
    assert not holds_rows(body)


@pytest.mark.parametrize(
    ("extra", "kind"),
    [
        ({"err_msg": "x", "remaining_quota": 0}, "StreamError"),
        ({"err_msg": "x", "remaining_quota": -0.2}, "StreamError"),
        ({"err_msg": "Query quota exceeded", "remaining_quota": 0.5}, "StreamError"),
        ("query quota exceeded", "StreamError"),
        ({"err_msg": "x", "remaining_quota": 0.5}, "NoneType"),
        ({"err_msg": "reached max allowed amount of parallel running queries"}, "TransientFault"),
        ("Maximum allowed number of parallel running queries has been reached", "TransientFault"),
        ({"message": "bad", "line": 3, "column": 9}, "RequestRejected"),
        (None, "NoneType"),
    ],
)
def test_what_a_refusal_means(extra: Any, kind: str) -> None:
    assert type(refusal("here", START, text_of(extra))).__name__ == kind
    assert refusal("here", "incidents/get_incidents", text_of(extra)) is None
