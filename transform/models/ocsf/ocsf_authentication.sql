-- Authentication (3002): logins to the console of Cortex XDR.
{{ config(materialized='incremental', unique_key=['tenant', 'product', 'uid'],
          on_schema_change='append_new_columns') }}

with activities as (
    select
        audits.*,
        case
            when lower(operation) like '%login%' or lower(operation) like '%logon%' then 1
            when lower(operation) like '%logout%' or lower(operation) like '%logoff%' then 2
            else 99
        end as activity_id
    from {{ incoming(ref('int_cortex_xdr__audits')) }} as audits
    where class_uid = 3002
)

select
    {{ ocsf_columns(3002) }},
    status_id,
    vendor_status,
    user_name,
    operation,
    src_ip,
    {{ as_document(json_object(ocsf_common(3002) + [
        ['activity_name', "case when activity_id = 99 then coalesce(operation, 'unknown') end"],
        ['status_id', 'status_id'],
        ['status', 'vendor_status'],
        ['message', 'message'],
        ['user', json_object([['name', 'user_name'], ['email_addr', 'user_email']])],
        ['service', json_object([['name', "'Cortex XDR console'"]])],
        ['src_endpoint', ocsf_endpoint('src_ip', 'null', 'src_hostname')],
    ])) }} as ocsf
from activities
