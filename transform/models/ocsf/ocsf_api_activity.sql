-- API Activity (6003): what was done in the console and through the API of Cortex XDR.
{{ config(materialized='incremental', unique_key=['tenant', 'product', 'uid'],
          on_schema_change='append_new_columns') }}

with activities as (
    select
        audits.*,
        case
            when lower(operation) like 'create%' or lower(operation) like 'add%' then 1
            when lower(operation) like 'get%' or lower(operation) like 'view%' then 2
            when lower(operation) like 'edit%' or lower(operation) like 'update%' then 3
            when lower(operation) like 'delete%' or lower(operation) like 'remove%' then 4
            else 99
        end as activity_id
    from {{ incoming(ref('int_cortex_xdr__audits')) }} as audits
    where class_uid = 6003
)

select
    {{ ocsf_columns(6003) }},
    status_id,
    vendor_status,
    user_name,
    entity,
    operation,
    src_ip,
    {{ as_document(json_object(ocsf_common(6003) + [
        ['activity_name', "case when activity_id = 99 then coalesce(operation, 'unknown') end"],
        ['status_id', 'status_id'],
        ['status', 'vendor_status'],
        ['message', 'message'],
        ['actor', json_object([['user', json_object([
            ['name', 'user_name'], ['email_addr', 'user_email'],
        ])]])],
        ['api', json_object([
            ['operation', "coalesce(operation, 'unknown')"],
            ['service', json_object_if([['name', 'entity']], ['entity'])],
        ])],
        ['src_endpoint', ocsf_endpoint('src_ip', 'null', "coalesce(src_hostname, 'console')")],
    ])) }} as ocsf
from activities
