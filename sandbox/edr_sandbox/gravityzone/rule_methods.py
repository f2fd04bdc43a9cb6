"""The methods about the blocklist and about custom rules."""

from __future__ import annotations

from typing import Any

from edr_sandbox.gravityzone.calls import Call, Method, page_of
from edr_sandbox.gravityzone.checks import hex_id, integer
from edr_sandbox.gravityzone.listing import PAGING, page_of_table, rows_of_company
from edr_sandbox.gravityzone.make_threats import EXCLUSION


def _blocklist(call: Call) -> dict[str, Any]:
    return page_of_table(call, "blocklist_items", rows_of_company(call, "blocklist_items"))


def _custom_rules(call: Call) -> dict[str, Any]:
    kind = call.params.get("type", EXCLUSION)
    rows = [r for r in rows_of_company(call, "custom_rules") if r.values["_type"] == kind]
    return page_of(call, rows, lambda row: call.world.view.table_item("custom_rules", row), 1000)


ROWS = (
    Method(
        "incidents",
        "getBlocklistItems",
        ("v1.2",),
        _blocklist,
        {**PAGING, "companyId": hex_id},
        required=("page", "perPage"),
        group="incidents",
    ),
    Method(
        "incidents",
        "getCustomRulesList",
        ("v1.0",),
        _custom_rules,
        {
            "page": integer(1),
            "perPage": integer(1, 1000),
            "type": integer(1, 2),
            "companyId": hex_id,
        },
        group="incidents",
    ),
)
