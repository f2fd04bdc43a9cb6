-- Detections a day, with the mean of the seven days before, so that a spike shows.
-- Days before the first detection of a source have no rows.
with days as (
    {{ days() }}
),

counts as (
    select
        tenant, product, origin, detection_source, category, severity,
        {{ day_of('detected_at') }} as day,
        count(*) as detections,
        {{ count_if('is_prevented') }} as prevented,
        count(distinct device_uid) as devices
    from {{ ref('fct_detections') }}
    where detected_at is not null
    group by
        tenant, product, origin, detection_source, category, severity,
        {{ day_of('detected_at') }}
),

classes as (
    select
        tenant, product, origin, detection_source, category, severity, min(day) as first_day
    from counts
    group by tenant, product, origin, detection_source, category, severity
),

filled as (
    select
        classes.tenant,
        classes.product,
        classes.origin,
        classes.detection_source,
        classes.category,
        classes.severity,
        days.day,
        coalesce(counts.detections, 0) as detections,
        coalesce(counts.prevented, 0) as prevented,
        coalesce(counts.devices, 0) as devices
    from classes
    inner join days on days.day >= classes.first_day
    left join counts
        on
            classes.tenant = counts.tenant
            and classes.product = counts.product
            and classes.origin = counts.origin
            and coalesce(classes.detection_source, '') = coalesce(counts.detection_source, '')
            and coalesce(classes.category, '') = coalesce(counts.category, '')
            and classes.severity = counts.severity
            and days.day = counts.day
),

compared as (
    select
        filled.*,
        -- Only where seven days are known.
        case
            when count(*) over (
                partition by tenant, product, origin, detection_source, category, severity
                order by day rows between 7 preceding and 1 preceding
            ) = 7
                then avg(cast(detections as {{ type_double() }})) over (
                partition by tenant, product, origin, detection_source, category, severity
                order by day rows between 7 preceding and 1 preceding
            )
        end as mean_of_previous_7_days
    from filled
)

select
    compared.*,
    detections / nullif(mean_of_previous_7_days, 0) as ratio,
    case
        when detections >= {{ var('spike_ratio') }} * mean_of_previous_7_days
            and detections >= {{ var('spike_minimum') }} then true
        else false
    end as is_spike
from compared
