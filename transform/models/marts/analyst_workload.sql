-- What each analyst has open and how long closed incidents took. Those without an owner have a row
-- of their own. Duplicates are left out.
select
    tenant,
    product,
    assignee,
    case when assignee = 'unassigned' then true else false end as is_unassigned,
    {{ count_if('not is_closed') }} as open_incidents,
    {{ count_if('not is_closed and severity_id in (4, 5)') }} as open_high_or_critical,
    {{ count_if('not is_closed and is_sla_breached') }} as open_beyond_sla,
    {{ count_if('is_closed') }} as closed_incidents,
    {{ count_if('is_closed and closed_at >= ' ~ days_before(as_of(), 30)) }} as closed_30_days,
    {{ percentile('minutes_to_resolve', 0.5) }} as median_minutes_to_resolve,
    max(open_age_hours) as oldest_open_hours
from {{ ref('fct_incidents') }}
where not is_duplicate
group by tenant, product, assignee
