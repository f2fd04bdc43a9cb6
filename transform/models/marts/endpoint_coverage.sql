-- What each machine lacks. A product that a tenant has no machines in is not missed.
with products as (
    select
        tenant,
        max(case when gravityzone_uid is not null then 1 else 0 end) as has_gravityzone,
        max(case when cortex_xdr_uid is not null then 1 else 0 end) as has_cortex_xdr
    from {{ ref('dim_endpoints') }}
    group by tenant
),

gaps as (
    select
        endpoints.*,
        products.has_gravityzone = 1 and endpoints.gravityzone_uid is null
            as is_missing_in_gravityzone,
        products.has_cortex_xdr = 1 and endpoints.cortex_xdr_uid is null
            as is_missing_in_cortex_xdr,
        not (
            coalesce(endpoints.gravityzone_is_managed, false)
            or coalesce(endpoints.cortex_xdr_is_managed, false)
        ) as is_unmanaged,
        coalesce(
            endpoints.last_seen_at < {{ days_before(as_of(), var('stale_days')) }}, false
        ) as is_stale,
        coalesce(endpoints.gravityzone_protection, 'unknown') <> 'protected'
        and coalesce(endpoints.cortex_xdr_protection, 'unknown') <> 'protected' as is_unprotected,
        coalesce(endpoints.gravityzone_agent_is_outdated, false)
        or coalesce(endpoints.gravityzone_content_is_outdated, false)
        or coalesce(endpoints.cortex_xdr_content_is_outdated, false) as is_outdated
    from {{ ref('dim_endpoints') }} as endpoints
    inner join products on endpoints.tenant = products.tenant
)

select
    tenant,
    device_key,
    hostname,
    os_family,
    device_type,
    company_name,
    last_user,
    gravityzone_uid,
    cortex_xdr_uid,
    last_seen_at,
    is_missing_in_gravityzone,
    is_missing_in_cortex_xdr,
    is_unmanaged,
    is_stale,
    is_unprotected,
    is_outdated,
    case when is_missing_in_gravityzone then 1 else 0 end
    + case when is_missing_in_cortex_xdr then 1 else 0 end
    + case when is_unmanaged then 1 else 0 end
    + case when is_stale then 1 else 0 end
    + case when is_unprotected then 1 else 0 end
    + case when is_outdated then 1 else 0 end as gaps
from gaps
