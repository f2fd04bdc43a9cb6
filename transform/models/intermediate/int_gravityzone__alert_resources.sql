-- What each alert inside a GravityZone incident touched: the first process, file and connection.
select
    tenant,
    incident_id,
    alert_id,
    min(case when kind = 'process' then {{ json_text('details', ['processPath']) }} end)
        as process_path,
    min(case when kind = 'process' then {{ json_text('details', ['commandLine']) }} end)
        as process_command_line,
    min(case when kind = 'process' then {{ json_integer('details', ['pid']) }} end) as process_pid,
    min(case when kind = 'process' then {{ json_text('details', ['user']) }} end) as user_name,
    min(case when kind = 'file' then {{ json_text('details', ['filePath']) }} end) as file_path,
    min(case when kind = 'file' then {{ json_text('details', ['sha256']) }} end) as file_sha256,
    min(case when kind = 'network' then {{ json_text('details', ['rawConnectionDestIp']) }} end)
        as remote_ip,
    min(
        case when kind = 'network' then {{ json_integer('details', ['rawConnectionDestPort']) }} end
    ) as remote_port,
    min(case when kind = 'network' then {{ json_text('details', ['uri']) }} end) as url
from (
    select
        alerts.tenant,
        alerts.incident_id,
        alerts.id as alert_id,
        {{ json_text(element('resource'), ['type']) }} as kind,
        {{ json_member(element('resource'), ['details']) }} as details
    from {{ ref('stg_gravityzone__alerts') }} as alerts
    {{ unnest_json('alerts.resources', 'resource') }}
) as resources
group by tenant, incident_id, alert_id
