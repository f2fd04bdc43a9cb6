"""The methods about scan tasks and their sub-tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edr_sandbox.gravityzone.calls import Call, Method
from edr_sandbox.gravityzone.checks import boolean, hex_id, integer, record, text
from edr_sandbox.gravityzone.listing import (
    PAGING,
    equal,
    kept,
    loose_date,
    page_of_table,
    row_in_reach,
    rows_in_reach,
)

if TYPE_CHECKING:
    from edr_sandbox.gravityzone.tables import Row


def _scan_tasks_list(call: Call) -> dict[str, Any]:
    rows = rows_in_reach(call, "scan_tasks")
    return page_of_table(
        call, "scan_tasks", kept(call, rows, equal(call, "name"), equal(call, "status"))
    )


def _task_status(call: Call) -> dict[str, Any]:
    """Return the header of a task, and a page of its sub-tasks where they are asked for."""
    task = row_in_reach(call, "scan_tasks", call.params["taskId"])
    answer = call.world.view.table_details("scan_tasks", task)
    del answer["id"]
    if not call.option("options", "returnSubtasks"):
        return answer
    targets = call.world.tables.subtasks(task.id)
    found = kept(call, targets, equal(call, "status", "subtaskFilters", "status"), _ended(call))
    page = int(str(call.option("options", "page") or 1))
    size = int(str(call.option("options", "perPage") or 30))
    shown = found[(page - 1) * size : page * size]
    return {
        **answer,
        "hasMoreSubtasks": page * size < len(found),
        "totalTargetsCount": len(targets),
        "subtasks": [call.world.view.table_item("scan_task_subtasks", row) for row in shown],
    }


def _ended(call: Call) -> Any:
    after = call.option("subtaskFilters", "endedAfter")
    before = call.option("subtaskFilters", "endedBefore")

    def test(row: Row) -> bool:
        if after is None and before is None:
            return True
        ended = row.values.get("endDate")
        if not isinstance(ended, int):
            return False
        late_enough = not isinstance(after, float) or ended >= after
        return late_enough and (not isinstance(before, float) or ended <= before)

    return test


_STATUS = integer(1, 3)

ROWS = (
    Method(
        "network",
        "getScanTasksList",
        ("v1.0",),
        _scan_tasks_list,
        {**PAGING, "name": text, "status": _STATUS},
    ),
    Method(
        "network",
        "getTaskStatus",
        ("v1.0",),
        _task_status,
        {"taskId": hex_id},
        required=("taskId",),
    ),
    Method(
        "network",
        "getTaskStatus",
        ("v1.1",),
        _task_status,
        {
            "taskId": hex_id,
            "options": record(returnSubtasks=boolean, page=integer(1), perPage=integer(1, 1000)),
            "subtaskFilters": record(status=_STATUS, endedAfter=loose_date, endedBefore=loose_date),
        },
        required=("taskId",),
    ),
)
