"""Cursor paging: opaque tokens that stand for an offset."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, Any

from edr_sandbox.cortex_xdr.listing import listing, page_of, said
from edr_sandbox.cortex_xdr.more_lists import VULNERABILITIES
from edr_sandbox.cortex_xdr.replies import invalid

if TYPE_CHECKING:
    from edr_sandbox.cortex_xdr.context import Context
    from edr_sandbox.cortex_xdr.query import ListSpec

Data = dict[str, Any]


def surface(context: Context, spec: ListSpec, data: Data) -> Data:
    """Answer an attack surface list: offsets, or tokens of which the last one is null."""
    world, switches = context.world, context.switches
    if not _wanted(data):
        if "next_page_token" in data:
            raise invalid("next_page_token needs use_page_token", "next_page_token")
        return {"reply": listing(world, switches, spec, data)}
    skip = _offset(data.get("next_page_token"))
    page = page_of(world, switches, spec, data, skip)
    return {
        "reply": {
            "total_count": said(page.matching, len(page.rows), switches),
            "result_count": len(page.rows),
            spec.list_key: page.rows,
            "next_page_token": None if page.stop >= page.matching else _token(page.stop),
        }
    }


def vulnerabilities(context: Context, data: Data) -> Data:
    """Answer ``get_vulnerabilities``, which takes tokens alone; "" asks for the first page.

    The name of the list is in no document: ``data`` unless the switch says otherwise.
    """
    world, switches = context.world, context.switches
    given = data.get("next_page_token")
    if data.get("use_page_token") is not True:
        raise invalid("use_page_token must be true", "use_page_token")
    if not isinstance(given, str):
        raise invalid("next_page_token is required", "next_page_token", given=given)
    page = page_of(world, switches, VULNERABILITIES, {"search_to": 500, **data}, _offset(given))
    last = given if switches.vulnerability_end == "repeated" else ""
    return {
        "reply": {
            switches.vulnerabilities_key: page.rows,
            "filter_count": said(page.matching, len(page.rows), switches),
            "total_count": page.stored,
            "next_page_token": last if page.stop >= page.matching else _token(page.stop),
        }
    }


def _wanted(data: Data) -> bool:
    wanted = data.get("use_page_token", False)
    if not isinstance(wanted, bool):
        raise invalid("use_page_token must be a boolean", "use_page_token", given=wanted)
    return wanted


def _token(offset: int) -> str:
    return urlsafe_b64encode(f"after {offset}".encode()).decode()


def _offset(token: object) -> int:
    if token is None or token == "":
        return 0
    try:
        text = urlsafe_b64decode(str(token)).decode()
        return int(text.removeprefix("after "))
    except ValueError:
        raise invalid("Invalid page token", "next_page_token", given=token) from None
