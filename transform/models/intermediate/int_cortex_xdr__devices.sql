-- Endpoints of Cortex XDR in the terms of OCSF. docs/ocsf.md has the table.
select
    tenant,
    'cortex_xdr' as product,
    endpoint_id as device_uid,
    {{ nonempty('endpoint_name') }} as hostname,
    case
        when {{ nonempty('domain') }} is not null and upper(domain) <> 'WORKGROUP'
            then {{ dbt.concat(['endpoint_name', "'.'", 'domain']) }}
    end as fqdn,
    {{ ip_of(json_first_text('ip')) }} as ip,
    mac_address as macs,
    {{ nonempty('operating_system') }} as os_name,
    {{ nonempty('os_version') }} as os_version,
    {{ os_type_of('os_type') }} as os_type_id,
    {{ mapped('endpoint_type', {
        'agent_type_server': 1, 'agent_type_workstation': 2, 'agent_type_mobile': 5,
    }) }} as device_type_id,
    case when upper(endpoint_status) = 'UNINSTALLED' then false else true end as is_managed,
    first_seen as first_seen_at,
    last_seen as last_seen_at,
    {{ nonempty('endpoint_version') }} as agent_version,
    {{ nonempty('content_version') }} as content_version,
    {{ nonempty('assigned_prevention_policy') }} as policy_name,
    {{ nonempty(json_first_text('group_name')) }} as group_name,
    {{ null_of('string') }} as company_uid,
    {{ null_of('string') }} as company_name,
    {{ null_of('number') }} as risk_score,
    case when upper(is_isolated) = 'AGENT_ISOLATED' then true else false end as is_isolated,
    {{ null_of('boolean') }} as is_infected,
    case
        when upper(endpoint_status) = 'UNINSTALLED' then 'unprotected'
        when operational_status is null then 'unknown'
        else lower(operational_status)
    end as protection,
    {{ null_of('boolean') }} as is_agent_outdated,
    case
        when {{ nonempty('content_status') }} is not null
            then case when lower(content_status) = 'up_to_date' then false else true end
    end as is_content_outdated,
    {{ nonempty(json_first_text('users')) }} as last_user
from {{ ref('stg_cortex_xdr__endpoints') }}
where deleted_at is null
