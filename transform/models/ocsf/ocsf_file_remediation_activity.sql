-- File Remediation Activity (7002): what GravityZone has in quarantine. Rows vanish at the vendor when
-- items are restored or removed; what is under way is told by the action.
with items as (
    select
        tenant,
        'gravityzone' as product,
        {{ key_of(['service', 'id']) }} as uid,
        case when action_status = 1 then 2 when action_status = 2 then 3 else 1 end as activity_id,
        0 as severity_id,
        quarantined_on as event_time,
        quarantined_on as logged_at,
        case when action_status in (3, 4, 17) then 2 else 1 end as status_id,
        action_status as vendor_status,
        {{ nonempty('threat_name') }} as threat_name,
        {{ nonempty('endpoint_id') }} as device_uid,
        {{ nonempty('endpoint_name') }} as device_name,
        {{ ip_of('endpoint_ip') }} as device_ip,
        company_id as company_uid,
        {{ nonempty(json_text('details', ['filePath'])) }} as file_path,
        {{ nonempty(json_text('details', ['fileSha256'])) }} as file_sha256
    from {{ ref('stg_gravityzone__quarantine_items') }}
    where quarantined_on is not null and deleted_at is null
)

select
    {{ ocsf_columns(7002) }},
    status_id,
    vendor_status,
    threat_name,
    device_uid,
    device_name,
    company_uid,
    file_path,
    file_sha256,
    {{ as_document(json_object(ocsf_common(7002, ['host']) + [
        ['command_uid', 'uid'],
        ['status_id', 'status_id'],
        ['message', 'threat_name'],
        ['device', ocsf_device('device_uid', 'device_name', 'device_ip')],
        ['file', ocsf_file(
            "coalesce(" ~ file_name_of('file_path') ~ ", threat_name, 'unknown')", 'file_path',
            'file_sha256'
        )],
    ])) }} as ocsf
from items
