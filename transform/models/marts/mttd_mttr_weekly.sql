-- Times to detect, to acknowledge and to resolve, by the week in which incidents were created.
-- Duplicates are counted apart and in nothing else: they have no times. Times that are not known are
-- left out of the statistics, not counted as 0.
select
    tenant,
    product,
    severity,
    {{ week_of('created_at') }} as week_start,
    {{ count_if('not is_duplicate') }} as incidents,
    {{ count_if('is_duplicate') }} as duplicates,
    {{ count_if('is_closed and not is_duplicate') }} as closed,
    count(minutes_to_detect) as detect_count,
    {{ percentile('minutes_to_detect', 0.5) }} as detect_median_minutes,
    {{ percentile('minutes_to_detect', 0.9) }} as detect_p90_minutes,
    avg(minutes_to_detect) as detect_mean_minutes,
    count(minutes_to_acknowledge) as acknowledge_count,
    {{ percentile('minutes_to_acknowledge', 0.5) }} as acknowledge_median_minutes,
    {{ percentile('minutes_to_acknowledge', 0.9) }} as acknowledge_p90_minutes,
    avg(minutes_to_acknowledge) as acknowledge_mean_minutes,
    count(minutes_to_resolve) as resolve_count,
    {{ percentile('minutes_to_resolve', 0.5) }} as resolve_median_minutes,
    {{ percentile('minutes_to_resolve', 0.9) }} as resolve_p90_minutes,
    avg(minutes_to_resolve) as resolve_mean_minutes,
    {{ count_if('closed_at_is_approximate and not is_duplicate') }} as closed_approximately,
    {{ count_if('is_sla_breached') }} as sla_breaches,
    count(is_sla_breached) as sla_measured
from {{ ref('fct_incidents') }}
where created_at is not null
group by tenant, product, severity, {{ week_of('created_at') }}
