-- What lies in quarantine, by company and threat. Cortex XDR's quarantine cannot be read in full.
select
    items.tenant,
    'gravityzone' as product,
    items.company_id as company_uid,
    max(companies.name) as company_name,
    items.service,
    coalesce({{ nonempty('items.threat_name') }}, 'unknown') as threat_name,
    count(*) as items,
    count(distinct items.endpoint_id) as endpoints,
    {{ count_if('items.action_status in (1, 2, 16)') }} as actions_pending,
    {{ count_if('items.action_status in (3, 4, 17)') }} as actions_failed,
    min(items.quarantined_on) as oldest_at,
    max(items.quarantined_on) as newest_at
from {{ ref('stg_gravityzone__quarantine_items') }} as items
left join {{ ref('stg_gravityzone__companies') }} as companies
    on items.tenant = companies.tenant and items.company_id = companies.id
where items.deleted_at is null
group by
    items.tenant, items.company_id, items.service,
    coalesce({{ nonempty('items.threat_name') }}, 'unknown')
