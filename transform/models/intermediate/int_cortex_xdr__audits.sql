-- The management log of Cortex XDR in the terms of OCSF. Logins are 3002, all else 6003.
select
    tenant,
    'cortex_xdr' as product,
    cast(audit_id as {{ dbt.type_string() }}) as uid,
    case when upper(audit_entity) = 'AUTH' then 3002 else 6003 end as class_uid,
    {{ severity_of_word('audit_severity') }} as severity_id,
    audit_insert_time as event_time,
    audit_insert_time as logged_at,
    case upper(audit_result) when 'SUCCESS' then 1 when 'FAIL' then 2 else 0 end as status_id,
    audit_result as vendor_status,
    {{ nonempty('audit_description') }} as message,
    audit_entity as entity,
    audit_entity_subtype as operation,
    coalesce({{ nonempty('audit_owner_email') }}, {{ nonempty('audit_owner_name') }}, 'unknown')
        as user_name,
    {{ email_of('audit_owner_email') }} as user_email,
    {{ ip_of('audit_source_ip') }} as src_ip,
    {{ nonempty('audit_hostname') }} as src_hostname
from {{ ref('stg_cortex_xdr__management_logs') }}
where audit_insert_time is not null
