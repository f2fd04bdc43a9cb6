-- Registry Key Activity (201001), from the events inside alerts of Cortex XDR. What was done to the
-- key is a number that the vendor does not publish: activity 0, Unknown.
{{ config(materialized='incremental', unique_key=['tenant', 'product', 'uid'],
          on_schema_change='append_new_columns') }}
{%- set actor = ocsf_process(
    'actor_pid', 'actor_uid', 'actor_name', 'actor_path', 'actor_command_line', 'actor_sha256'
) -%}

with activities as (
    select activities.*, 0 as activity_id
    from {{ incoming(ref('int_cortex_xdr__activities')) }} as activities
    where class_uid = 201001 and event_time is not null
)

select
    {{ ocsf_columns(201001) }},
    action_id,
    disposition_id,
    alert_id,
    device_uid,
    device_name,
    user_name,
    actor_name,
    registry_path,
    {{ as_document(json_object(ocsf_common(201001, ['security_control', 'host'], 'alert_id') + [
        ['action_id', 'action_id'],
        ['disposition_id', 'disposition_id'],
        ['actor', ocsf_actor(actor, 'user_name')],
        ['device', ocsf_required_device('device_uid', 'device_name', 'device_ip')],
        ['reg_key', json_object([['path', "coalesce(registry_path, 'unknown')"]])],
    ])) }} as ocsf
from activities
