"""XQL: a tiny engine over canned tables, and the calls around it.

A query is ``dataset = <name>``; what follows it is taken and ignored. Datasets: ``xdr_data`` (the
events of the alerts), ``endpoints`` and ``management_auditing``; ``_time`` is what a time frame
applies to. Rows come in no order.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from edr_sandbox.cortex_xdr.generate import DAY
from edr_sandbox.cortex_xdr.replies import Refusal, invalid

if TYPE_CHECKING:
    from edr_sandbox.cortex_xdr.context import Context
    from edr_sandbox.cortex_xdr.world import World

Row = dict[str, Any]

PARALLEL = 4
INLINE = 1000
_DATASET = re.compile(r"\s*dataset\s*=\s*(\w+)")
_TABLES = {
    "endpoints": ("endpoints", "last_seen"),
    "management_auditing": ("management_logs", "AUDIT_INSERT_TIME"),
}
_DAILY = 5.0
_COST = 0.0016


@dataclass
class Execution:
    """A query that was started; ``polls`` is how often it still answers that it is pending."""

    rows: list[Row]
    outcome: str
    polls: int


_EXECUTIONS: WeakKeyDictionary[World, dict[str, Execution]] = WeakKeyDictionary()


def dataset(world: World, name: str) -> list[Row]:
    """Return the truth of a dataset: its rows without nulls, in no order; KeyError if unknown."""
    if name == "xdr_data":
        stored = {row["alert_id"]: row["local_insert_ts"] for row in world.truth("alerts")}
        counts: defaultdict[str, int] = defaultdict(int)
        rows = []
        for event in world.truth("events"):
            key = str(event["alert_id"])
            own = {
                "event_id": f"{key}-{counts[key]}",
                "_time": event["event_timestamp"],
                "insert_timestamp": stored[event["alert_id"]],
                "_vendor": "PANW",
            }
            counts[key] += 1
            rows.append({**event, **own})
    else:
        table, column = _TABLES[name]
        rows = [{**row, "_time": row[column]} for row in world.truth(table)]
    rows.reverse()
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


def start(context: Context, data: Row) -> object:
    """Start a query; the reply is its id."""
    _only(data, "query", "tenants", "timeframe")
    executions = _executions(context)
    _spend(context, sum(execution.polls > 0 for execution in executions.values()))
    match = _DATASET.match(str(data.get("query", "")))
    if match is None:
        raise Refusal(
            500, {"err_msg": "no viable alternative", "parse_err": {"line": 1, "column": 1}}
        )
    try:
        rows = dataset(context.world, match[1])
    except KeyError:
        raise Refusal(500, {"err_msg": f"dataset {match[1]} not found"}) from None
    low, high = _frame(context, data.get("timeframe"))
    if context.switches.xql_to == "exclusive":
        high -= 1
    number = 1 + len(executions)
    query_id = f"{number:014x}_{number}_inv"
    executions[query_id] = Execution(
        rows=[row for row in rows if low <= row.get("_time", -1) <= high],
        outcome=context.switches.xql_outcome,
        polls=context.switches.xql_pending_polls,
    )
    return {"reply": query_id}


def results(context: Context, data: Row) -> object:
    """Tell how a query stands, with its rows or the id of their stream once it is finished."""
    _only(data, "query_id", "pending_flag", "limit", "format")
    if data.get("format", "json") != "json":
        raise invalid("only json is simulated", "format", given=data["format"])
    execution = _execution(context, data.get("query_id"))
    status = execution.outcome
    if execution.polls > 0:
        execution.polls -= 1
        if data.get("pending_flag", True):
            return {"reply": {"status": _cased(context, "PENDING")}}
        execution.polls = 0
    reply: Row = {"status": _cased(context, status)}
    if not status.endswith("SUCCESS"):
        return {"reply": reply | {"error_message": "Query execution ran out of resources"}}
    rows, total = _cut(context, execution)
    reply |= {
        "number_of_results": total,
        "query_cost": {"tenant_id_1": _COST},
        "remaining_quota": _DAILY - _COST * len(_executions(context)),
    }
    limit = data.get("limit")
    if len(rows) > context.switches.xql_stream_above and (limit is None or limit > INLINE):
        return {"reply": reply | {"results": {"stream_id": f"stream-{data['query_id']}"}}}
    return {"reply": reply | {"results": {"data": rows[: limit or len(rows)]}}}


def stream(context: Context, data: Row) -> object:
    """Return the rows of a long result, a line each, compressed when asked."""
    _only(data, "stream_id", "is_gzip_compressed")
    execution = _execution(context, str(data.get("stream_id")).removeprefix("stream-"))
    rows, _ = _cut(context, execution)
    body = "".join(f"{json.dumps(row)}\n" for row in rows).encode()
    return gzip.compress(body, 1) if data.get("is_gzip_compressed") else body


def quota(context: Context, data: Row) -> object:
    """Return the daily quota and who uses it."""
    _only(data)
    executions = _executions(context)
    running = {key: each for key, each in executions.items() if each.polls > 0}
    return {
        "reply": {
            "license_quota": _DAILY,
            "additional_purchased_quota": 0,
            "used_quota": _COST * len(executions),
            "eval_quota": 0,
            "total_daily_running_queries": len(executions),
            "total_daily_concurrent_rejected_queries": 0,
            "current_concurrent_active_queries": {key: {"duration": 1} for key in running},
            "current_concurrent_active_queries_count": len(running),
            "max_daily_concurrent_active_query_count": PARALLEL,
        }
    }


def _executions(context: Context) -> dict[str, Execution]:
    return _EXECUTIONS.setdefault(context.world, {})


def _execution(context: Context, query_id: object) -> Execution:
    try:
        return _executions(context)[str(query_id)]
    except KeyError:
        raise Refusal(500, "query id not found") from None


def _only(data: Row, *names: str) -> None:
    for name, value in data.items():
        if name not in names:
            raise invalid(f"{name} is not a valid parameter", name, given=value)


def _spend(context: Context, running: int) -> None:
    """Refuse a query beyond the quota, or a fifth one; then one of the others comes to its end."""
    switches = context.switches
    extra: Row = {
        "query_cost": {"tenant_id_1": _COST},
        "remaining_quota": 0.0 if switches.xql_quota_exhausted else _DAILY,
        "total_daily_running_queries": len(_executions(context)),
        "total_daily_concurrent_rejected_queries": 1,
    }
    if switches.xql_quota_exhausted:
        raise Refusal(500, {"err_msg": "the daily query quota was exceeded", **extra})
    if running + switches.xql_others_running >= PARALLEL:
        switches.xql_others_running = max(0, switches.xql_others_running - 1)
        text = "reached max allowed amount of parallel running queries"
        raise Refusal(500, {"err_msg": text, **extra})


def _frame(context: Context, frame: object) -> tuple[int, int]:
    """Return the bounds of a time frame in epoch ms; the last 24 hours when there is none."""
    now = context.world.now()
    if frame is None:
        return now - DAY, now
    if isinstance(frame, dict):
        values = list(frame.values())
        whole = all(isinstance(each, int) and not isinstance(each, bool) for each in values)
        if whole and set(frame) == {"from", "to"} and frame["from"] <= frame["to"]:
            return frame["from"], frame["to"]
        if whole and set(frame) == {"relativeTime"}:
            return now - values[0], now
    raise invalid("timeframe must hold from and to, or relativeTime", "timeframe", given=frame)


def _cut(context: Context, execution: Execution) -> tuple[list[Row], int]:
    switches = context.switches
    rows = execution.rows
    if len(rows) < switches.xql_cap:
        return rows, len(rows)
    return rows[: switches.xql_cap], switches.xql_total


def _cased(context: Context, status: str) -> str:
    return status if context.switches.xql_status_case == "upper" else status.lower()
