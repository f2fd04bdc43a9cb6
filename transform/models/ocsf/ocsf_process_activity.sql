-- Process Activity (1007): processes that were started, from the events inside alerts of Cortex XDR.
{{ config(materialized='incremental', unique_key=['tenant', 'product', 'uid'],
          on_schema_change='append_new_columns') }}
{%- set actor = ocsf_process(
    'actor_pid', 'actor_uid', 'actor_name', 'actor_path', 'actor_command_line', 'actor_sha256'
) -%}

with activities as (
    select activities.*, 1 as activity_id
    from {{ incoming(ref('int_cortex_xdr__activities')) }} as activities
    where class_uid = 1007 and event_time is not null
)

select
    {{ ocsf_columns(1007) }},
    action_id,
    disposition_id,
    alert_id,
    device_uid,
    device_name,
    user_name,
    actor_name,
    actor_command_line,
    process_name,
    process_command_line,
    process_sha256,
    {{ as_document(json_object(ocsf_common(1007, ['security_control', 'host'], 'alert_id') + [
        ['action_id', 'action_id'],
        ['disposition_id', 'disposition_id'],
        ['actor', ocsf_actor(actor, 'user_name')],
        ['device', ocsf_required_device('device_uid', 'device_name', 'device_ip')],
        ['process', ocsf_process(
            'null', 'process_uid', 'process_name', 'null', 'process_command_line', 'process_sha256'
        )],
    ])) }} as ocsf
from activities
