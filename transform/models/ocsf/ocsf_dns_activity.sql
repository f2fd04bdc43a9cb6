-- DNS Activity (4003): names that were asked for, from the events inside alerts of Cortex XDR.
{{ config(materialized='incremental', unique_key=['tenant', 'product', 'uid'],
          on_schema_change='append_new_columns') }}

with activities as (
    select activities.*, 1 as activity_id
    from {{ incoming(ref('int_cortex_xdr__activities')) }} as activities
    where class_uid = 4003 and event_time is not null
)

select
    {{ ocsf_columns(4003) }},
    action_id,
    disposition_id,
    alert_id,
    device_uid,
    device_name,
    dns_query_name,
    {{ as_document(json_object(ocsf_common(4003, ['security_control'], 'alert_id') + [
        ['action_id', 'action_id'],
        ['disposition_id', 'disposition_id'],
        ['query', json_object([['hostname', 'dns_query_name']])],
        ['src_endpoint', ocsf_endpoint(
            'coalesce(local_ip, device_ip)', 'local_port', "coalesce(device_name, 'unknown')",
            'device_uid'
        )],
    ])) }} as ocsf
from activities
