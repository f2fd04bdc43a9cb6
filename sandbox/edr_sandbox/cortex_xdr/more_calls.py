"""The rest of the call table: cases and issues, reports, settings, rules, risk, attack surface."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from edr_sandbox.cortex_xdr import inventory, more_lists, tokens
from edr_sandbox.cortex_xdr.call import Call
from edr_sandbox.cortex_xdr.listing import Page, listing, page_of, said
from edr_sandbox.cortex_xdr.replies import Refusal, invalid
from edr_sandbox.cortex_xdr.shapes import disguised

if TYPE_CHECKING:
    from edr_sandbox.cortex_xdr.context import Context
    from edr_sandbox.cortex_xdr.query import ListSpec

Data = dict[str, Any]

_OPTIONAL = ("normalized_fields", "custom_fields", "evidences", "actions")


def _nothing(data: Data) -> None:
    for name, value in data.items():
        raise invalid(f"{name} is not a valid parameter", name, given=value)


def _rows(context: Context, table: str) -> list[Data]:
    world = context.world
    return [
        disguised(table, key, world.emitted(table, key), context.switches)
        for key in world.keys(table)
    ]


def _page(context: Context, spec: ListSpec, data: Data) -> tuple[Page, int | None]:
    """Return a page and the number of matching rows as the tenant tells it."""
    page = page_of(context.world, context.switches, spec, data)
    return page, said(page.matching, len(page.rows), context.switches)


def _counted(spec: ListSpec, context: Context, data: Data) -> Data:
    return {"reply": listing(context.world, context.switches, spec, data)}


def _upper(spec: ListSpec, context: Context, data: Data) -> Data:
    """FILTER_COUNT counts the matching rows and TOTAL_COUNT all, or the other way round."""
    page, matching = _page(context, spec, data)
    counts = [matching, page.stored]
    filtered, total = counts[::-1] if context.switches.counts_swapped else counts
    return {"reply": {"TOTAL_COUNT": total, "FILTER_COUNT": filtered, "DATA": page.rows}}


def _issues(context: Context, data: Data) -> Data:
    fields = data.get("include_fields", [])
    if not isinstance(fields, list) or not set(map(str, fields)) <= set(_OPTIONAL[:2]):
        raise invalid("include_fields is not valid", "include_fields", given=fields)
    asked = set(fields)
    for name in _OPTIONAL[2:]:
        flag = data.get(f"include_{name}", False)
        if not isinstance(flag, bool):
            raise invalid(f"include_{name} must be a boolean", f"include_{name}", given=flag)
        asked |= {name} if flag else set()
    answer = _upper(more_lists.ISSUES, context, data)
    for row in answer["reply"]["DATA"]:
        for name in set(_OPTIONAL) - asked:
            row.pop(name, None)
    return answer


def _exceptions(spec: ListSpec, context: Context, data: Data) -> Data:
    """These calls name the rows returned the filtered ones, and the matching ones the total."""
    page, matching = _page(context, spec, data)
    names = ("FILTER_COUNT", "TOTAL_COUNT")
    if spec.list_key.islower():
        names = ("filter_count", "total_count")
    return {"reply": {spec.list_key: page.rows, names[0]: len(page.rows), names[1]: matching}}


def _distributions(context: Context, data: Data) -> Data:
    page, matching = _page(context, more_lists.DISTRIBUTIONS, data)
    return {"reply": {"data": page.rows, "filter_count": matching, "total_count": page.stored}}


def _versions(context: Context, data: Data) -> Data:
    _nothing(data)
    reply: dict[str, list[str]] = {}
    for row in _rows(context, "agent_versions"):
        reply.setdefault(row["platform"], []).append(row["version"])
    return {"reply": reply}


def _scripts(context: Context, data: Data) -> Data:
    if "filters" not in data:
        raise invalid("filters is required", "filters")
    page, _ = _page(context, more_lists.SCRIPTS, data)
    counts = {"total_count": page.stored, "result_count": len(page.rows)}
    return {"reply": {**counts, "scripts": page.rows}}


def _everything(table: str, context: Context, data: Data) -> Data:
    _nothing(data)
    return {"reply": _rows(context, table)}


def _named(table: str, key: str, parameter: str, context: Context, data: Data) -> Data:
    """Return the rows of the names that are asked for; there is no way to ask for all."""
    names = data.get(parameter)
    if set(data) - {parameter} or not isinstance(names, list) or not names:
        raise invalid(f"{parameter} must be a list of names", parameter, given=names)
    rows = [row for row in _rows(context, table) if row[key] in names]
    nested = table == "roles" and context.switches.roles_nested
    return {"reply": [[row] for row in rows] if nested else rows}


def _risk(table: str, context: Context, data: Data) -> Data:
    if context.switches.identity_threat_missing:
        raise Refusal(500, "No identity threat module is enabled")
    return _everything(table, context, data)


def _exclusions(context: Context, data: Data) -> Data:
    """Return the whole list: the one known client cuts it itself, whatever it sent as limit."""
    for name, value in data.items():
        if name not in {"filter", "limit"}:
            raise invalid(f"{name} is not a valid parameter", name, given=value)
    if not isinstance(data.get("filter", {}), dict):
        raise invalid("filter must be an object", "filter", given=data["filter"])
    return {"reply": _rows(context, "alert_exclusions")}


def _rules(spec: ListSpec, kind: str, context: Context, data: Data) -> Data:
    extended = data.get("extended_view", False)
    if not isinstance(extended, bool):
        raise invalid("extended_view must be a boolean", "extended_view", given=extended)
    page, matching = _page(context, spec, data)
    count = matching if context.switches.objects_count == "matching" else len(page.rows)
    return {"objects_count": count, "objects": page.rows, "objects_type": kind}


def tenant(context: Context, data: Data) -> Data:
    """Answer ``get_tenant_info``: the one tenant, or the list of all of them."""
    _nothing({name: value for name, value in data.items() if (name, value) != ("filters", [])})
    tenants = _rows(context, "tenant_info")
    return {"reply": tenants if context.switches.tenant_form == "list" else tenants[0]}


def _compliance(context: Context, data: Data) -> Data:
    """Answer ``get_assessment_results``; the frame of this answer is a choice, not documented."""
    spec, mode = more_lists.COMPLIANCE, context.switches.compliance_paging
    if mode == "refused":
        spec = replace(spec, cap=0)
    elif mode == "ignored":
        data = {name: value for name, value in data.items() if not name.startswith("search_")}
        spec = replace(spec, cap=0)
    page, matching = _page(context, spec, data)
    counts = {"filter_count": matching, "result_count": len(page.rows), "total_count": page.stored}
    return {"reply": {**counts, context.switches.compliance_key: page.rows}}


def _table(table: str) -> Call:
    return Call(partial(_everything, table), bare=True, untyped=True)


def _risk_call(table: str) -> Call:
    return Call(partial(_risk, table), bare=True, untyped=True)


def _surface(spec: ListSpec) -> Call:
    return Call(lambda context, data: tokens.surface(context, spec, data))


def _rule_call(spec: ListSpec, kind: str) -> Call:
    return Call(partial(_rules, spec, kind), application=True)


MORE_CALLS: dict[str, Call] = {
    "v1/case/search": Call(partial(_upper, more_lists.CASES), missing="cases_missing", plain=True),
    "v1/issue/search": Call(_issues, missing="issues_missing", plain=True),
    "v1/audits/agents_reports": Call(partial(_counted, more_lists.AGENT_REPORTS)),
    "v1/device_control/get_violations": Call(partial(_counted, more_lists.VIOLATIONS)),
    "v1/distributions/get_distributions": Call(_distributions),
    "v1/distributions/get_versions": Call(_versions),
    "v1/scripts/get_scripts": Call(_scripts),
    "v1/rbac/get_users": _table("users"),
    "v1/rbac/get_roles": Call(partial(_named, "roles", "pretty_name", "role_names")),
    "v1/rbac/get_user_group": Call(partial(_named, "user_groups", "group_name", "group_names")),
    "v1/get_risky_users": _risk_call("risky_users"),
    "v1/get_risky_hosts": _risk_call("risky_hosts"),
    "v1/legacy_exceptions/fetch": Call(partial(_exceptions, more_lists.LEGACY_EXCEPTIONS)),
    "v1/disable_prevention/fetch": Call(partial(_exceptions, more_lists.DISABLE_PREVENTION)),
    "v1/disable_injection_prevention_rules/fetch": Call(
        partial(_exceptions, more_lists.DISABLE_INJECTION)
    ),
    "v1/alerts_exclusion": Call(_exclusions),
    "v1/indicators/get": _rule_call(more_lists.IOCS, "ioc"),
    "v1/bioc/get": _rule_call(more_lists.BIOCS, "bioc"),
    "v1/correlations/get": _rule_call(more_lists.CORRELATIONS, "correlation"),
    "v1/xql/get_datasets": Call(partial(_everything, "datasets"), wrapper="request"),
    "v1/system/get_tenant_info": Call(tenant),
    "v1/assets": Call(inventory.assets),
    "v1/assets/get_external_services": _surface(more_lists.SERVICES),
    "v1/assets/get_assets_internet_exposure": _surface(more_lists.EXPOSURES),
    "v1/assets/get_external_ip_address_ranges": _surface(more_lists.RANGES),
    "uvem/v1/get_vulnerabilities": Call(tokens.vulnerabilities),
    "v1/compliance/get_assessment_results": Call(_compliance),
}
