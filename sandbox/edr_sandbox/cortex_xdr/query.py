"""Read the body of a list call strictly: filters, sort and window."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from edr_sandbox.cortex_xdr.replies import SIZE, invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from edr_sandbox.cortex_xdr.switches import Switches

Row = dict[str, Any]

SECONDS_BELOW = 100_000_000_000  # a smaller number is a time in seconds, where those are allowed
DEEP = 10_000


@dataclass(frozen=True)
class Rule:
    """What a filter field takes: operators, and a value of one kind (``many``: a list of them).

    ``column`` is the range column of a time; ``of`` reads what any other filter compares.
    """

    kind: Literal["time", "text", "integer", "number", "boolean", "pair"]
    operators: tuple[str, ...]
    column: str = ""
    of: Callable[[Row], Any] = lambda _: None
    values: frozenset[str] | None = None
    seconds: bool = False
    switch: str = ""
    many: tuple[str, ...] = ("in", "nin", "IN")


@dataclass(frozen=True)
class ListSpec:
    """A list call. ``sorts`` are request names by column; ``default`` ends the refused ones.

    ``sort_switches`` names the switch that decides on a sort; an ignored one falls back to
    ``default``, or to ``other`` when it is itself the default. ``pinned`` is the highest total,
    ``cap`` the most rows of a page (0: no paging at all), ``too_wide`` the status beyond it;
    ``options`` are further parameters. A call without ``sorts`` takes no sort.
    """

    table: str
    list_key: str
    filters: Mapping[str, Rule]
    sorts: Mapping[str, str]
    default: str
    other: str = ""
    sort_switches: Mapping[str, str] = field(default_factory=dict)
    upper_case: bool = False
    pinned: int | None = None
    shape: str = ""
    cap: int = 100
    too_wide: int = 500
    options: frozenset[str] = frozenset()
    ascending: bool = False


@dataclass(frozen=True)
class Query:
    """A valid request: ranges by column, other tests, sort and window."""

    ranges: dict[str, tuple[float, float]]
    tests: list[Callable[[Row], bool]]
    name: str
    column: str
    descending: bool
    start: int
    stop: int


def parse(data: dict[str, Any], spec: ListSpec, switches: Switches) -> Query:
    """Return the query that ``request_data`` asks for, or raise the refusal of the vendor."""
    for name, value in data.items():
        if name not in _allowed(spec):
            raise invalid(f"{name} is not a valid parameter", name, given=value)
    filters = data.get("filters", [])
    if not isinstance(filters, list):
        raise invalid("filters must be a list", "filters", given=filters)
    ranges: dict[str, tuple[float, float]] = {}
    tests: list[Callable[[Row], bool]] = []
    for place, entry in enumerate(filters):
        rule, operator, value = _condition(place, entry, spec)
        mode = getattr(switches, rule.switch) if rule.switch else "honoured"
        if mode == "refused":
            raise invalid(f"Unsupported filter field {entry['field']}", "filters", place)
        if mode == "ignored":
            continue
        if rule.kind == "time" and operator.lower() != "neq":
            _narrow(ranges, rule, operator.lower(), value, exclusive=switches.lte == "exclusive")
        else:
            tests.append(_test(rule, operator, value))
        if entry["field"] == "alert_sources" and switches.alert_sources_quirk:
            tests.append(_quirk(filters, value))
    column, descending = _order(data, spec, switches)
    start, stop = _window(data, spec)
    if spec.table == "agent_reports" and switches.report_bounds == "whole_ms":
        ranges = {name: (low, high + 0.9999) for name, (low, high) in ranges.items()}
    name = json.dumps([filters, switches.state()], sort_keys=True, default=str)
    return Query(ranges, tests, f"{column} {name}", column, descending, start, stop)


def _condition(place: int, entry: object, spec: ListSpec) -> tuple[Rule, str, Any]:
    loc = ("filters", place)
    if not isinstance(entry, dict) or set(entry) != {"field", "operator", "value"}:
        raise invalid("a filter consists of field, operator and value", *loc, given=entry)
    name, operator, value = entry["field"], entry["operator"], entry["value"]
    rule = spec.filters.get(name) if isinstance(name, str) else None
    if rule is None:
        raise invalid(f"Unsupported filter field {name}", *loc, "field", given=name)
    if operator not in rule.operators:
        raise invalid(
            f"Unsupported operator {operator} for {name}", *loc, "operator", given=operator
        )
    if operator.lower() in rule.many:
        good = isinstance(value, list) and value and all(_fits(rule, item) for item in value)
    elif operator == "range":
        bounds = list(value.values()) if isinstance(value, dict) else []
        good = bounds and set(value) == {"from", "to"} and all(_fits(rule, end) for end in bounds)
    else:
        good = _fits(rule, value, free="contains" in operator)
    if not good:
        raise invalid(f"Invalid value for {name} {operator}", *loc, "value", given=value)
    return rule, operator, value


def _fits(rule: Rule, value: object, *, free: bool = False) -> bool:
    match rule.kind:
        case "text":
            return isinstance(value, str) and (free or rule.values is None or value in rule.values)
        case "boolean":
            return isinstance(value, bool)
        case "time" | "integer":
            return isinstance(value, int) and not isinstance(value, bool) and value >= 0
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "pair":
            return isinstance(value, dict) and set(value) == {"key", "value"}


def _narrow(
    ranges: dict[str, tuple[float, float]],
    rule: Rule,
    operator: str,
    value: Any,
    *,
    exclusive: bool,
) -> None:
    if operator == "range":
        _narrow(ranges, rule, "gte", value["from"], exclusive=exclusive)
        _narrow(ranges, rule, "lte", value["to"], exclusive=exclusive)
        return
    if rule.seconds and value < SECONDS_BELOW:
        value *= 1000
    low, high = ranges.get(rule.column, (0, 1 << 62))
    if operator != "lte":
        low = max(low, value)
    if operator != "gte":
        high = min(high, value - 1 if exclusive and operator == "lte" else value)
    ranges[rule.column] = (low, high)


def _test(rule: Rule, operator: str, value: object) -> Callable[[Row], bool]:
    values = value if isinstance(value, list) else [value]
    wanted = values if rule.kind == "pair" else frozenset(values)
    act = operator.lower()

    def found(row: Row) -> bool:
        held = rule.of(row)
        if act in {"gte", "lte"}:
            return held is not None and (held >= value if act == "gte" else held <= value)
        if isinstance(held, list):
            return any(each in held for each in wanted)
        if "contains" in act:
            return any(str(each) in (held or "") for each in wanted)
        return held in wanted

    negative = act in {"neq", "nin", "not_contains", "json_neq"}
    return (lambda row: not found(row)) if negative else found


def _order(data: dict[str, Any], spec: ListSpec, switches: Switches) -> tuple[str, bool]:
    if "sort" not in data:
        return spec.sorts.get(spec.default, spec.default), not spec.ascending
    sort = data["sort"]
    word = switches.violation_sort if spec.table == "device_violations" else "keyword"
    if not isinstance(sort, dict) or set(sort) != {"field", word}:
        raise invalid(f"sort must have exactly field and {word}", "sort", given=sort)
    name, keyword = sort["field"], sort[word]
    if not isinstance(name, str) or name not in spec.sorts:
        raise invalid(f"Unsupported sort field {name}", "sort", "field", given=name)
    upper = spec.upper_case and not (switches.endpoint_keyword == "any" and str(keyword).islower())
    if keyword not in (("ASC", "DESC") if upper else ("asc", "desc")):
        raise invalid(f"Invalid sort keyword {keyword}", "sort", "keyword", given=keyword)
    switch = spec.sort_switches.get(name)
    mode = getattr(switches, switch) if switch else "honoured"
    if mode == "refused":
        raise invalid(f"Unsupported sort field {name}", "sort", "field", given=name)
    if mode == "ignored":
        fallback = spec.default if name != spec.default else spec.other
        return spec.sorts[fallback], True
    column = spec.sorts[name]
    if column == "incident_id" and switches.incident_id_order == "text":
        column = "incident_id_text"
    return column, keyword.lower() == "desc"


def _allowed(spec: ListSpec) -> set[str]:
    paging = {"search_from", "search_to"} if spec.cap else set()
    return {"filters", *paging, *(["sort"] if spec.sorts else []), *spec.options}


def _window(data: dict[str, Any], spec: ListSpec) -> tuple[int, int]:
    if not spec.cap:
        return 0, DEEP
    start, stop = data.get("search_from", 0), data.get("search_to", 100)
    for name, value in (("search_from", start), ("search_to", stop)):
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise invalid(f"{name} must be a non-negative integer", name, given=value)
    if not 0 < stop - start <= spec.cap:
        refusal = invalid(SIZE.replace("100", str(spec.cap)), "search_to", given=stop)
        refusal.status = spec.too_wide
        raise refusal
    return start, stop


def _quirk(filters: list[Any], value: list[str]) -> Callable[[Row], bool]:
    """``alert_sources`` fails beside another filter and finds nothing for two values."""
    if len(filters) > 1:
        raise invalid("Unexpected error in filter alert_sources", "filters", given=filters)
    return lambda _: len(value) == 1
