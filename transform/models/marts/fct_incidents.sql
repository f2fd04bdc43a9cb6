-- One row per incident of either product, in its newest state, with the times of its handling.
with incidents as (
    select
        incidents.*,
        times.acknowledged_at,
        times.closed_at,
        times.closed_at_is_approximate,
        times.closing_was_seen,
        times.times_reopened,
        case when incidents.status_id in (4, 5) then true else false end as is_closed,
        case when incidents.verdict_id = 10 then true else false end as is_duplicate,
        {{ severity_name('incidents.severity_id') }} as severity,
        {{ sla_minutes('incidents.severity_id') }} as sla_minutes
    from {{ ref('int_incidents') }} as incidents
    inner join {{ ref('int_incident_times') }} as times
        on incidents.incident_key = times.incident_key
),

measured as (
    select
        incidents.*,
        -- Merged into another incident: not detected and not resolved a second time.
        case
            when not is_duplicate and created_at >= first_activity_at
                then {{ minutes_between('first_activity_at', 'created_at') }}
        end as minutes_to_detect,
        case
            when not is_duplicate and acknowledged_at >= created_at
                then {{ minutes_between('created_at', 'acknowledged_at') }}
        end as minutes_to_acknowledge,
        case
            when not is_duplicate and closing_was_seen and closed_at >= created_at
                then {{ minutes_between('created_at', 'closed_at') }}
        end as minutes_to_resolve,
        case
            when not is_closed then {{ hours_between('created_at', as_of()) }}
        end as open_age_hours
    from incidents
)

select
    tenant,
    product,
    incident_key,
    incident_uid,
    title,
    description,
    severity_id,
    severity,
    risk_score,
    status_id,
    vendor_status,
    verdict_id,
    {{ verdict_name('verdict_id') }} as verdict,
    priority_id,
    is_closed,
    is_duplicate,
    assignee_uid,
    coalesce(assignee_name, assignee_email, assignee_uid, 'unassigned') as assignee,
    device_uid,
    device_name,
    company_uid,
    company_name,
    alert_count,
    first_activity_at,
    created_at,
    acknowledged_at,
    closed_at,
    closed_at_is_approximate,
    times_reopened,
    modified_at,
    minutes_to_detect,
    minutes_to_acknowledge,
    minutes_to_resolve,
    open_age_hours,
    sla_minutes,
    case
        when is_duplicate or sla_minutes is null then null
        when is_closed and minutes_to_resolve is null then null
        when is_closed then minutes_to_resolve > sla_minutes
        else open_age_hours * 60 > sla_minutes
    end as is_sla_breached,
    src_url as console_url
from measured
