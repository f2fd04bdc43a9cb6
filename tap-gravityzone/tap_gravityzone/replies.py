"""The shapes in which GravityZone answers with a list (section 1.8 of its API reference)."""

from __future__ import annotations

from typing import Any

from edr_tap_kit.errors import StreamError
from edr_tap_kit.pages import Page


def page_of(result: Any, number: int, per_page: int) -> tuple[Page, int]:
    """Return the page in a result, and how many rows on it were announced.

    Raises:
        StreamError: There is none.
    """
    if isinstance(result, list):
        return Page(result, more=False, total=len(result)), 0
    if not isinstance(result, dict) or not isinstance(result.get("items") or [], list):
        raise StreamError("the answer holds no list.")
    rows = result.get("items") or []
    pages, total = _count(result.get("pagesCount")), _count(result.get("total"))
    more_records = result.get("hasMoreRecords")
    if not rows:
        more = False
    elif pages is not None or isinstance(more_records, bool):
        more = more_records is True or number < (pages or 0)
    else:
        more = len(rows) >= per_page
    before = (number - 1) * per_page
    announced = min(per_page, (total or 0) - before)
    if number <= (pages or 0) or more_records is True:
        announced = max(announced, 1)
    return Page(rows, more, total), announced


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
