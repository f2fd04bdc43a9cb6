-- How many incidents were opened, closed and open at the end of each day, by severity and age.
-- Duplicates are not counted. An incident that was reopened counts as open since it was created.
with days as (
    {{ days() }}
),

incidents as (
    select tenant, product, severity, created_at, is_closed, closed_at
    from {{ ref('fct_incidents') }}
    where not is_duplicate
),

classes as (
    select distinct tenant, product, severity from incidents
),

ages as (
    select
        days.day,
        incidents.tenant,
        incidents.product,
        incidents.severity,
        case when {{ day_of('incidents.created_at') }} = days.day then 1 else 0 end as opened,
        case when {{ day_of('incidents.closed_at') }} = days.day then 1 else 0 end as closed,
        case
            -- Closed at an unknown time: not open on any day.
            when incidents.is_closed and incidents.closed_at is null then null
            when incidents.is_closed and incidents.closed_at <= days.day_end then null
            else {{ hours_between('incidents.created_at', 'days.day_end') }} / 24
        end as open_days
    from days
    inner join incidents
        on incidents.created_at < days.day_end
        and (
            not incidents.is_closed
            or {{ day_of('incidents.closed_at') }} >= days.day
            or {{ day_of('incidents.created_at') }} >= days.day
        )
)

select
    classes.tenant,
    classes.product,
    classes.severity,
    days.day,
    coalesce(sum(ages.opened), 0) as opened,
    coalesce(sum(ages.closed), 0) as closed,
    count(ages.open_days) as open_at_end,
    {{ count_if('ages.open_days < 1') }} as open_under_1_day,
    {{ count_if('ages.open_days >= 1 and ages.open_days < 7') }} as open_1_to_7_days,
    {{ count_if('ages.open_days >= 7 and ages.open_days < 30') }} as open_7_to_30_days,
    {{ count_if('ages.open_days >= 30') }} as open_30_days_or_more
from days
cross join classes
left join ages
    on
        days.day = ages.day
        and classes.tenant = ages.tenant
        and classes.product = ages.product
        and classes.severity = ages.severity
group by classes.tenant, classes.product, classes.severity, days.day
