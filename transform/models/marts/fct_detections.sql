-- One row per detection of either product: alerts, and the events that GravityZone pushes.
-- A detection without a verdict of its own has that of its incident.
with detections as (
    select
        detections.*,
        {{ key_of(['detections.tenant', 'detections.product', 'detections.incident_uid']) }}
            as incident_key
    from {{ ref('int_detections') }} as detections
)

select
    detections.tenant,
    detections.product,
    detections.origin,
    detections.detection_key,
    detections.detection_uid,
    incidents.incident_key,
    detections.incident_uid,
    detections.title,
    detections.category,
    detections.detection_source,
    detections.rule_uid,
    detections.rule_name,
    detections.severity_id,
    {{ severity_name('detections.severity_id') }} as severity,
    detections.vendor_status,
    detections.status_id,
    case when detections.status_id = 3 then true else false end as is_suppressed,
    case
        when detections.status_id = 4 or coalesce(incidents.is_closed, false) then true else false
    end as is_resolved,
    case
        when detections.verdict_id <> 0 then detections.verdict_id
        else coalesce(incidents.verdict_id, 0)
    end as verdict_id,
    detections.action_id,
    detections.disposition_id,
    case when detections.disposition_id in (2, 3, 5, 9, 11) then true else false end as is_prevented,
    detections.detected_at,
    detections.logged_at,
    detections.modified_at,
    case
        when detections.logged_at >= detections.detected_at
            then {{ minutes_between('detections.detected_at', 'detections.logged_at') }}
    end as minutes_to_log,
    links.device_key,
    detections.device_uid,
    detections.device_name,
    detections.user_name,
    detections.process_name,
    detections.process_command_line,
    detections.file_name,
    detections.file_path,
    detections.file_sha256,
    detections.remote_ip
from detections
left join {{ ref('fct_incidents') }} as incidents
    on detections.incident_key = incidents.incident_key
left join {{ ref('int_device_keys') }} as links
    on
        detections.tenant = links.tenant
        and detections.product = links.product
        and detections.device_uid = links.device_uid
