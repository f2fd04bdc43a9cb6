"""The method about PHASR recommendations: the only list with a range of dates and an order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from edr_sandbox.gravityzone.calls import Call, Method
from edr_sandbox.gravityzone.checks import Check, hex_id, integer, one_of, refuse, some_of
from edr_sandbox.gravityzone.dates import parse_request_date
from edr_sandbox.gravityzone.listing import PAGING, kept, page_of_table, rows_of_company

if TYPE_CHECKING:
    from edr_sandbox.gravityzone.tables import Row

_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def _recommendations(call: Call) -> dict[str, Any]:
    """Return a page in the asked order, by default the newest first."""
    rows = kept(call, rows_of_company(call, "phasr_recommendations"), lambda row: _fits(call, row))
    order = str(call.params.get("sort", "createdOn"))
    newest_first = call.params.get("dir", "DESC") == "DESC"
    if not call.switches.phasr_unsorted:
        rows.sort(key=lambda row: row.values[order], reverse=newest_first)
    return page_of_table(call, "phasr_recommendations", rows)


def _fits(call: Call, row: Row) -> bool:
    """Tell whether a row passes all filters; ``objectId`` is taken for the row's own id."""
    params, values = call.params, row.values
    found = {
        "ruleIds": values.get("ruleId"),
        "categoryIds": values.get("category"),
        "actionTaken": values.get("actionTaken"),
        "type": values.get("type"),
        "behavioralProfileIdentities": values["identity"]["id"],
        "behavioralProfileResources": values["resource"]["id"],
    }
    if any(name in params and value not in params[name] for name, value in found.items()):
        return False
    if params.get("objectId", row.id) != row.id:
        return False
    first, last = params.get("createdOnMin"), params.get("createdOnMax")
    created = float(values["createdOn"])
    if call.switches.phasr_bounds_exclusive and created in {first, last}:
        return False
    return (first is None or created >= first) and (last is None or created <= last)


def _date(name: str, value: object) -> float:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise refuse(f"The value of '{name}' should be like 2025-01-01T00:00:00.000Z.")
    try:
        return parse_request_date(value)
    except ValueError:
        raise refuse(f"The value of '{name}' should be a date.") from None


def _numbers(low: int, high: int) -> Check:
    check = integer(low, high)

    def numbers(name: str, value: object) -> list[int]:
        if not isinstance(value, list) or not value:
            raise refuse(f"The value of '{name}' should be an array.")
        return [check(name, entry) for entry in value]

    return numbers


ROWS = (
    Method(
        "phasr",
        "getPhasrRecommendations",
        ("v1.0",),
        _recommendations,
        {
            **PAGING,
            "objectId": hex_id,
            "companyId": hex_id,
            "sort": one_of("attackSurfaceReduction", "createdOn"),
            "dir": one_of("ASC", "DESC"),
            "createdOnMin": _date,
            "createdOnMax": _date,
            "ruleIds": some_of(),
            "categoryIds": _numbers(1, 5),
            "actionTaken": _numbers(0, 2),
            "type": _numbers(0, 2),
            "behavioralProfileIdentities": some_of(),
            "behavioralProfileResources": some_of(),
        },
    ),
)
