-- Local events inside alerts of Cortex XDR, with the class of OCSF that each belongs to.
-- Events of other kinds (loaded images, RPC and more) stay in staging.
select
    events.tenant,
    'cortex_xdr' as product,
    {{ key_of(['events.alert_id', 'events.event_id']) }} as uid,
    case
        when {{ nonempty('events.dns_query_name') }} is not null then 4003
        when lower(events.event_type) like '%registry%' then 201001
        when lower(events.event_type) like '%network%' then 4001
        when lower(events.event_type) like '%file%' then 1001
        when lower(events.event_type) like '%process%' then 1007
    end as class_uid,
    events.alert_id,
    coalesce(alerts.severity_id, 0) as severity_id,
    coalesce(alerts.action_id, 0) as action_id,
    coalesce(alerts.disposition_id, 0) as disposition_id,
    coalesce(events.event_timestamp, alerts.detected_at) as event_time,
    events.local_insert_ts as logged_at,
    alerts.device_uid,
    coalesce(alerts.device_name, {{ nonempty('events.fw_device_name') }}) as device_name,
    alerts.device_ip,
    {{ nonempty('events.user_name') }} as user_name,
    events.actor_process_os_pid as actor_pid,
    {{ nonempty('events.actor_process_instance_id') }} as actor_uid,
    coalesce(
        {{ nonempty('events.actor_process_image_name') }},
        {{ file_name_of('events.actor_process_image_path') }}
    ) as actor_name,
    {{ nonempty('events.actor_process_image_path') }} as actor_path,
    {{ nonempty('events.actor_process_command_line') }} as actor_command_line,
    {{ nonempty('events.actor_process_image_sha256') }} as actor_sha256,
    coalesce({{ nonempty('events.action_process_instance_id') }}, events.event_id) as process_uid,
    {{ nonempty('events.action_process_image_name') }} as process_name,
    {{ nonempty('events.action_process_image_command_line') }} as process_command_line,
    {{ nonempty('events.action_process_image_sha256') }} as process_sha256,
    coalesce(
        {{ nonempty('events.action_file_name') }}, {{ file_name_of('events.action_file_path') }}
    ) as file_name,
    {{ nonempty('events.action_file_path') }} as file_path,
    {{ nonempty('events.action_file_sha256') }} as file_sha256,
    coalesce(
        {{ nonempty('events.action_registry_full_key') }},
        {{ nonempty('events.action_registry_key_name') }}
    ) as registry_path,
    {{ ip_of('events.action_local_ip') }} as local_ip,
    events.action_local_port as local_port,
    {{ ip_of('events.action_remote_ip') }} as remote_ip,
    events.action_remote_port as remote_port,
    {{ nonempty('events.action_external_hostname') }} as remote_hostname,
    {{ nonempty('events.dns_query_name') }} as dns_query_name
from {{ ref('stg_cortex_xdr__events') }} as events
left join {{ ref('int_cortex_xdr__alerts') }} as alerts
    on events.tenant = alerts.tenant and events.alert_id = alerts.detection_uid
where events.deleted_at is null
