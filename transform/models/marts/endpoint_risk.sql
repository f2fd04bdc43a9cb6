-- Machines that keep turning up: detections and incidents of 30 and 90 days, and what is open.
with detections as (
    select
        device_key,
        {{ count_if('detected_at >= ' ~ days_before(as_of(), 30)) }} as detections_30_days,
        count(*) as detections_90_days,
        max(detected_at) as last_detected_at,
        max(case when detection_source in ('av', 'hd') then detected_at end) as last_infection_at
    from {{ ref('fct_detections') }}
    where
        device_key is not null
        and not is_suppressed
        and verdict_id not in (1, 10)
        and detected_at >= {{ days_before(as_of(), 90) }}
    group by device_key
),

incident_devices as (
    -- Of the machine that an incident names, and of those that its detections name.
    select distinct incident_key, device_key
    from (
        select incidents.incident_key, links.device_key
        from {{ ref('fct_incidents') }} as incidents
        inner join {{ ref('int_device_keys') }} as links
            on
                incidents.tenant = links.tenant
                and incidents.product = links.product
                and incidents.device_uid = links.device_uid
        union all
        select incident_key, device_key
        from {{ ref('fct_detections') }}
        where incident_key is not null and device_key is not null
    ) as named
),

incidents as (
    select
        incident_devices.device_key,
        {{ count_if('incidents.created_at >= ' ~ days_before(as_of(), 30)) }} as incidents_30_days,
        {{ count_if('incidents.created_at >= ' ~ days_before(as_of(), 90)) }} as incidents_90_days,
        {{ count_if('not incidents.is_closed') }} as open_incidents,
        max(case when not incidents.is_closed then {{ severity_rank('incidents.severity_id') }} end)
            as worst_open
    from incident_devices
    inner join {{ ref('fct_incidents') }} as incidents
        on incident_devices.incident_key = incidents.incident_key
    where not incidents.is_duplicate and incidents.verdict_id <> 1
    group by incident_devices.device_key
)

select
    endpoints.tenant,
    endpoints.device_key,
    endpoints.hostname,
    endpoints.os_family,
    endpoints.company_name,
    endpoints.last_user,
    endpoints.is_infected,
    endpoints.risk_score,
    coalesce(detections.detections_30_days, 0) as detections_30_days,
    coalesce(detections.detections_90_days, 0) as detections_90_days,
    detections.last_detected_at,
    detections.last_infection_at,
    coalesce(incidents.incidents_30_days, 0) as incidents_30_days,
    coalesce(incidents.incidents_90_days, 0) as incidents_90_days,
    coalesce(incidents.open_incidents, 0) as open_incidents,
    case
        when incidents.worst_open is not null then {{ severity_name('incidents.worst_open') }}
    end as worst_open_severity,
    coalesce(incidents.incidents_90_days, 0) > 1 as is_repeat_offender
from {{ ref('dim_endpoints') }} as endpoints
left join detections on endpoints.device_key = detections.device_key
left join incidents on endpoints.device_key = incidents.device_key
