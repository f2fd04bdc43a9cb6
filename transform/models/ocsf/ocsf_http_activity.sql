-- HTTP Activity (4002): addresses that GravityZone's antiphishing (aph), data protection (dp) and
-- content control (uc) reported or blocked.
{{ config(materialized='incremental', unique_key=['tenant', 'product', 'uid'],
          on_schema_change='append_new_columns') }}

with activities as (
    select
        activities.*,
        0 as activity_id,
        {{ action_of_disposition('disposition_id') }} as action_id
    from {{ incoming(ref('int_gravityzone__activities')) }} as activities
    where class_uid = 4002 and event_time is not null
)

select
    {{ ocsf_columns(4002) }},
    action_id,
    disposition_id,
    device_uid,
    device_name,
    user_name,
    url,
    occurrences,
    {{ as_document(json_object(ocsf_common(4002, ['security_control']) + [
        ['action_id', 'action_id'],
        ['disposition_id', 'disposition_id'],
        ['message', 'message'],
        ['count', 'occurrences'],
        ['http_request', json_object([['url', json_object([['url_string', 'url']])]])],
        ['src_endpoint', ocsf_endpoint(
            'device_ip', 'null', "coalesce(device_name, 'unknown')", 'device_uid'
        )],
    ])) }} as ocsf
from activities
