-- How much each rule detects and how much of that was a false alarm.
-- The rate is of what was resolved with a verdict: what nobody judged says nothing. Duplicates are
-- judged elsewhere.
with detections as (
    select
        tenant, product, detection_source, rule_name, device_uid, detected_at, severity_id,
        verdict_id, is_resolved,
        case when is_resolved and verdict_id not in (0, 10) then true else false end as is_judged
    from {{ ref('fct_detections') }}
    where not is_suppressed
),

totals as (
    select tenant, product, count(*) as detections from detections group by tenant, product
),

rules as (
    select
        tenant, product, detection_source, rule_name,
        max({{ severity_rank('severity_id') }}) as severity_id,
        count(*) as detections,
        count(distinct device_uid) as devices,
        {{ count_if('is_resolved') }} as resolved,
        {{ count_if('is_judged') }} as judged,
        {{ count_if('is_judged and verdict_id = 1') }} as false_positives,
        {{ count_if('is_judged and verdict_id = 2') }} as true_positives,
        max(detected_at) as last_detected_at
    from detections
    group by tenant, product, detection_source, rule_name
)

select
    rules.tenant,
    rules.product,
    rules.detection_source,
    rules.rule_name,
    {{ severity_name('rules.severity_id') }} as highest_severity,
    rules.detections,
    rules.devices,
    rules.resolved,
    rules.judged,
    rules.false_positives,
    rules.true_positives,
    {{ share('rules.false_positives', 'rules.judged') }} as false_positive_rate,
    {{ share('rules.detections', 'totals.detections') }} as share_of_volume,
    rules.last_detected_at
from rules
inner join totals on rules.tenant = totals.tenant and rules.product = totals.product
