-- Device Inventory Info (5001): one row for each product that knows a machine, as it is now.
with devices as (
    select
        devices.*,
        device_uid as uid,
        2 as activity_id,
        1 as severity_id,
        coalesce(last_seen_at, {{ as_of() }}) as event_time,
        coalesce(last_seen_at, {{ as_of() }}) as logged_at
    from {{ ref('int_devices') }} as devices
)

select
    {{ ocsf_columns(5001) }},
    device_uid,
    hostname,
    ip,
    os_type_id,
    device_type_id,
    is_managed,
    first_seen_at as first_seen_time,
    last_seen_at as last_seen_time,
    agent_version,
    risk_score,
    company_uid,
    {{ as_document(json_object(ocsf_common(5001) + [
        ['device', json_object([
            ['type_id', 'device_type_id'],
            ['uid', 'device_uid'],
            ['hostname', 'hostname'],
            ['name', 'fqdn'],
            ['ip', 'ip'],
            ['os', json_object_if([
                ['type_id', 'os_type_id'], ['name', 'os_name'], ['version', 'os_version'],
            ], ['os_name'])],
            ['is_managed', 'is_managed'],
            ['first_seen_time', epoch_ms('first_seen_at')],
            ['last_seen_time', epoch_ms('last_seen_at')],
            ['risk_score', 'cast(floor(risk_score) as ' ~ type_of('integer') ~ ')'],
            ['org', json_object_if([
                ['uid', 'company_uid'], ['name', 'company_name'],
            ], ['company_uid', 'company_name'])],
            ['groups', json_list_of(json_object_if([['name', 'group_name']], ['group_name']))],
            ['agent_list', json_list_of(json_object_if([
                ['type_id', '1'],
                ['name', "case product when 'gravityzone' then 'BEST' else 'Cortex XDR agent' end"],
                ['uid', 'device_uid'],
                ['version', 'agent_version'],
                ['vendor_name', "case product when 'gravityzone' then 'Bitdefender' "
                    ~ "else 'Palo Alto Networks' end"],
            ], ['agent_version']))],
        ])],
    ])) }} as ocsf
from devices
