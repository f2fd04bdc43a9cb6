-- Network Activity (4001): connections in the events inside alerts of Cortex XDR, and what
-- GravityZone's firewall (fw) and network attack defense (network-monitor) saw or stopped.
{{ config(materialized='incremental', unique_key=['tenant', 'product', 'uid'],
          on_schema_change='append_new_columns') }}

with activities as (
    select
        tenant, product, uid, severity_id, event_time, logged_at,
        6 as activity_id,
        action_id,
        disposition_id,
        alert_id as correlation_uid,
        device_uid,
        device_name,
        user_name,
        {{ null_of('string') }} as message,
        coalesce(local_ip, device_ip) as src_ip,
        local_port as src_port,
        coalesce(device_name, 'unknown') as src_hostname,
        device_uid as src_uid,
        remote_ip as dst_ip,
        remote_port as dst_port,
        remote_hostname as dst_hostname,
        {{ null_of('string') }} as dst_uid
    from {{ incoming(ref('int_cortex_xdr__activities')) }} as activities
    where class_uid = 4001 and event_time is not null
    union all
    -- The attacked machine is the destination.
    select
        tenant, product, uid, severity_id, event_time, logged_at,
        case when disposition_id = 2 then 5 else 6 end,
        {{ action_of_disposition('disposition_id') }},
        disposition_id,
        {{ null_of('string') }},
        device_uid, device_name, user_name, message,
        source_ip, {{ null_of('integer') }}, {{ null_of('string') }}, {{ null_of('string') }},
        device_ip, local_port, coalesce(device_name, 'unknown'), device_uid
    from {{ incoming(ref('int_gravityzone__activities')) }} as activities
    where class_uid = 4001 and event_time is not null
)

select
    {{ ocsf_columns(4001) }},
    action_id,
    disposition_id,
    device_uid,
    device_name,
    user_name,
    src_ip,
    dst_ip,
    dst_port,
    dst_hostname,
    {{ as_document(json_object(ocsf_common(4001, ['security_control'], 'correlation_uid') + [
        ['action_id', 'action_id'],
        ['disposition_id', 'disposition_id'],
        ['message', 'message'],
        ['src_endpoint', ocsf_endpoint('src_ip', 'src_port', 'src_hostname', 'src_uid')],
        ['dst_endpoint', ocsf_endpoint('dst_ip', 'dst_port', 'dst_hostname', 'dst_uid')],
    ])) }} as ocsf
from activities
