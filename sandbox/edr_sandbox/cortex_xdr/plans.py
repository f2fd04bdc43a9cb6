"""The tables beside incidents, alerts, endpoints and audits: keys, times, and sorted columns.

Their rows are generated when a table is first looked at: most tests never do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from edr_sandbox.cortex_xdr.fields import words
from edr_sandbox.cortex_xdr.table import Row, Table

Column = Callable[[Row], Any]

# Keys of rows without an id begin so; the calls do not print them.
HIDDEN_KEY = "_row"
# The column of a list without any order.
NO_ORDER = "_none"
_CASE_RANKS = words("info low medium high critical")
_ISSUE_RANKS = words("INFO LOW MEDIUM HIGH CRITICAL")
_CVSS_RANKS = words("NONE LOW MEDIUM HIGH CRITICAL")


@dataclass(frozen=True)
class Plan:
    """A table: ``first`` is its first number, ``count`` the number of rows that it begins with.

    ``born`` and ``changed`` are the times that move when a row is stored and when it is changed;
    ``times`` are all of them. ``texts`` and ``numbers`` are the columns to sort by.
    """

    key: str
    count: int
    first: int = 1
    born: str = ""
    changed: str = ""
    times: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    ranks: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def moves(self) -> tuple[str, ...]:
        """Return the times that tell when a row was stored or last changed."""
        return tuple(filter(None, (self.born, self.changed)))

    def table(self, name: str) -> Table:
        """Return the empty table."""
        columns: dict[str, Column] = {each: _number(each) for each in (*self.times, *self.numbers)}
        columns |= {each: _text(each) for each in self.texts}
        columns |= {each: _rank(each, order) for each, order in self.ranks}
        columns[NO_ORDER] = lambda _row: 0
        return Table(name, self.key, columns)


def _number(name: str) -> Column:
    return lambda row: -1 if row.get(name) is None else row[name]


def _text(name: str) -> Column:
    return lambda row: str(row.get(name) or "")


def _rank(name: str, order: tuple[str, ...]) -> Column:
    return lambda row: order.index(row[name]) if row.get(name) in order else -1


_CHANGED = ("creation_time", "modification_time")
_PREVENTION = Plan(
    "rule_id",
    8,
    born="creation_time",
    times=("creation_time", "expiration_time"),
    texts=words("rule_id rule_name platform status"),
)
_RISK = Plan("id", 20)
_OBSERVED = ("first_observed", "last_observed")

PLANS: dict[str, Plan] = {
    "cases": Plan(
        "case_id",
        30,
        90,
        "creation_time",
        "modification_time",
        (*_CHANGED, "resolved_timestamp"),
        numbers=("case_id",),
        ranks=(("severity", _CASE_RANKS),),
    ),
    "issues": Plan(
        "id",
        120,
        940,
        "_insert_time",
        "last_update_timestamp",
        words("_insert_time observation_time last_update_timestamp resolution_status_modified_ts"),
        numbers=("id",),
        ranks=(("severity", _ISSUE_RANKS),),
    ),
    "agent_reports": Plan(
        HIDDEN_KEY,
        350,
        born="RECEIVEDTIME",
        times=("TIMESTAMP", "RECEIVEDTIME"),
        texts=words("TYPE CATEGORY TRAPSVERSION DOMAIN"),
    ),
    "device_violations": Plan(
        "violation_id",
        130,
        95,
        "timestamp",
        times=("timestamp",),
        numbers=("violation_id",),
        texts=words("hostname type"),
    ),
    "distributions": Plan(
        "distribution_id",
        12,
        born="creation_time",
        changed="modification_time",
        times=(*_CHANGED, "eol_time"),
        texts=words("distribution_id name description package_type platform agent_version status"),
    ),
    "agent_versions": Plan(HIDDEN_KEY, 9),
    "scripts": Plan("script_uid", 15, changed="modification_date", times=("modification_date",)),
    "users": Plan("user_email", 9, changed="last_logged_in", times=("last_logged_in",)),
    "roles": Plan(
        "pretty_name", 4, 1, "insert_time", "update_time", ("insert_time", "update_time")
    ),
    "user_groups": Plan(
        "group_name", 3, 1, "insert_time", "update_time", ("insert_time", "update_time")
    ),
    "risky_users": _RISK,
    "risky_hosts": _RISK,
    "legacy_exceptions": Plan(
        "id",
        130,
        changed="modification_time",
        times=("modification_time",),
        texts=words("id rule_name platform status user_email"),
    ),
    "disable_prevention": _PREVENTION,
    "disable_injection_prevention": _PREVENTION,
    "alert_exclusions": Plan(
        "ALERT_WHITELIST_ID",
        12,
        changed="ALERT_WHITELIST_MODIFY_TIME",
        times=("ALERT_WHITELIST_MODIFY_TIME",),
    ),
    "iocs": Plan(
        "rule_id", 130, 95, *_CHANGED, times=(*_CHANGED, "expiration_date"), numbers=("rule_id",)
    ),
    "biocs": Plan("rule_id", 20, 1, *_CHANGED, times=_CHANGED, numbers=("rule_id",)),
    "correlation_rules": Plan("id", 110, 95, *_CHANGED, times=_CHANGED, numbers=("id",)),
    "datasets": Plan("dataset_name", 25, changed="last_updated", times=("last_updated",)),
    "tenant_info": Plan(HIDDEN_KEY, 2),
    "external_services": Plan(
        "service_id", 620, 1, *_OBSERVED, times=_OBSERVED, texts=("service_id",)
    ),
    "internet_exposures": Plan(HIDDEN_KEY, 40, 1, *_OBSERVED, times=_OBSERVED, texts=("name",)),
    "external_ip_ranges": Plan(
        "range_id", 30, born="date_added", times=("date_added",), texts=("range_id",)
    ),
    "assets": Plan(
        "xdm.asset.id",
        150,
        1,
        "xdm.asset.first_observed",
        "xdm.asset.last_observed",
        ("xdm.asset.first_observed", "xdm.asset.last_observed"),
    ),
    "vulnerabilities": Plan(
        "vulnerability_id",
        60,
        1,
        "first_published",
        "last_modified",
        ("first_published", "last_modified"),
        numbers=("cvss_score", "epss_score", "cisa_kev"),
        texts=words("vulnerability_id cvss_version attack_vector"),
        ranks=(("cvss_severity", _CVSS_RANKS),),
    ),
    "compliance_results": Plan(
        HIDDEN_KEY, 110, born="LAST_EVALUATION_TIME", times=("LAST_EVALUATION_TIME",)
    ),
}
