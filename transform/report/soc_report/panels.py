"""The panels of the report: a question, the SQL that answers it, and how the answer is drawn."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from soc_report import charts
from soc_report.warehouse import Warehouse


@dataclass(frozen=True)
class Panel:
    """A question; its SQL names models in braces, and selects ``tenant``.

    ``chart`` is a Vega-Lite specification without data, or nothing for a table alone. With
    ``tiles`` a single row is shown as large figures; ``wide`` takes the whole width of the page.
    """

    name: str
    title: str
    question: str
    sql: str
    chart: dict[str, Any] | None = None
    tiles: bool = False
    wide: bool = False


def filled(panel: Panel, warehouse: Warehouse) -> dict[str, Any]:
    """Return a panel with the warehouse's answer, ready for JSON."""
    return asdict(panel) | {"rows": warehouse.query(panel.sql)}


PANELS = [
    Panel(
        "scorecard",
        "Tenants",
        "How does each tenant stand?",
        """
        select
            tenant, open_incidents, open_high_or_critical, open_unassigned,
            median_minutes_to_resolve_30_days, sla_breach_rate, false_positive_rate,
            detections_30_days, endpoints, stale_endpoints, unprotected_endpoints,
            share_without_gaps
        from {tenant_scorecard}
        order by tenant
        """,
        tiles=True,
        wide=True,
    ),
    Panel(
        "backlog",
        "Open incidents at the end of each day",
        "Is the backlog growing, and with what?",
        """
        select tenant, day, severity, sum(open_at_end) as open_incidents
        from {incident_backlog_daily}
        where day >= (
            select min(day) from {incident_backlog_daily} where opened > 0 or open_at_end > 0
        )
        group by tenant, day, severity
        order by day, tenant, severity
        """,
        charts.areas("day", "open_incidents", "severity"),
    ),
    Panel(
        "detections",
        "Detections a day",
        "How much is detected, and by which product?",
        """
        select tenant, day, product, sum(detections) as detections, sum(prevented) as prevented
        from {detection_volume_daily}
        group by tenant, day, product
        order by day, tenant, product
        """,
        charts.areas("day", "detections", "product"),
    ),
    Panel(
        "open_incidents",
        "Open incidents, worst first",
        "What is to be done next?",
        """
        select
            tenant, severity, title, product, assignee, device_name, open_age_hours,
            is_sla_breached, console_url
        from {fct_incidents}
        where not is_closed and not is_duplicate
        order by
            case when severity_id = 99 then 0 else severity_id end desc,
            open_age_hours desc, incident_key
        limit 200
        """,
        wide=True,
    ),
    Panel(
        "times",
        "Minutes to resolve, by the week of creation",
        "How long do incidents take, in the middle?",
        """
        select
            tenant, week_start, product, severity, resolve_count,
            detect_median_minutes, resolve_median_minutes, resolve_p90_minutes, sla_breaches
        from {mttd_mttr_weekly}
        where resolve_count > 0
        order by week_start, tenant, product, severity
        """,
        charts.lines("week_start", "resolve_median_minutes", "severity", "product"),
    ),
    Panel(
        "workload",
        "Incidents by owner",
        "Who has how much open, and what does nobody own?",
        """
        select
            tenant, assignee, product, open_incidents, open_high_or_critical, open_beyond_sla,
            closed_30_days, median_minutes_to_resolve
        from {analyst_workload}
        order by open_incidents desc, tenant, product, assignee
        limit 200
        """,
        charts.bars("assignee", "open_incidents", "product"),
    ),
    Panel(
        "spikes",
        "Spikes",
        "On which days was much more detected than in the week before?",
        """
        select
            tenant, day, product, detection_source, category, severity, detections,
            mean_of_previous_7_days, ratio
        from {detection_volume_daily}
        where is_spike
        order by day desc, ratio desc, tenant, product, detection_source, category
        limit 500
        """,
    ),
    Panel(
        "rules",
        "Rules",
        "Which rules make the most noise, and how often are they wrong?",
        """
        select
            tenant, rule_name, product, detections, devices, judged, false_positives,
            false_positive_rate, share_of_volume
        from {rule_quality}
        order by detections desc, tenant, product, rule_name
        limit 200
        """,
        charts.bars("rule_name", "detections", "product"),
    ),
    Panel(
        "mitre",
        "Tactics of MITRE ATT&CK",
        "Which tactics are seen, and which never?",
        """
        select tenant, attack_name as tactic, attack_uid, product, hits, devices, last_seen_at
        from {mitre_coverage}
        where kind = 'tactic'
        order by hits desc, attack_uid, tenant, product
        """,
        charts.bars("tactic", "hits", "product", most=20),
    ),
    Panel(
        "risk",
        "Machines that keep turning up",
        "Which machines were in trouble in the last 90 days?",
        """
        select
            tenant, hostname, os_family, last_user, open_incidents, worst_open_severity,
            incidents_90_days, detections_30_days, detections_90_days, last_detected_at, is_infected
        from {endpoint_risk}
        where detections_90_days > 0 or incidents_90_days > 0 or is_infected
        order by
            open_incidents desc, incidents_90_days desc, detections_90_days desc, tenant, hostname
        limit 200
        """,
        charts.bars("hostname", "detections_90_days", "os_family"),
    ),
    Panel(
        "gaps",
        "Machines with gaps",
        "Which machines lack protection?",
        """
        select
            tenant, hostname, os_family, company_name, last_seen_at, gaps,
            is_missing_in_gravityzone, is_missing_in_cortex_xdr, is_unmanaged, is_stale,
            is_unprotected, is_outdated
        from {endpoint_coverage}
        where gaps > 0
        order by gaps desc, tenant, hostname, device_key
        limit 500
        """,
        wide=True,
    ),
    Panel(
        "quarantine",
        "Quarantine",
        "What lies in quarantine, and what failed?",
        """
        select
            tenant, company_name, threat_name, service, items, endpoints, actions_pending,
            actions_failed, newest_at
        from {quarantine_summary}
        order by items desc, tenant, threat_name, service
        limit 200
        """,
    ),
    Panel(
        "audit",
        "Console activity that failed",
        "Who failed at what in the console, most recently?",
        """
        select tenant, day, actor, entity, operation, actions, failures, source_ips
        from {audit_activity}
        where failures > 0
        order by day desc, failures desc, tenant, actor, entity, operation
        limit 200
        """,
    ),
    Panel(
        "load",
        "Freshness of the data",
        "Is all of this up to date?",
        """
        select tenant, product, stream, row_count, newest_record_at, last_loaded_at, is_late
        from {load_health}
        where row_count > 0
        order by product, stream, tenant
        """,
        wide=True,
    ),
]
