-- One row per tenant: the figures that a provider compares its customers by.
with tenants as (
    select distinct tenant from {{ ref('load_health') }} where tenant is not null
),

incidents as (
    select
        tenant,
        {{ count_if('not is_closed') }} as open_incidents,
        {{ count_if('not is_closed and severity_id in (4, 5)') }} as open_high_or_critical,
        {{ count_if("not is_closed and assignee = 'unassigned'") }} as open_unassigned,
        {{ count_if('created_at >= ' ~ days_before(as_of(), 30)) }} as incidents_30_days,
        {{ percentile(
            'case when closed_at >= ' ~ days_before(as_of(), 30) ~ ' then minutes_to_resolve end', 0.5
        ) }} as median_minutes_to_resolve_30_days,
        {{ share(count_if('is_sla_breached'), 'count(is_sla_breached)') }} as sla_breach_rate,
        {{ share(
            count_if('is_closed and verdict_id = 1'), count_if('is_closed and verdict_id <> 0')
        ) }} as false_positive_rate
    from {{ ref('fct_incidents') }}
    where not is_duplicate
    group by tenant
),

detections as (
    select
        tenant,
        {{ count_if('detected_at >= ' ~ days_before(as_of(), 30)) }} as detections_30_days
    from {{ ref('fct_detections') }}
    group by tenant
),

endpoints as (
    select
        tenant,
        count(*) as endpoints,
        {{ count_if('is_missing_in_gravityzone or is_missing_in_cortex_xdr') }}
            as endpoints_in_one_product,
        {{ count_if('is_stale') }} as stale_endpoints,
        {{ count_if('is_unprotected') }} as unprotected_endpoints,
        {{ share(count_if('gaps = 0'), 'count(*)') }} as share_without_gaps
    from {{ ref('endpoint_coverage') }}
    group by tenant
)

select
    tenants.tenant,
    coalesce(incidents.open_incidents, 0) as open_incidents,
    coalesce(incidents.open_high_or_critical, 0) as open_high_or_critical,
    coalesce(incidents.open_unassigned, 0) as open_unassigned,
    coalesce(incidents.incidents_30_days, 0) as incidents_30_days,
    incidents.median_minutes_to_resolve_30_days,
    incidents.sla_breach_rate,
    incidents.false_positive_rate,
    coalesce(detections.detections_30_days, 0) as detections_30_days,
    coalesce(endpoints.endpoints, 0) as endpoints,
    coalesce(endpoints.endpoints_in_one_product, 0) as endpoints_in_one_product,
    coalesce(endpoints.stale_endpoints, 0) as stale_endpoints,
    coalesce(endpoints.unprotected_endpoints, 0) as unprotected_endpoints,
    endpoints.share_without_gaps
from tenants
left join incidents on tenants.tenant = incidents.tenant
left join detections on tenants.tenant = detections.tenant
left join endpoints on tenants.tenant = endpoints.tenant
