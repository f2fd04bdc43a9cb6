-- When each incident was first handled and when it was closed, as far as that is known.
with history as (
    select
        incident_key,
        dbt_valid_from as observed_at,
        status_id,
        case when status_id in (4, 5) then 1 else 0 end as is_closed,
        case when status_id = 1 and assignee_uid is null then 0 else 1 end as is_acknowledged
    from {{ ref('incident_history') }}
),

turns as (
    select
        incident_key,
        min(observed_at) as first_observed_at,
        min(case when is_acknowledged = 0 then observed_at end) as first_untouched_at,
        min(case when is_acknowledged = 1 then observed_at end) as first_acknowledged_at,
        max(case when is_closed = 0 then observed_at end) as last_open_at,
        count(*) as states
    from history
    group by incident_key
),

closings as (
    -- The beginning of the closed state that is still in force.
    select history.incident_key, min(history.observed_at) as observed_closed_at
    from history
    inner join turns on history.incident_key = turns.incident_key
    where
        history.is_closed = 1
        and (turns.last_open_at is null or history.observed_at > turns.last_open_at)
    group by history.incident_key
),

reopenings as (
    select history.incident_key, count(*) as reopened
    from (
        select
            incident_key,
            is_closed,
            lag(is_closed) over (partition by incident_key order by observed_at) as was_closed
        from history
    ) as history
    where history.is_closed = 0 and history.was_closed = 1
    group by history.incident_key
)

select
    incidents.incident_key,
    -- Known only where a run saw the incident untouched before.
    case
        when turns.first_untouched_at < turns.first_acknowledged_at
            then turns.first_acknowledged_at
    end as acknowledged_at,
    -- The vendor's time, unless a run saw the incident closed before that: GravityZone's moves on
    -- when a closed incident is commented.
    case
        when incidents.status_id in (4, 5)
            then {{ earlier_of('incidents.vendor_closed_at', 'closings.observed_closed_at') }}
    end as closed_at,
    case
        when incidents.status_id not in (4, 5) then false
        when incidents.vendor_closed_at is null then true
        when closings.observed_closed_at < incidents.vendor_closed_at then true
        else false
    end as closed_at_is_approximate,
    -- An incident that was closed before the first run saw it, and without a time of the vendor's,
    -- may have been closed long before.
    case
        when incidents.vendor_closed_at is not null or turns.last_open_at is not null then true
        else false
    end as closing_was_seen,
    coalesce(reopenings.reopened, 0) as times_reopened
from {{ ref('int_incidents') }} as incidents
left join turns on incidents.incident_key = turns.incident_key
left join closings on incidents.incident_key = closings.incident_key
left join reopenings on incidents.incident_key = reopenings.incident_key
