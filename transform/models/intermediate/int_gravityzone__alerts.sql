-- Alerts inside incidents of GravityZone in the terms of OCSF. docs/ocsf.md has the table.
-- They have no severity, state or verdict of their own: those of the incident hold.
select
    alerts.tenant,
    'gravityzone' as product,
    'alert' as origin,
    {{ key_of(['alerts.incident_id', 'alerts.id']) }} as detection_uid,
    {{ key_of(['alerts.tenant', "'gravityzone'", 'alerts.incident_id', 'alerts.id']) }}
        as detection_key,
    alerts.incident_id as incident_uid,
    coalesce({{ nonempty('alerts.name') }}, 'Alert') as title,
    {{ null_of('string') }} as description,
    {{ nonempty(json_text('alerts.detected_by', ['class'])) }} as category,
    coalesce(
        {{ nonempty(json_text('alerts.detected_by', ['class'])) }},
        {{ nonempty(json_first_text('alerts.sensors')) }}
    ) as detection_source,
    {{ null_of('string') }} as rule_uid,
    coalesce(
        {{ nonempty(json_text('alerts.detected_by', ['name'])) }}, {{ nonempty('alerts.name') }},
        'Alert'
    ) as rule_name,
    1 as analytic_type_id,
    coalesce(incidents.severity_id, 0) as severity_id,
    incidents.vendor_status,
    case when incidents.status_id = 5 then 4 else coalesce(incidents.status_id, 0) end as status_id,
    coalesce(incidents.verdict_id, 0) as verdict_id,
    {{ action_of_disposition('coalesce(incidents.disposition_id, 0)') }} as action_id,
    coalesce(incidents.disposition_id, 0) as disposition_id,
    alerts.vendor_date as detected_at,
    alerts.changed_at as logged_at,
    alerts.changed_at as modified_at,
    incidents.device_uid,
    incidents.device_name,
    {{ null_of('string') }} as device_ip,
    0 as os_type_id,
    {{ nonempty('resources.user_name') }} as user_name,
    {{ file_name_of('resources.process_path') }} as process_name,
    {{ nonempty('resources.process_path') }} as process_path,
    {{ nonempty('resources.process_command_line') }} as process_command_line,
    resources.process_pid,
    {{ null_of('string') }} as process_sha256,
    {{ file_name_of('resources.file_path') }} as file_name,
    {{ nonempty('resources.file_path') }} as file_path,
    {{ nonempty('resources.file_sha256') }} as file_sha256,
    {{ null_of('string') }} as malware_name,
    {{ ip_of('resources.remote_ip') }} as remote_ip,
    resources.remote_port,
    {{ nonempty('resources.url') }} as url,
    alerts.loaded_at
from {{ ref('stg_gravityzone__alerts') }} as alerts
left join {{ ref('int_gravityzone__incidents') }} as incidents
    on alerts.tenant = incidents.tenant and alerts.incident_id = incidents.incident_uid
left join {{ ref('int_gravityzone__alert_resources') }} as resources
    on
        alerts.tenant = resources.tenant
        and alerts.incident_id = resources.incident_id
        and alerts.id = resources.alert_id
where alerts.deleted_at is null
