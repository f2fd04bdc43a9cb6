"""The methods about incidents."""

from __future__ import annotations

from math import inf, nextafter
from typing import TYPE_CHECKING, Any

from edr_sandbox.gravityzone import records
from edr_sandbox.gravityzone.account_methods import company_in_reach
from edr_sandbox.gravityzone.calls import Call, Method, page_of
from edr_sandbox.gravityzone.checks import (
    RpcError,
    boolean,
    date,
    hex_id,
    integer,
    one_of,
    record,
    refuse,
    some_of,
    text,
)
from edr_sandbox.gravityzone.dates import parse_request_date
from edr_sandbox.gravityzone.generate import DAY
from edr_sandbox.gravityzone.index import DATES

if TYPE_CHECKING:
    from collections.abc import Callable

    from edr_sandbox.gravityzone.records import Incident
    from edr_sandbox.gravityzone.switches import Switches

# The date that each pair of filters is about.
_PAIRS = {
    "lastUpdated": ("startDate", "endDate"),
    "lastProcessed": ("processedStartDate", "processedEndDate"),
    "lastIncidentChange": ("changeStartDate", "changeEndDate"),
}
_Window = tuple[float, float]
_FILTERS = record(
    companyId=hex_id,
    endpointId=hex_id,
    status=some_of(*records.STATUSES),
    priority=some_of(*records.PRIORITIES),
    incidentType=some_of(records.EDR, records.XDR),
    mainAction=some_of(*records.ACTIONS),
    assignee=text,
    **{name: date for pair in _PAIRS.values() for name in pair},
)
# The filters by equality, and the attribute of an incident that each is about.
_MEMBERS = {
    "status": "status",
    "priority": "priority",
    "incidentType": "kind",
    "mainAction": "action",
}


def _incidents_list(call: Call) -> dict[str, Any]:
    filters: dict[str, Any] = call.params.get("filters", {})
    order = str(call.option("options", "sortBy") or "lastUpdated")
    if call.switches.sort_by_refused and call.option("options", "sortBy") is not None:
        raise refuse("Unexpected parameter 'options.sortBy'.")
    windows = _windows(filters, order, call.switches)
    company = company_in_reach(Call(call.world, call.version, filters), "companyId").id
    scope = frozenset({company})
    if call.option("options", "includeChildCompanies") or (
        not call.switches.include_children_needed
    ):
        scope = call.world.inventory.family(company)
    if call.switches.filters_ignored:
        filters, windows = {}, {}
    unknown = call.switches.change_null_until_touched
    query = (order, repr(windows), repr(filters), scope, unknown)
    found = call.world.incidents.remembered(
        query, lambda: _found(call, order, windows, filters, scope)
    )
    return page_of(call, found, call.world.view.incident_item, 1000)


def _windows(filters: dict[str, Any], order: str, switches: Switches) -> dict[str, _Window]:
    windows: dict[str, _Window] = {}
    for date_name, (first, last) in _PAIRS.items():
        if first not in filters and last not in filters:
            continue
        if first not in filters or last not in filters:
            raise refuse(f"The filters '{first}' and '{last}' must be used together.")
        if date_name == "lastIncidentChange" and switches.change_filter_refused:
            raise refuse(f"Unexpected parameter 'filters.{first}'.")
        if switches.sort_by_must_match and order != date_name:
            raise refuse(f"The filters '{first}' and '{last}' need 'sortBy' to be '{date_name}'.")
        windows[date_name] = _window(filters[first], filters[last], switches)
    return windows


def _window(first: str, last: str, switches: Switches) -> _Window:
    if switches.only_numeric_offsets and (first + last).count("Z"):
        raise refuse("Dates should carry a numeric offset.")
    start, end = parse_request_date(first), parse_request_date(last)
    if start > end:
        raise refuse("The start date should not be after the end date.")
    if switches.max_window_days is not None and end - start > switches.max_window_days * DAY:
        raise refuse(f"The date interval should not exceed {switches.max_window_days} days.")
    return start, nextafter(end, -inf) if switches.end_exclusive else end


def _found(
    call: Call,
    order: str,
    windows: dict[str, _Window],
    filters: dict[str, Any],
    scope: frozenset[str],
) -> list[Incident]:
    """Return what all filters let through, newest first; unknown dates come last."""
    tests: list[Callable[[Incident], bool]] = []
    if len(scope) < len(call.world.inventory.companies):
        tests.append(lambda one: one.company in scope)
    for name, attribute in _MEMBERS.items():
        if name in filters:
            tests.append(_among(attribute, frozenset(filters[name])))
    if "assignee" in filters:
        tests.append(_among("assignee", frozenset({filters["assignee"]})))
    if "endpointId" in filters:
        wanted = filters["endpointId"]
        tests.append(lambda one: one.endpoint is not None and one.endpoint.id == wanted)
    for name, (start, end) in windows.items():
        if name != order:
            tests.append(_within(DATES[name], start, end))
    unknown = call.switches.change_null_until_touched
    if unknown and "lastIncidentChange" in windows:
        tests.append(lambda one: one.touched)
    keep = (lambda one: all(test(one) for test in tests)) if tests else None
    found = call.world.incidents.newest_first(DATES[order], windows.get(order, (-inf, inf)), keep)
    if unknown and order == "lastIncidentChange":
        found.sort(key=lambda one: not one.touched)
    return found


def _among(attribute: str, allowed: frozenset[str]) -> Callable[[Incident], bool]:
    return lambda one: getattr(one, attribute) in allowed


def _within(attribute: str, start: float, end: float) -> Callable[[Incident], bool]:
    return lambda one: start <= getattr(one, attribute) <= end


def _incident(call: Call) -> dict[str, Any]:
    incident = call.world.incidents.by_id.get(call.params["id"])
    if incident is None or incident.company not in call.world.view.family():
        raise RpcError(
            call.switches.vanished_code,
            "Invalid params: the incident does not exists or the user has not enough rights"
            " to access it",
        )
    return call.world.view.incident_details(incident)


ROWS = (
    Method(
        "incidents",
        "getIncidentsList",
        ("v1.2",),
        _incidents_list,
        {
            "page": integer(1),
            "perPage": integer(10, 10_000),
            "filters": _FILTERS,
            "options": record(includeChildCompanies=boolean, sortBy=one_of(*DATES)),
        },
        group="incidents",
    ),
    Method(
        "incidents",
        "getIncident",
        ("v1.2",),
        _incident,
        {"id": hex_id},
        required=("id",),
        group="incidents",
    ),
)
