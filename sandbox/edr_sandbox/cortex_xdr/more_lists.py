"""The list calls beside those of :mod:`lists`: what each one filters and sorts by."""

from __future__ import annotations

from edr_sandbox.cortex_xdr.fields import words
from edr_sandbox.cortex_xdr.plans import NO_ORDER
from edr_sandbox.cortex_xdr.query import ListSpec, Rule
from edr_sandbox.cortex_xdr.rules import (
    EQUAL,
    PARTS,
    RANGE,
    at,
    flag,
    integers,
    lower,
    numbers,
    texts,
    time,
)

_ASSET_FIELDS = words(
    """asset_ids asset_names asset_classes asset_group_ids asset_categories asset_regions
    asset_providers asset_accounts asset_types asset_cloud_account_names
    asset_external_provider_ids asset_group_names"""
)
_TIME_OPERATORS = (*RANGE, *EQUAL)
_ANY = ("in", "nin")


def _sorts(names: str) -> dict[str, str]:
    return {name: name for name in words(names)}


CASES = ListSpec(
    "cases",
    "DATA",
    {
        "case_id": integers("case_id", *_ANY),
        "case_domain": texts("case_domain", *_ANY),
        "severity": texts("severity", *_ANY, values="info low medium high critical"),
        "status_progress": texts("status_progress", *_ANY),
        "assigned_user": texts("assigned_user_mail", *_ANY),
        "assigned_user_pretty": texts("assigned_user_pretty_name", *_ANY),
        "creation_time": time("creation_time", *_TIME_OPERATORS),
        "modification_time": time("modification_time", *_TIME_OPERATORS),
        "last_update_time": time("modification_time", *_TIME_OPERATORS),
        **{name: texts(name, *PARTS) for name in _ASSET_FIELDS},
        "asset_tags": Rule("pair", ("json_eq", "json_neq"), of=at("asset_tags")),
        "starred": flag("starred"),
    },
    _sorts("case_id severity creation_time modification_time"),
    default="creation_time",
)

ISSUES = ListSpec(
    "issues",
    "DATA",
    {
        "_insert_time": time("_insert_time"),
        "last_modified": time("last_update_timestamp"),
        "observation_time": time("observation_time"),
        "id": integers("id"),
        "external_id": texts("external_id"),
        "detection.method": texts("detection.method"),
        "detection.rule_id": texts("detection.rule_id"),
        "issue_domain": texts("domain"),
        "severity": texts("severity", values="INFO LOW MEDIUM HIGH CRITICAL"),
        "status.progress": texts("status.progress"),
        "assigned_to": texts("assigned_to"),
        "assigned_to_pretty": texts("assigned_to_pretty"),
        "category": texts("category"),
        "asset_ids": texts("asset_ids"),
        "asset_names": texts("asset_names"),
    },
    _sorts("id severity observation_time"),
    default="observation_time",
    options=frozenset(words("include_fields include_evidences include_actions")),
)

AGENT_REPORTS = ListSpec(
    "agent_reports",
    "data",
    {
        "endpoint_id": texts("ENDPOINTID"),
        "endpoint_name": texts("ENDPOINTNAME"),
        "type": texts("TYPE"),
        "sub_type": texts("SUBTYPE"),
        "result": texts("RESULT"),
        "domain": texts("DOMAIN"),
        "xdr_version": texts("TRAPSVERSION"),
        "category": lower("CATEGORY", "status,monitoring,audit"),
        "timestamp": time("TIMESTAMP"),
    },
    {
        "type": "TYPE",
        "category": "CATEGORY",
        "trapsversion": "TRAPSVERSION",
        "timestamp": "TIMESTAMP",
        "domain": "DOMAIN",
    },
    default="timestamp",
)

VIOLATIONS = ListSpec(
    "device_violations",
    "violations",
    {
        "endpoint_id_list": texts("endpoint_id"),
        "type": lower("type", "cd-rom,disk drive,floppy disk,portable device"),
        "ip_list": texts("ip"),
        **{name: texts(name) for name in words("vendor vendor_id product product_id serial")},
        "hostname": texts("hostname"),
        "violation_id_list": integers("violation_id"),
        "username": texts("username"),
        "timestamp": time("timestamp"),
    },
    _sorts("timestamp violation_id hostname type"),
    default="timestamp",
)

DISTRIBUTIONS = ListSpec(
    "distributions",
    "data",
    {
        **{
            name: texts(name, *EQUAL, *PARTS)
            for name in words("distribution_id name description agent_version")
        },
        "package_type": texts("package_type", *EQUAL, values="standalone upgrade kubernetes helm"),
        "platform": texts("platform", *EQUAL),
        "status": texts("status", *EQUAL, values="completed in_progress failed"),
    },
    _sorts("distribution_id name description package_type platform agent_version status"),
    default="creation_time",
    too_wide=400,
)

SCRIPTS = ListSpec(
    "scripts",
    "scripts",
    {
        **{name: texts(name) for name in words("name description created_by script_uid")},
        **{
            name: lower(name, "true,false")
            for name in words("windows_supported linux_supported macos_supported is_high_risk")
        },
        "modification_date": time("modification_date"),
    },
    {},
    default="modification_date",
    cap=0,
)

LEGACY_EXCEPTIONS = ListSpec(
    "legacy_exceptions",
    "DATA",
    {
        **{
            name: texts(name, "eq")
            for name in words("id rule_name platform status created_by user_email")
        },
        "module": integers("module"),
        "profile_ids": integers("profile_ids"),
    },
    _sorts("id rule_name platform modification_time status user_email"),
    default="modification_time",
)


def _prevention(table: str) -> ListSpec:
    names = words("rule_id rule_name description platform process_name path created_by")
    filters = {name: texts(name, *EQUAL, *PARTS) for name in names}
    filters |= {name: time(name, *_TIME_OPERATORS) for name in _TIMES}
    filters["status"] = texts("status", *EQUAL, values="active disabled expired")
    filters["is_global"] = flag("is_global")
    sorts = _sorts("rule_id rule_name platform status creation_time expiration_time")
    return ListSpec(table, "data", filters, sorts, default="creation_time")


def _rules(table: str, key: str, *more: str) -> ListSpec:
    filters = {name: texts(name, "EQ", "NEQ", "IN") for name in (*more, "severity")}
    filters[key] = integers(key, "EQ", "NEQ", "IN")
    operators = words("EQ NEQ GTE LTE")
    filters |= {name: time(name, *operators) for name in ("creation_time", "modification_time")}
    options = frozenset({"extended_view"})
    return ListSpec(table, "objects", filters, {}, default=key, options=options, ascending=True)


_TIMES = ("creation_time", "expiration_time")
DISABLE_PREVENTION = _prevention("disable_prevention")
DISABLE_INJECTION = _prevention("disable_injection_prevention")

IOCS = _rules("iocs", "rule_id", "indicator", "type", "reputation", "reliability", "comment")
BIOCS = _rules("biocs", "rule_id", "name")
CORRELATIONS = _rules("correlation_rules", "id", "name")


def _surface(table: str, key: str, filters: dict[str, Rule], default: str) -> ListSpec:
    options = frozenset({"use_page_token", "next_page_token"})
    return ListSpec(
        table, key, filters, {}, default=default, cap=500, options=options, ascending=True
    )


SERVICES = _surface(
    "external_services",
    "external_services",
    {
        "service_name": texts("service_name", "eq", "contains"),
        "service_type": texts("service_type"),
        "is_active": lower("is_active", "active,inactive"),
        "business_units_list": texts("business_units"),
    },
    "service_id",
)
EXPOSURES = _surface(
    "internet_exposures",
    "assets_internet_exposure",
    {
        "name": texts("name", "eq", "contains"),
        "type": lower("asset_type"),
        "business_units_list": texts("business_units"),
    },
    "name",
)
RANGES = _surface(
    "external_ip_ranges",
    "external_ip_address_ranges",
    {"business_units_list": texts("business_units")},
    "range_id",
)

_LISTED = words(
    "package_names vendors reported_exploited_by distribution_and_releases affected_cpu_archs"
)
VULNERABILITIES = ListSpec(
    "vulnerabilities",
    "data",
    {
        **{
            name: texts(name, *EQUAL, *PARTS)
            for name in words("vulnerability_id cvss_version attack_vector")
        },
        "cvss_severity": texts("cvss_severity", *EQUAL, values="NONE LOW MEDIUM HIGH CRITICAL"),
        "cvss_score": numbers("cvss_score"),
        "epss_score": numbers("epss_score"),
        "cisa_kev": flag("cisa_kev"),
        "first_published": time("first_published", *RANGE, "range"),
        "last_modified": time("last_modified", *RANGE, "range"),
        **{name: Rule("text", PARTS, of=at(name), many=PARTS) for name in _LISTED},
    },
    _sorts(
        """vulnerability_id cvss_score cvss_severity cvss_version epss_score cisa_kev attack_vector
        first_published last_modified"""
    ),
    default="vulnerability_id",
    cap=500,
    options=frozenset({"use_page_token", "next_page_token"}),
    ascending=True,
)

COMPLIANCE = ListSpec(
    "compliance_results",
    "data",
    {name: texts(name.upper(), "eq", "in") for name in words("assessment_profile standard_name")},
    {},
    default=NO_ORDER,
    ascending=True,
)
