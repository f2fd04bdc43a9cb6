-- Who did what in the console of Cortex XDR, a day. GravityZone's API has no such log.
select
    tenant,
    'cortex_xdr' as product,
    {{ day_of('audit_insert_time') }} as day,
    coalesce({{ nonempty('audit_owner_email') }}, {{ nonempty('audit_owner_name') }}, 'unknown')
        as actor,
    audit_entity as entity,
    audit_entity_subtype as operation,
    count(*) as actions,
    {{ count_if("upper(audit_result) <> 'SUCCESS'") }} as failures,
    count(distinct audit_source_ip) as source_ips,
    min(audit_insert_time) as first_at,
    max(audit_insert_time) as last_at
from {{ ref('stg_cortex_xdr__management_logs') }}
where audit_insert_time is not null
group by
    tenant, {{ day_of('audit_insert_time') }},
    coalesce({{ nonempty('audit_owner_email') }}, {{ nonempty('audit_owner_name') }}, 'unknown'),
    audit_entity, audit_entity_subtype
