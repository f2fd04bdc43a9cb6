"""The methods about quarantine: one list for computers, one for mail servers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edr_sandbox.gravityzone.calls import Call, Method
from edr_sandbox.gravityzone.checks import Check, hex_id, one_of, record, text
from edr_sandbox.gravityzone.listing import (
    PAGING,
    equal,
    kept,
    loose_date,
    page_of_table,
    rows_of_company,
    vanished,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from edr_sandbox.gravityzone.tables import Row

_FILTERS: dict[str, Check] = {
    "threatName": text,
    "startDate": loose_date,
    "endDate": loose_date,
    "ip": text,
    "actionStatus": one_of(0, 1, 2, 3, 4, 16, 17),
}


def _items(service: str) -> Callable[[Call], dict[str, Any]]:
    def answer(call: Call) -> dict[str, Any]:
        rows = [
            row
            for row in rows_of_company(call, "quarantine_items")
            if row.values["_service"] == service
        ]
        endpoint = call.params.get("endpointId")
        if endpoint is not None:
            if endpoint not in call.world.inventory.endpoints:
                raise vanished(call, "endpoint")
            rows = [row for row in rows if row.values["endpointId"] == endpoint]
        return page_of_table(call, "quarantine_items", kept(call, rows, *_tests(call)))

    return answer


def _tests(call: Call) -> list[Callable[[Row], bool]]:
    path = call.option("filters", "filePath")
    return [
        equal(call, "threatName", "filters", "threatName"),
        equal(call, "endpointIP", "filters", "ip"),
        equal(call, "actionStatus", "filters", "actionStatus"),
        lambda row: path is None or row.values["details"].get("filePath") == path,
        lambda row: _dated(call, row),
    ]


def _dated(call: Call, row: Row) -> bool:
    first, last = call.option("filters", "startDate"), call.option("filters", "endDate")
    caught = row.values["quarantinedOn"]
    late_enough = not isinstance(first, float) or caught >= first
    return bool(late_enough and (not isinstance(last, float) or caught <= last))


def _method(service: str, **filters: Check) -> Method:
    return Method(
        f"quarantine/{service}",
        "getQuarantineItemsList",
        ("v1.0", "v1.1"),
        _items(service),
        {
            **PAGING,
            "companyId": hex_id,
            "endpointId": hex_id,
            "filters": record(**_FILTERS, **filters),
        },
    )


ROWS = (_method("computers", filePath=text), _method("exchange"))
