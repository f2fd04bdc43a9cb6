-- Endpoints of GravityZone in the terms of OCSF. docs/ocsf.md has the table.
-- The inventory knows every item; the details, where they are synced, when it was last seen.
with items as (
    select
        inventory.*,
        {{ nonempty(json_text('inventory.details', ['operatingSystemVersion'])) }} as os_text,
        {{ json_boolean('inventory.details', ['isManaged']) }} as details_is_managed,
        {{ json_integer('inventory.details', ['machineType']) }} as machine_type,
        {{ json_boolean('inventory.details', ['modules', 'antimalware']) }} as has_antimalware,
        {{ json_boolean('inventory.details', ['productOutdated']) }} as inventory_outdated
    from {{ ref('stg_gravityzone__endpoints') }} as inventory
    where inventory.deleted_at is null
),

companies as (
    select tenant, id, name from {{ ref('stg_gravityzone__companies') }}
)

select
    items.tenant,
    'gravityzone' as product,
    items.id as device_uid,
    {{ nonempty('items.name') }} as hostname,
    {{ nonempty(json_text('items.details', ['fqdn'])) }} as fqdn,
    {{ ip_of(json_text('items.details', ['ip'])) }} as ip,
    {{ json_member('items.details', ['macs']) }} as macs,
    items.os_text as os_name,
    {{ null_of('string') }} as os_version,
    {{ os_type_of('items.os_text') }} as os_type_id,
    case
        when lower(items.os_text) like '%server%' then 1
        when items.machine_type in (2, 3) then 6
        when items.machine_type = 1 and items.os_text is not null then 2
        when items.machine_type = 0 then 99
        else 0
    end as device_type_id,
    coalesce(items.details_is_managed, false) as is_managed,
    {{ null_of('timestamp') }} as first_seen_at,
    details.last_seen as last_seen_at,
    {{ json_text('details.agent', ['productVersion']) }} as agent_version,
    {{ json_text('details.agent', ['engineVersion']) }} as content_version,
    coalesce(
        {{ json_text('items.details', ['policy', 'name']) }},
        {{ json_text('details.policy', ['name']) }}
    ) as policy_name,
    {{ json_text('details.vendor_group', ['name']) }} as group_name,
    items.company_id as company_uid,
    companies.name as company_name,
    cast(
        nullif(replace({{ json_text('details.risk_score', ['value']) }}, '%', ''), '')
        as {{ type_double() }}
    ) as risk_score,
    coalesce({{ json_boolean('items.details', ['isIsolated']) }}, false) as is_isolated,
    {{ json_boolean('details.malware_status', ['infected']) }} as is_infected,
    case
        when not coalesce(items.details_is_managed, false) then 'unprotected'
        when items.has_antimalware then 'protected'
        when items.has_antimalware is null then 'unknown'
        else 'partially_protected'
    end as protection,
    coalesce(
        {{ json_boolean('details.agent', ['productOutdated']) }}, items.inventory_outdated
    ) as is_agent_outdated,
    {{ json_boolean('details.agent', ['signatureOutdated']) }} as is_content_outdated,
    {{ nonempty(json_first_text('details.last_logged_users')) }} as last_user
from items
left join {{ ref('stg_gravityzone__endpoint_details') }} as details
    on items.tenant = details.tenant and items.id = details.id
left join companies
    on items.tenant = companies.tenant and items.company_id = companies.id
